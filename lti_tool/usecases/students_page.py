"""All students of a course on one page: where each stands in words, the last evidence, the next step."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.models.notes import LearnerNote
from lti_tool.pathways.buckets import Bucket
from lti_tool.pathways.levels import Level
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.class_buckets import buckets_of
from lti_tool.usecases.classroom import Classroom, active_learners, open_classroom
from lti_tool.usecases.labels import bucket_label, level_label
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class StudentRow:
    """One student. `levels` are the level words with how many skills each has, the strongest first.

    The rest is empty in a course without a skill map.
    """

    person_key: int
    name: str
    letter: str
    notes: int = 0
    levels: tuple[tuple[str, int], ...] = ()
    last_evidence_at: datetime | None = None
    bucket_key: str = ""
    bucket_label: str = ""
    step_title: str = ""
    approved: bool = False


@dataclass(frozen=True, slots=True)
class StudentsView:
    """Everybody in the order of the roster; without a skill map there are no `buckets` to be in."""

    course_title: str
    rows: tuple[StudentRow, ...]
    buckets: tuple[tuple[str, str], ...]

    @property
    def letters(self) -> tuple[str, ...]:
        """The letters that family names begin with."""
        return tuple(dict.fromkeys(row.letter for row in self.rows))


def students_page(session: Session, *, context: Context, now: datetime, words: Words) -> StudentsView:
    """All students; how many they are does not change how often the database is asked."""
    notes = _notes(session, context)
    if adopted_map(session, context) is None:
        rows = tuple(
            StudentRow(learner.id, full_name(learner, words), _letter(learner), notes.get(learner.id, 0))
            for learner in active_learners(session, context)
        )
        return StudentsView(context.title, rows, ())
    classroom = open_classroom(session, context=context, now=now)
    buckets, steps = buckets_of(classroom), _steps(session, classroom)
    rows = tuple(
        _row(
            classroom,
            learner,
            notes=notes.get(learner.id, 0),
            bucket=buckets[learner.id],
            step=steps.get(learner.id),
            words=words,
        )
        for learner in classroom.learners
    )
    labels = tuple((item.value, bucket_label(item, words)) for item in Bucket)
    return StudentsView(context.title, rows, labels)


def _letter(learner: Person) -> str:
    """The letter under which somebody stands in the roster."""
    return (learner.family_name or learner.name or "#")[0].upper()


def _row(
    classroom: Classroom,
    learner: Person,
    *,
    notes: int,
    bucket: Bucket,
    step: tuple[str, bool] | None,
    words: Words,
) -> StudentRow:
    counted = Counter(estimate.level for estimate in classroom.estimates[learner.id].values())
    evidence = classroom.evidence.get(learner.id, ())
    title, approved = step or (words.gettext("No next step yet"), False)
    return StudentRow(
        person_key=learner.id,
        name=full_name(learner, words),
        letter=_letter(learner),
        notes=notes,
        levels=tuple(
            (level_label(level, words), counted[level])
            for level in (Level.LASTING, Level.SECURE, Level.GROWING, Level.NOT_STARTED)
            if counted[level]
        ),
        last_evidence_at=evidence[-1].occurred_at if evidence else None,
        bucket_key=bucket.value,
        bucket_label=bucket_label(bucket, words),
        step_title=title or words.gettext("Talk to your teacher"),
        approved=approved,
    )


def _steps(session: Session, classroom: Classroom) -> dict[int, tuple[str, bool]]:
    """The title of everybody's present step, "" for a word with the teacher, and whether it is approved."""
    rows = session.execute(  # without the ledgers, which are large
        select(
            Proposal.person_id,
            Proposal.chosen,
            Proposal.status,
            Proposal.recommendation["options"].label("options"),
        ).where(Proposal.context_id == classroom.context.id, Proposal.is_current)
    )
    skill_map, found = classroom.skill_map, {}
    for row in rows:
        activity_id = row.options[row.chosen]["activity_id"]
        known = activity_id is not None and skill_map.has_activity(activity_id)
        title = skill_map.activity(activity_id).title if known else ""
        found[row.person_id] = (title, row.status is ProposalStatus.APPROVED)
    return found


def _notes(session: Session, context: Context) -> dict[int, int]:
    """How many notes there are about each student."""
    rows = session.execute(
        select(LearnerNote.person_id, func.count())
        .where(LearnerNote.context_id == context.id, LearnerNote.removed_at.is_(None))
        .group_by(LearnerNote.person_id)
    )
    return {row[0]: row[1] for row in rows}
