"""A point of ours that opens an activity: LTI alone, for every LMS whose teachers can restrict activities by a grade.

Waymark makes a column of one point for an activity, once, when a teacher asks for it; the teacher lets the activity
open from that grade. In Moodle that is Restrict access → Grade: recorded from a Moodle 5.1, open for exactly that
student at the next page view. In Canvas it can be the trigger of Mastery Paths, or a module's requirement
(github.com/instructure/canvas-lms, `app/controllers/context_module_items_api_controller.rb`); unconfirmed there.

Unlike everything else that goes out with a step it is a grade: the point takes part in totals unless the teacher gives
the column no weight. So it needs the teacher's word, and is never taken back: a total must not sink because of us. It
goes through the outbox and not through a channel of the LMS's own API.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades.channels.channel import Effect, Line, Step
from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.grades.vocab import OPENING_TAG
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Column, OutboxEntry

POINTS = 1.0
_LONGEST_ID = 255


class OpeningGrade:
    """What courses choose; the rest are functions. See `Channel` for what the names mean."""

    name = "opening_grade"
    needs_column = False
    can_be_undone = False


def find_column(session: Session, *, context: Context, activity: str) -> Column | None:
    """The column that opens an activity, where a teacher had one made."""
    return session.scalar(
        select(Column).where(
            Column.context_id == context.id,
            Column.tag == OPENING_TAG,
            Column.resource_id == _resource_id(activity),
        )
    )


def want_column(session: Session, *, context: Context, step: Step, now: datetime) -> Column:
    """The column that opens a step's activity; delivering makes it at the platform where nobody did before."""
    return wanted_column(
        session,
        context=context,
        tag=OPENING_TAG,
        resource_id=_resource_id(step.activity),
        label=f"Opens: {step.title}",
        score_maximum=POINTS,
        now=now,
    )


def describe(session: Session, *, context: Context, steps: Sequence[tuple[Person, Step]]) -> tuple[Line, ...]:
    """What `give` would do with each of these, in their order. Everything about it is known here."""
    return tuple(_line(session, context, person, step) for person, step in steps)


def give(session: Session, *, context: Context, person: Person, step: Step, now: datetime) -> None:
    """Give the point that opens the step's activity, where there is a column for it. Once is enough."""
    column = find_column(session, context=context, activity=step.activity)
    if column is not None:
        want_score(
            session,
            column=column,
            person=person,
            score_given=POINTS,
            score_maximum=POINTS,
            comment=None,
            now=now,
        )


def _line(session: Session, context: Context, person: Person, step: Step) -> Line:
    column = find_column(session, context=context, activity=step.activity)
    if column is None:
        return Line(person.id, Effect.NOT_PREPARED, can_prepare=True)
    given = session.scalar(
        select(OutboxEntry.id).where(OutboxEntry.column_id == column.id, OutboxEntry.person_id == person.id)
    )
    effect = Effect.WRITTEN if given is None else Effect.HAS_IT
    return Line(person.id, effect, f"{column.label}: {POINTS:g}/{POINTS:g}")


def _resource_id(activity: str) -> str:
    """Never that of the activity: a column with its id would count as evidence of it."""
    return f"opens {activity}"[:_LONGEST_ID]
