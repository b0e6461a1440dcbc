"""A copied course takes over the set-up of its original, once a teacher says so.

Taken over are the newest skill map, the tags of the columns, which skill each outcome is, how far Waymark goes (mode,
threshold), and the goal dates that are still to come; those of a year that is over are left out, and said. Nothing
about people crosses: no person, accommodation, result, evidence, proposal, decision or score; and no day of a shared activity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.models.class_rules import ClassActivity
from lti_tool.models.courses import Context, CopyState, Person
from lti_tool.models.gradebook import LineItem, OutboxEntry
from lti_tool.models.learning import AdoptedSkillMap, CheckAttempt, Decision, Proposal, ProposalStatus
from lti_tool.models.policies import first_mode
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.usecases.adopted_map import newest_row, read_adopted
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.column_matches import possible_evidence, suggested_activity
from lti_tool.usecases.copied_outcomes import forget_decisions
from lti_tool.usecases.copied_tags import copied_tags
from lti_tool.usecases.course_rules import copy_rules, course_rules, forget_rules
from lti_tool.usecases.goal_dates import GoalDates, goal_dates, set_dates, still_to_come
from lti_tool.usecases.reading import request_reading


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copied course and what its original offers. `state` is "offered", "declined" or "taken".

    `matched` of `columns` columns of this course are recognised. `been_read` is false while this course's
    gradebook has not been read yet. Of the original's goal dates `dates` are still to come and `past_dates` are not. A set-up that was `taken` may be given back while `can_take_back`.
    """

    state: str
    original_title: str
    map_title: str
    skills: int
    activities: int
    matched: int
    columns: int
    been_read: bool
    mode: str
    threshold_percent: int
    dates: int
    past_dates: int
    can_take_back: bool


def look_at_copy(session: Session, *, context: Context, now: datetime) -> CopyView | None:
    """What there is to say about `context` as a copy; None where it is none, or was set up by itself."""
    original = _original(session, context)
    if original is None or context.copy_state is None:
        return None
    taken = context.copy_state is CopyState.TAKEN
    row = newest_row(session, context if taken else original)
    if row is None or (not taken and newest_row(session, context) is not None):
        return None
    skill_map = read_adopted(row).skill_map
    columns = possible_evidence(
        session.scalars(select(LineItem).where(LineItem.context_id == context.id, LineItem.present))
    )
    recognised = dict(copied_tags(session, context=context, original=original, skill_map=skill_map))
    dates, past_dates = still_to_come(goal_dates(session, original), now=now)
    certain = [
        recognised[column] if column in recognised else _certain_activity(column, skill_map)
        for column in columns
    ]
    return CopyView(
        state=context.copy_state.value,
        original_title=original.title or original.label,
        map_title=skill_map.title,
        skills=len(skill_map.skills),
        activities=len(skill_map.activities),
        matched=sum(activity is not None for activity in certain),
        columns=len(columns),
        been_read=context.gradebook_read_at is not None,
        mode=original.mode.value,
        threshold_percent=round(100 * course_rules(session, original).choices.number("threshold")),
        dates=len(dates.own) + (dates.for_all is not None),
        past_dates=past_dates,
        can_take_back=taken and _is_untouched(session, context),
    )


