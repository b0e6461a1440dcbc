"""The four groups that a class falls into today, with their names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.models.courses import Person
from lti_tool.pathways.buckets import Bucket, place
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.labels import bucket_explanation, bucket_label
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class BucketView:
    """One of the four groups that a class falls into today."""

    key: str
    label: str
    explanation: str
    names: tuple[str, ...]


def buckets_of(classroom: Classroom) -> dict[int, Bucket]:
    """Where every student stands, by person key."""
    return {learner.id: _bucket(classroom, learner) for learner in classroom.learners}


def bucket_views(classroom: Classroom, buckets: Mapping[int, Bucket], words: Words) -> tuple[BucketView, ...]:
    """All four groups; names stand in the order of the roster."""
    return tuple(
        BucketView(
            key=bucket.value,
            label=bucket_label(bucket, words),
            explanation=bucket_explanation(
                bucket, words, recent_days=classroom.rules.choices.cut_offs().recent_days
            ),
            names=tuple(
                full_name(learner, words) for learner in classroom.learners if buckets[learner.id] is bucket
            ),
        )
        for bucket in Bucket
    )


def _bucket(classroom: Classroom, learner: Person) -> Bucket:
    return place(
        classroom.estimates[learner.id],
        classroom.evidence.get(learner.id, ()),
        classroom.skill_map,
        classroom.policy,
        now=classroom.now,
        cut_offs=classroom.rules.choices.cut_offs(),
    ).bucket
