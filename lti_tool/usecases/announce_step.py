"""A step that was decided reaches its student: words in a column of ours, and the channels that the course chose.

This is the one place for it: in the transaction of the decision, whatever the decision was.

In the platform's gradebook they are words, never points.

A score message with a comment and no `scoreGiven` leaves the grade empty, so no total of anybody changes
(AGS section 3.4; recorded on a Moodle 5.1 site: comment shown as feedback, weight 0). Comments are plain
text, because platforms do not make links in them clickable.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Column, Delivery, OutboxEntry
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.reasons import Audience
from lti_tool.usecases import step_channels
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.plan_path import chosen_option, current_proposals
from lti_tool.usecases.steps import step_view
from lti_tool.usecases.words import ENGLISH

NEXT_STEP_TAG = "waymark-next-step"
NEXT_STEP_LABEL = "Next step"
WITHDRAWN = "Your teacher is choosing your next step."


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
        _write(session, classroom, person, WITHDRAWN)


def announce_standing(session: Session, *, classroom: Classroom) -> int:
    """Announce every approved step that stands, for a course that begins to write; gives back how many."""
    keys = {learner.id for learner in classroom.learners}
    standing = [
        proposal
        for proposal in current_proposals(session, classroom).values()
        if proposal.status is ProposalStatus.APPROVED and proposal.person_id in keys
    ]
    for proposal in standing:
        announce(session, classroom=classroom, proposal=proposal)
    return len(standing)


def withdraw_all(session: Session, *, context: Context, now: datetime) -> int:
    """Take every announced step of a course back; gives back how many students that is about.

    Words that never left are forgotten; scores stay, because taking a grade away is nobody's wish.
    """
    taken = step_channels.take_back_all(session, context=context, now=now)
    for entry in session.scalars(_announced(context).options(joinedload(OutboxEntry.column))).all():
        if entry.comment == WITHDRAWN:
            entry.withdraws = True
            continue
        taken.add(entry.person_id)
        if entry.delivered_version is None and entry.attempts == 0 and entry.state is Delivery.PENDING:
            session.delete(entry)
        else:
            _want_words(session, entry.column, entry.person, WITHDRAWN, now=now, withdraws=True)
    session.flush()
    return len(taken)


def _write(session: Session, classroom: Classroom, person: Person, comment: str) -> None:
    context = classroom.context
    if not context.mode.writes or context.line_items_url is None:
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
    _want_words(session, column, person, comment, now=classroom.now, withdraws=comment == WITHDRAWN)


def _want_words(
    session: Session, column: Column, person: Person, comment: str, *, now: datetime, withdraws: bool
) -> None:
    want_score(
        session,
        column=column,
        person=person,
        score_given=None,
        score_maximum=None,
        comment=comment,
        now=now,
        activity_progress="InProgress",
        grading_progress="FullyGraded",
        withdraws=withdraws,
    )


def _was_announced(session: Session, context: Context, person: Person) -> bool:
    return session.scalar(_announced(context).where(OutboxEntry.person_id == person.id)) is not None


def _announced(context: Context) -> Select[OutboxEntry]:
    return (
        select(OutboxEntry)
        .join(Column, OutboxEntry.column_id == Column.id)
        .where(Column.context_id == context.id, Column.tag == NEXT_STEP_TAG)
    )
