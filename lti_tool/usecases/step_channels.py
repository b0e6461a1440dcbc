"""An approved step goes to every channel that the course chose; a step that is over is taken back from all.

All of it happens in the transaction of the decision; `deliver_steps` does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.grades import step_wishes
from lti_tool.grades.channels import opening_grade
from lti_tool.grades.channels.channel import Step, StepColumn
from lti_tool.grades.channels.choice import Way, way_named
from lti_tool.grades.channels.opening_grade import OpeningGrade
from lti_tool.models.channels import ChannelChoice
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import ColumnSource, LineItem
from lti_tool.models.learning import Proposal, ProposalStatus
from lti_tool.pathways.reasons import Audience
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.plan_path import chosen_option, current_proposals
from lti_tool.usecases.steps import step_view
from lti_tool.usecases.words import ENGLISH

# Columns by which the LMS's own API finds an activity, the surest first. A file tells no address.
_REACHABLE = (ColumnSource.NATIVE, ColumnSource.PLATFORM)


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """The step that stands for a student, and whether the teacher has approved it."""

    person: Person
    step: Step
    is_approved: bool


def bring(session: Session, *, classroom: Classroom, proposal: Proposal) -> None:
    """Let the chosen channels bring an approved step to its student, in place of an earlier one."""
    person, step = proposal.person, _step(classroom, proposal, _columns(session, classroom.context))
    if step is None or person.id not in {learner.id for learner in classroom.learners}:
        take_back(session, classroom=classroom, person=person)
        return
    for channel in chosen_channels(session, classroom.context):
        bring_by(session, classroom=classroom, channel=channel, person=person, step=step)


def bring_by(
    session: Session,
    *,
    classroom: Classroom,
    channel: Way,
    person: Person,
    step: Step,
    anew: bool = False,
) -> None:
    """Let one channel bring a step to a student; what it cannot carry replaces an earlier one by nothing.

    `anew` where it may find something else at the LMS than before.
    """
    context = classroom.context
    if isinstance(channel, OpeningGrade):
        if context.mode.writes and context.line_items_url is not None:
            opening_grade.give(session, context=context, person=person, step=step, now=classroom.now)
    elif channel.needs_column and step.column is None:
        step_wishes.take_back(
            session, context=context, person=person, now=classroom.now, channel=channel.name
        )
    elif context.mode.writes:
        step_wishes.want_step(
            session,
            context=context,
            channel=channel,
            person=person,
            step=step,
            now=classroom.now,
            anew=anew,
        )


def take_back(session: Session, *, classroom: Classroom, person: Person) -> None:
    """Let no channel hold a step for this student any more."""
    step_wishes.take_back(session, context=classroom.context, person=person, now=classroom.now)


def take_back_all(session: Session, *, context: Context, now: datetime) -> set[int]:
    """Let no channel hold a step of this course any more; gives back whose steps those were."""
    return step_wishes.take_back(session, context=context, now=now)


def chosen_channels(session: Session, context: Context) -> tuple[Way, ...]:
    """The channels that are on in this course."""
    names = session.scalars(
        select(ChannelChoice.channel)
        .where(ChannelChoice.context_id == context.id, ChannelChoice.chosen_at.is_not(None))
        .order_by(ChannelChoice.id)
    )
    return tuple(channel for name in names if (channel := way_named(name)) is not None)


def planned_steps(session: Session, classroom: Classroom) -> tuple[PlannedStep, ...]:
    """What stands for each student, approved or only proposed, in the order of names."""
    proposals, columns = current_proposals(session, classroom), _columns(session, classroom.context)
    return tuple(
        PlannedStep(learner, step, proposal.status is ProposalStatus.APPROVED)
        for learner in classroom.learners
        if (proposal := proposals.get(learner.id)) is not None
        and (step := _step(classroom, proposal, columns)) is not None
    )


def _step(classroom: Classroom, proposal: Proposal, columns: Mapping[str, StepColumn]) -> Step | None:
    """None where it is no activity but a word with the teacher."""
    view = step_view(
        classroom=classroom,
        person_key=proposal.person_id,
        option=chosen_option(proposal),
        index=0,
        audience=Audience.STUDENT,
        words=ENGLISH,
    )
    if view.activity_id is None:
        return None
    return Step(
        proposal=proposal.id,
        activity=view.activity_id,
        title=view.title,
        minutes=view.minutes,
        reason=view.reason,
        column=columns.get(view.activity_id),
    )


def _columns(session: Session, context: Context) -> dict[str, StepColumn]:
    """By activity, the column by which the LMS finds it."""
    items = session.scalars(
        select(LineItem)
        .where(
            LineItem.context_id == context.id,
            LineItem.present,
            LineItem.activity_id.is_not(None),
            LineItem.source.in_(_REACHABLE),
        )
        .order_by(LineItem.id)
    ).all()
    return {
        item.activity_id: StepColumn(item.url, item.label, item.resource_link_id or "")
        for item in sorted(items, key=lambda item: _REACHABLE.index(item.source), reverse=True)
        if item.activity_id
    }
