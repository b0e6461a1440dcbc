"""Whether progress was greater in weeks in which a learner followed suggestions: each learner beside the same learner.

The progress of a week is the mean of the learner's scores of that week minus what was expected of them at its beginning.
Scores on the followed steps themselves do not count, unless the step is a check. Learners with weeks of both kinds are
compared with themselves, so what differs from learner to learner plays no part; what differs from week to week does.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.content import Purpose
from lti_tool.pathways.evaluation.calibration import Verdict, verdict_on
from lti_tool.pathways.evaluation.histories import Course, records_at
from lti_tool.pathways.evaluation.intervals import Sample
from lti_tool.pathways.evaluation.trails import Trail, monday

FEWEST_LEARNERS = 5
MANY = 3
"""Weeks with so many followed steps or more are counted together."""


@dataclass(frozen=True, slots=True)
class Week:
    """One learner's week: how many steps were followed, and how scores were above what was expected."""

    learner_id: str
    followed: int
    progress: float


@dataclass(frozen=True, slots=True)
class Following:
    """`by_steps` has weeks by the number of followed steps (`MANY` stands for more); `difference` is one per learner."""

    by_steps: Mapping[int, Sample]
    learners_by_steps: Mapping[int, int]
    difference: Sample

    @property
    def verdict(self) -> Verdict:
        if self.difference.count < FEWEST_LEARNERS:
            return Verdict.TOO_FEW
        return verdict_on(self.difference.interval())


def following_of(weeks: Iterable[Week]) -> Following:
    """Weeks with followed steps beside weeks without."""
    found = sorted(weeks, key=lambda week: (week.learner_id, week.followed, week.progress))
    by_steps: dict[int, list[Week]] = defaultdict(list)
    differences = []
    for _, own in groupby(found, key=lambda week: week.learner_id):
        mine = list(own)
        for week in mine:
            by_steps[min(week.followed, MANY)].append(week)
        with_steps = Sample.of(week.progress for week in mine if week.followed)
        without = Sample.of(week.progress for week in mine if not week.followed)
        if with_steps.count and without.count:
            differences.append(with_steps.mean - without.mean)
    return Following(
        by_steps={
            steps: Sample.of(week.progress for week in those) for steps, those in sorted(by_steps.items())
        },
        learners_by_steps={
            steps: len({week.learner_id for week in those}) for steps, those in by_steps.items()
        },
        difference=Sample.of(differences),
    )


def weeks_of(course: Course, trails: Iterable[Trail]) -> list[Week]:
    """Every learner's weeks with scores."""
    followed: dict[tuple[str, date], list[Trail]] = defaultdict(list)
    for trail in trails:
        if trail.done_at is not None and trail.stood:
            followed[trail.learner_id, monday(trail.done_at)].append(trail)
    found = []
    for learner_id in sorted(course.answers):
        answers = course.answers[learner_id]
        weeks = [(day, list(own)) for day, own in groupby(answers, key=lambda answer: monday(answer.at))]
        beginnings = (datetime.combine(day, time(), UTC) for day, _ in weeks)
        records = records_at(course.model, answers, beginnings)
        for (day, own), record in zip(weeks, records, strict=True):
            steps = followed[learner_id, day]
            beyond = Sample.of(
                answer.fraction - course.expected(record, answer)
                for answer in own
                if _is_independent(course, answer, steps)
            )
            if beyond.count:
                found.append(Week(learner_id, len(steps), beyond.mean))
    return found


def _is_independent(course: Course, answer: Answer, steps: Sequence[Trail]) -> bool:
    activity_id = answer.task.activity_id
    if all(step.activity_id != activity_id for step in steps):
        return True
    return course.skill_map.activity(activity_id).purpose is Purpose.CHECK
