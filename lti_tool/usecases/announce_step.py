"""A step that was decided reaches its student: words in a column of ours, and the channels that the course chose.

This is the one place for it: in the transaction of the decision, whatever the decision was.

In the platform's gradebook they are words, never points.

A score message with a comment and no `scoreGiven` leaves the grade empty, so no total of anybody changes
(AGS section 3.4; recorded on a Moodle 5.1 site: comment shown as feedback, weight 0). Comments are plain
text, because platforms do not make links in them clickable.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.models.courses import Context, Mode, Person
from lti_tool.models.gradebook import Column, OutboxEntry
from lti_tool.models.learning import Proposal
from lti_tool.pathways.reasons import Audience
from lti_tool.usecases import step_channels
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.plan_path import chosen_option
from lti_tool.usecases.steps import step_view
from lti_tool.usecases.words import ENGLISH

NEXT_STEP_TAG = "waymark-next-step"
NEXT_STEP_LABEL = "Next step"


def announce(session: Session, *, classroom: Classroom, proposal: Proposal) -> None:
    """Put an approved step into the student's row of the "Next step" column, and into the chosen channels."""
    step_channels.bring(session, classroom=classroom, proposal=proposal)
    step = step_view(
        classroom=classroom,
        person_key=proposal.person_id,
        option=chosen_option(proposal),
        index=0,
        audience=Audience.STUDENT,
        words=ENGLISH,
    )
    minutes = f" ({step.minutes} min)" if step.minutes else ""
    _write(session, classroom, proposal.person, f"Next: {step.title}{minutes}.\nWhy: {step.reason}")


def announce_done(session: Session, *, classroom: Classroom, person: Person, title: str | None) -> None:
    """Replace the words of a step that was done, where some were written, and take it out of all channels.

    Without a `title`, because the activity is no longer in the skill map, the words stay.
    """
    step_channels.take_back(session, classroom=classroom, person=person)
    if title is not None and _was_announced(session, classroom.context, person):
        _write(
            session, classroom, person, f"Done: {title}. Open Waymark in your course to see what comes next."
        )


def withdraw(session: Session, *, classroom: Classroom, person: Person) -> None:
    """Take an announced step back, from wherever it was announced."""
    step_channels.take_back(session, classroom=classroom, person=person)
    if _was_announced(session, classroom.context, person):
        _write(session, classroom, person, "Your teacher is choosing your next step.")


def _write(session: Session, classroom: Classroom, person: Person, comment: str) -> None:
    context = classroom.context
    if context.mode is not Mode.WRITE_BACK or context.line_items_url is None:
        return
    if person.id in classroom.test_keys:
        return
    column = wanted_column(
        session,
        context=context,
        tag=NEXT_STEP_TAG,
        resource_id=NEXT_STEP_TAG,
        label=NEXT_STEP_LABEL,
        # The smallest maximum that AGS allows; without a score it has no weight.
        score_maximum=1.0,
        now=classroom.now,
    )
    want_score(
        session,
        column=column,
        person=person,
        score_given=None,
        score_maximum=None,
        comment=comment,
        now=classroom.now,
        activity_progress="InProgress",
        grading_progress="FullyGraded",
    )


def _was_announced(session: Session, context: Context, person: Person) -> bool:
    entry = session.scalar(
        select(OutboxEntry.id)
        .join(Column, OutboxEntry.column_id == Column.id)
        .where(
            Column.context_id == context.id, Column.tag == NEXT_STEP_TAG, OutboxEntry.person_id == person.id
        )
    )
    return entry is not None
