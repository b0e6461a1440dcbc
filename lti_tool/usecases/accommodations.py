"""A teacher says what has to be kept for a student; every suggestion keeps it from then on.

Who sees it: instructors and the course's administrators, who answer for the course. Teaching assistants may be students
themselves, so they see the effect alone, as the student does: other steps, and the minutes that they take. Families and
classmates see nothing of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch import audit
from lti_tool.models.class_rules import LearnerAccommodations
from lti_tool.models.courses import Context, Person
from lti_tool.pathways.accommodations import NONE, TIME_FACTORS, Accommodations
from lti_tool.pathways.content import Format, Mode
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.labels import format_label, mode_label
from lti_tool.usecases.plan_again import plan_again
from lti_tool.usecases.words import Words

MODES = tuple(mode for mode in Mode if mode is not Mode.WHOLE_CLASS)
"""What can be kept away from one student; whole-class work is the teacher's alone."""


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One thing to tick."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class AccommodationsView:
    """The form of one student; `lacking` are goals for which no activity is left. `mark` stands for what the form shows."""

    any: bool
    mark: str
    formats: tuple[ChoiceView, ...]
    modes: tuple[ChoiceView, ...]
    factors: tuple[ChoiceView, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lack:
    """A goal skill without an activity that suits so many students."""

    skill_title: str
    students: int


def look_at_accommodations(classroom: Classroom, learner: Person, words: Words) -> AccommodationsView:
    """The accommodations of one student."""
    now = classroom.accommodations_of(learner.id)
    lacking = _lacking(classroom, now)
    return AccommodationsView(
        any=now != NONE,
        mark=mark_of(now),
        formats=tuple(ChoiceView(f, format_label(f, words), f in now.blocked_formats) for f in Format),
        modes=tuple(ChoiceView(m, mode_label(m, words), m in now.blocked_modes) for m in MODES),
        factors=tuple(
            ChoiceView(f"{factor:g}", _factor_label(factor, words), factor == now.time_factor)
            for factor in TIME_FACTORS
        ),
        lacking=tuple(classroom.skill_map.skill(skill_id).title for skill_id in lacking),
    )


def lacks(classroom: Classroom) -> tuple[Lack, ...]:
    """For the set-up: goals without an activity for somebody because of accommodations, counted and without names."""
    found = [
        skill_id
        for learner in classroom.learners
        for skill_id in _lacking(classroom, classroom.accommodations_of(learner.id))
    ]
    return tuple(
        Lack(classroom.skill_map.skill(goal).title, found.count(goal))
        for goal in classroom.skill_map.goals
        if goal in found
    )


def read_accommodations(
    *, formats: Collection[str], modes: Collection[str], time_factor: str
) -> Accommodations:
    """What a form says. Raises Fixable `accommodations.unknown` for anything that the form does not offer."""
    factors = {f"{factor:g}": factor for factor in TIME_FACTORS}
    if not (set(formats) <= set(Format) and set(modes) <= set(MODES) and time_factor in factors):
        raise Fixable("accommodations.unknown", "Choose among what the form offers, and save it again.")
    return Accommodations(
        frozenset(Format(word) for word in formats),
        frozenset(Mode(word) for word in modes),
        factors[time_factor],
    )


def set_accommodations(
    session: Session,
    *,
    context: Context,
    person_key: int,
    accommodations: Accommodations,
    seen: str,
    teacher: Person,
    now: datetime,
) -> None:
    """From now on these hold for the student, whose next step is planned anew at once.

    The audit log has who changed whose, and not what. Raises NotVisible `student.not_found`, and Fixable
    `accommodations.changed` where the form showed something else (`seen`, its `mark_of`) than what is kept by now.
    """
    learner = open_classroom(session, context=context, now=now).learner(person_key)
    session.refresh(context, with_for_update=True)  # two teachers may save at the same moment
    row = session.scalar(
        select(LearnerAccommodations).where(
            LearnerAccommodations.context_id == context.id, LearnerAccommodations.person_id == learner.id
        )
    )
    kept = row.values if row else NONE
    if accommodations == kept:
        return
    if seen != mark_of(kept):
        raise Fixable(
            "accommodations.changed",
            "Somebody else changed these accommodations since the page was opened. Open the student’s page again, look at "
            "what is kept now, and change it then.",
            status=409,
        )
    if accommodations == NONE:
        session.delete(row)
    else:
        if row is None:
            row = LearnerAccommodations(context_id=context.id, person_id=learner.id)
            session.add(row)
        row.blocked_formats = sorted(accommodations.blocked_formats)
        row.blocked_modes = sorted(accommodations.blocked_modes)
        row.time_factor = accommodations.time_factor
        row.changed_by, row.changed_at = teacher.id, now
    audit.record(
        session,
        actor=audit.person_name(teacher.id),
        action="accommodations.changed",
        subject=audit.person_name(learner.id),
        now=now,
        course=str(context.id),
    )
    plan_again(session, context=context, now=now, only={learner.id})


def mark_of(accommodations: Accommodations) -> str:
    """By what a form says which accommodations it showed."""
    blocked = sorted(accommodations.blocked_formats) + sorted(accommodations.blocked_modes)
    return " ".join((f"{accommodations.time_factor:g}", *blocked))


def _lacking(classroom: Classroom, accommodations: Accommodations) -> tuple[str, ...]:
    """The goals that have activities for single students, and none that suits."""
    skill_map = classroom.skill_map
    lacking = []
    for goal in skill_map.goals:
        possible = [
            activity
            for activity in skill_map.activities_for(goal)
            if activity.mode in MODES and activity.id not in classroom.closed
        ]
        if possible and not any(map(accommodations.suits, possible)):
            lacking.append(goal)
    return tuple(lacking)


def _factor_label(factor: float, words: Words) -> str:
    if factor == 1.0:
        return words.gettext("the usual time")
    return words.gettext("%(factor)s × the usual time") % {"factor": f"{factor:g}"}
