"""The stored group plans of a course: the latest version of a slot, the next one, and undo."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.models.courses import Context, Person
from lti_tool.models.groups import GroupMember, GroupPlan, Part

MOST_LESSONS = 12


@dataclass(frozen=True, slots=True)
class Slot:
    """A day and a lesson of it, for one section of the course."""

    day: date
    lesson: int = 1
    section: int = 1


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one student is in a plan; `place` None means in no group, for the reason `why`."""

    person_key: int
    part: Part
    place: int | None = None
    why: str = ""


def plan_of(session: Session, context: Context, slot: Slot) -> GroupPlan | None:
    """The latest version of the groups for a slot."""
    return session.scalars(_versions(context, slot).limit(1)).first()


def require_plan(session: Session, context: Context, slot: Slot, version: int) -> GroupPlan:
    """The latest version, which has to be the one that the page showed. Raises Fixable `groups.changed`."""
    plan = plan_of(session, context, slot)
    if plan is None or plan.version != version:
        raise _changed()
    return plan


def add_version(
    session: Session,
    *,
    context_key: int,
    slot: Slot,
    after: int,
    limits: Mapping[str, Any],
    tables: Sequence[Mapping[str, Any]],
    seats: Sequence[Seat],
    teacher: Person,
    now: datetime,
    publish: bool = False,
) -> GroupPlan:
    """The next version after number `after`. Raises Fixable `groups.changed` when another came first."""
    activities = {table["number"]: table["activity_id"] for table in tables}
    plan = GroupPlan(
        context_id=context_key,
        day=slot.day,
        lesson=slot.lesson,
        section=slot.section,
        version=after + 1,
        limits=dict(limits),
        tables=[dict(table) for table in tables],
        made_by=teacher.id,
        made_at=now,
        published_at=now if publish else None,
        members=[
            GroupMember(
                person_id=seat.person_key,
                part=seat.part,
                place=seat.place,
                activity_id=activities[seat.place] if seat.place is not None else None,
                why=seat.why,
            )
            for seat in seats
        ],
    )
    try:
        with session.begin_nested():
            session.add(plan)
    except IntegrityError as error:
        raise _changed() from error
    return plan


def drop_version(session: Session, *, context: Context, slot: Slot, version: int) -> None:
    """Undo: the version before counts again; where the dropped one was published, students see it no more."""
    session.delete(require_plan(session, context, slot, version))
    session.flush()


def seats_of(plan: GroupPlan) -> list[Seat]:
    """Everybody in a plan."""
    return [Seat(member.person_id, member.part, member.place, member.why) for member in plan.members]


def published_plans(session: Session, context: Context, *, since: date | None = None) -> list[GroupPlan]:
    """Of every slot the latest published version, the earliest slot first."""
    query = select(GroupPlan).where(GroupPlan.context_id == context.id, GroupPlan.published_at.is_not(None))
    if since is not None:
        query = query.where(GroupPlan.day >= since)
    latest: dict[tuple[date, int, int], GroupPlan] = {}
    for plan in session.scalars(query.order_by(GroupPlan.day, GroupPlan.lesson, GroupPlan.version)):
        latest[plan.day, plan.lesson, plan.section] = plan
    return list(latest.values())


def times_helped(session: Session, context: Context, *, besides: Slot) -> Counter[int]:
    """How often each student has been a helper in published groups of other slots."""
    return Counter(
        member.person_id
        for plan in published_plans(session, context)
        if (plan.day, plan.lesson) != (besides.day, besides.lesson)
        for member in plan.members
        if member.part is Part.HELPER
    )


def _versions(context: Context, slot: Slot) -> Any:
    return (
        select(GroupPlan)
        .where(
            GroupPlan.context_id == context.id,
            GroupPlan.day == slot.day,
            GroupPlan.lesson == slot.lesson,
            GroupPlan.section == slot.section,
        )
        .order_by(GroupPlan.version.desc())
    )


def _changed() -> Fixable:
    return Fixable(
        "groups.changed",
        "These groups have changed since the page was opened. Open the page again and look at them first.",
        status=409,
    )
