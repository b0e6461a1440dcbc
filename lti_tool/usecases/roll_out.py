"""How far a course goes: only look, show approved steps, write them back. Going back takes back what stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch import audit
from lti_tool.models.courses import Context, Mode, Person
from lti_tool.models.learning import ProposalStatus
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.announce_step import announce_standing, withdraw_all
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.course_rules import course_rules
from lti_tool.usecases.names import full_name
from lti_tool.usecases.plan_path import current_proposals
from lti_tool.usecases.step_channels import chosen_channels, planned_steps
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class WouldBeWritten:
    """One approved step that leaves for the LMS as soon as the course writes back."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class RollOutView:
    """Where a course stands: `dry_run` is what writing back would bring out, `waiting` steps are not approved yet."""

    mode: Mode
    highest: Mode
    has_gradebook: bool
    channels: int
    dry_run: tuple[WouldBeWritten, ...]
    waiting: int


def look_at_roll_out(session: Session, *, context: Context, now: datetime, words: Words) -> RollOutView:
    """The mode of the course, and what the next one would do."""
    highest = course_rules(session, context).highest_mode
    dry_run, waiting = tuple[WouldBeWritten, ...](), 0
    if adopted_map(session, context) is not None:
        classroom = open_classroom(session, context=context, now=now)
        dry_run = tuple(
            WouldBeWritten(full_name(one.person, words), one.step.title)
            for one in planned_steps(session, classroom)
            if one.is_approved
        )
        waiting = _waiting(session, classroom)
    return RollOutView(
        mode=context.mode,
        highest=highest,
        has_gradebook=context.line_items_url is not None,
        channels=len(chosen_channels(session, context)),
        dry_run=dry_run,
        waiting=waiting,
    )


def change_mode(session: Session, *, context: Context, mode: Mode, person: Person, now: datetime) -> int:
    """Let the course go so far from now on; gives back how many students' steps are written or taken back by that.

    Raises Fixable `mode.not_allowed` beyond what the school allows.
    """
    session.flush()
    session.refresh(context, with_for_update=True)
    if mode.at_most(course_rules(session, context).highest_mode) is not mode:
        raise Fixable(
            "mode.not_allowed",
            "Your school does not let courses go that far yet. Ask the person who administers Waymark.",
            status=403,
        )
    if mode is context.mode:
        return 0
    number = _move(session, context, mode, now)
    _record(session, context, mode, actor=audit.person_name(person.id), now=now)
    return number


def lower_modes(
    session: Session, *, contexts: list[Context], highest: Mode, actor: str, now: datetime
) -> int:
    """Bring courses back to the highest mode that their school allows; gives back how many that is about."""
    beyond = [context for context in contexts if context.mode.at_most(highest) is not context.mode]
    for context in beyond:
        _move(session, context, highest, now)
        _record(session, context, highest, actor=actor, now=now)
    return len(beyond)


def _move(session: Session, context: Context, mode: Mode, now: datetime) -> int:
    before, context.mode = context.mode, mode
    session.flush()
    if before.writes and not mode.writes:
        return withdraw_all(session, context=context, now=now)
    if mode.writes and adopted_map(session, context) is not None:
        return announce_standing(session, classroom=open_classroom(session, context=context, now=now))
    return 0


def _record(session: Session, context: Context, mode: Mode, *, actor: str, now: datetime) -> None:
    audit.record(
        session,
        actor=actor,
        action="course.mode_changed",
        subject=f"course {context.id}",
        now=now,
        mode=mode.value,
    )


def _waiting(session: Session, classroom: Classroom) -> int:
    keys = {learner.id for learner in classroom.learners}
    return sum(
        proposal.status is ProposalStatus.PROPOSED and proposal.person_id in keys
        for proposal in current_proposals(session, classroom).values()
    )