def take_over(session: Session, *, context: Context, teacher: Person | None, now: datetime) -> None:
    """Take over the set-up of the original; every student gets a next step, and the course is read again.

    Raises Fixable `copy.not_offered` where there is nothing to take over (any more), `copy.set_up_already`
    where the course has a skill map of its own by now; both 409.
    """
    _lock(session, context)
    original = _original(session, context)
    row = newest_row(session, original) if original is not None else None
    if original is None or row is None or context.copy_state not in (CopyState.OFFERED, CopyState.DECLINED):
        raise Fixable(
            "copy.not_offered",
            "There is nothing to take over here any more. Open Setup to set up this course.",
            status=409,
        )
    if newest_row(session, context) is not None:
        raise Fixable(
            "copy.set_up_already",
            "This course has been set up in the meantime, so nothing was taken over. Open Today to go on.",
            status=409,
        )
    session.add(
        AdoptedSkillMap(
            context_id=context.id,
            version=1,
            document=row.document,
            digest=row.digest,
            adopted_by=teacher.id if teacher else None,
            adopted_at=now,
        )
    )
    context.mode = original.mode.at_most(course_rules(session, context).highest_mode)
    copy_rules(session, context=context, original=original, person=teacher, now=now)
    set_dates(session, context=context, dates=still_to_come(goal_dates(session, original), now=now)[0])
    context.copy_state = CopyState.TAKEN
    request_reading(context, now=now)
    session.flush()
    after_sync(session, context, now)


def decline(session: Session, *, context: Context) -> None:
    """Start fresh: the offer is not made again, and may still be taken until the course is set up.

    Raises Fixable `copy.not_offered` (409) where nothing is offered.
    """
    _lock(session, context)
    if context.copy_state is not CopyState.OFFERED:
        raise Fixable(
            "copy.not_offered",
            "There is no open question about this course. Open Today to go on.",
            status=409,
        )
    context.copy_state = CopyState.DECLINED


def take_back(session: Session, *, context: Context) -> None:
    """Undo `take_over`, as long as nobody has decided, worked or been told anything on its ground.

    Raises Fixable `copy.in_use` (409) otherwise.
    """
    _lock(session, context)
    if context.copy_state is not CopyState.TAKEN or not _is_untouched(session, context):
        raise Fixable(
            "copy.in_use",
            "The path is in use already, so it stays. Open Setup to change the map or its tags.",
            status=409,
        )
    session.execute(delete(Proposal).where(Proposal.context_id == context.id))
    session.execute(delete(AdoptedSkillMap).where(AdoptedSkillMap.context_id == context.id))
    for column in session.scalars(select(LineItem).where(LineItem.context_id == context.id)):
        column.activity_id, column.left_out = None, False
    forget_decisions(session, context=context)
    set_dates(session, context=context, dates=GoalDates())
    context.mode = session.scalars(select(first_mode(context.deployment_id))).one()
    forget_rules(session, context=context)
    context.copy_state = CopyState.OFFERED


def _original(session: Session, context: Context) -> Context | None:
    """The course that this one was copied from: never one of another deployment, whatever the row says."""
    if context.copied_from_id is None:
        return None
    return session.scalar(
        select(Context).where(
            Context.id == context.copied_from_id, Context.deployment_id == context.deployment_id
        )
    )


def _certain_activity(column: LineItem, skill_map: SkillMap) -> str | None:
    """The activity that the column has, or will get without anybody's help."""
    activity_id, how = suggested_activity(column, skill_map)
    return None if how == "title" else activity_id


def _is_untouched(session: Session, context: Context) -> bool:
    """Whether nothing rests on the set-up yet but proposals that nobody has seen or decided about."""
    seen = (Proposal.status != ProposalStatus.PROPOSED) & (Proposal.status != ProposalStatus.SUPERSEDED)
    reasons: tuple[ColumnElement[bool], ...] = (
        exists().where(Decision.context_id == context.id),
        exists().where(CheckAttempt.context_id == context.id),
        exists().where(ClassActivity.context_id == context.id),
        exists().where(OutboxEntry.context_id == context.id),
        exists().where(AdoptedSkillMap.context_id == context.id, AdoptedSkillMap.version > 1),
        exists().where(Proposal.context_id == context.id, seen | Proposal.seen_at.is_not(None)),
    )
    return not any(session.scalars(select(reason)).one() for reason in reasons)


def _lock(session: Session, context: Context) -> None:
    """Two people may answer at the same moment; the second one finds the answer of the first."""
    session.refresh(context, with_for_update=True)
