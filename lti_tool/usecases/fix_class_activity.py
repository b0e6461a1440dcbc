"""A teacher fixes what the whole class does together on a day; it is moved, removed, and each change undone.

It is the same for all, and no path moves it: nobody gets it as an own step, so no single student's swap, veto or contest
reaches it. What is over stays as it was, for the record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.class_rules import ClassActivity
from lti_tool.models.courses import Context, Person
from lti_tool.pathways.skill_map import Activity, SkillMap
from lti_tool.usecases.adopted_map import required_map
from lti_tool.usecases.group_plans import MOST_LESSONS
from lti_tool.usecases.plan_again import plan_again

MOST_MINUTES = 240
MOST_KEPT = 1000
_FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Fixed:
    """When it is done. `own_minutes` is what it leaves for everybody's own step that day; None says nothing of it."""

    day: date
    lesson: int | None = None
    minutes: int | None = None
    own_minutes: int | None = None


def read_fixed(fields: Mapping[str, str], *, now: datetime) -> Fixed:
    """What a form says. Raises Fixable `together.*` for a day that cannot be, and for numbers out of range."""
    try:
        day = date.fromisoformat(fields.get("day", "").strip())
    except ValueError as error:
        raise Fixable(
            "together.day", "Choose the day on which the class does it, or write it like 2027-03-12."
        ) from error
    if not now.date() <= day <= now.date() + _FURTHEST:
        raise Fixable("together.other_day", "Choose a day from today on, within a year.")
    return Fixed(
        day,
        _number(fields, "lesson", least=1, most=MOST_LESSONS),
        _number(fields, "minutes", least=1, most=MOST_MINUTES),
        _number(fields, "own_minutes", least=0, most=MOST_MINUTES),
    )


def named_activity(asked: str, skill_map: SkillMap) -> Activity:
    """The activity of the map with this id or title.

    Raises Fixable `together.no_such_activity`, or `together.which_activity` where several have the title.
    """
    wanted = asked.strip().casefold()
    by_id = [activity for activity in skill_map.activities if activity.id.casefold() == wanted]
    found = by_id or [a for a in skill_map.activities if a.title.strip().casefold() == wanted]
    if not found or not found[0].skills:
        raise Fixable(
            "together.no_such_activity",
            "The skill map has no activity of this name. Choose one from the list, or add it to the map in Setup first.",
        )
    if len(found) > 1:
        ids = ", ".join(activity.id for activity in found)
        raise Fixable(
            "together.which_activity",
            f"Several activities have this title. Write the id of the one that you mean: {ids}.",
        )
    return found[0]


def place(
    session: Session, *, context: Context, activity: str, fixed: Fixed, teacher: Person, now: datetime
) -> None:
    """From now on the class does this together on that day. Raises Fixable `together.already` (409) when it does."""
    found = named_activity(activity, required_map(session, context).skill_map)
    _add(
        session,
        ClassActivity(
            context_id=context.id,
            activity_id=found.id,
            on_day=fixed.day,
            lesson=fixed.lesson,
            minutes=fixed.minutes or found.minutes,
            own_minutes=fixed.own_minutes,
            created_by=teacher.id,
            created_at=now,
        ),
    )
    plan_again(session, context=context, now=now)


def move(
    session: Session, *, context: Context, key: int, fixed: Fixed, teacher: Person, now: datetime
) -> None:
    """Another day, or another lesson of it. What the form leaves empty stays as it was, but for the lesson."""
    shared = _to_come(session, context, key, now)
    shared.removed_at = now
    session.flush()
    _add(
        session,
        ClassActivity(
            context_id=context.id,
            activity_id=shared.activity_id,
            on_day=fixed.day,
            lesson=fixed.lesson,
            minutes=fixed.minutes or shared.minutes,
            own_minutes=shared.own_minutes if fixed.own_minutes is None else fixed.own_minutes,
            created_by=teacher.id,
            created_at=now,
            moved_from_id=shared.id,
        ),
    )
    plan_again(session, context=context, now=now)


def remove(session: Session, *, context: Context, key: int, now: datetime) -> None:
    """The class does not do it together; everybody may get it as an own step again."""
    _to_come(session, context, key, now).removed_at = now
    plan_again(session, context=context, now=now)


@dataclass(frozen=True, slots=True)
class LastChange:
    """What undo takes back: `shared` was placed, moved there from the day of `before`, or removed."""

    shared: ClassActivity
    before: ClassActivity | None


def last_change(session: Session, *, context: Context, now: datetime) -> LastChange | None:
    """The latest change, as long as no day that it is about is over."""
    rows = {
        row.id: row
        for row in session.scalars(select(ClassActivity).where(ClassActivity.context_id == context.id))
    }
    latest = max(rows.values(), key=lambda row: (row.removed_at or row.created_at, row.id), default=None)
    if latest is None:
        return None
    before = rows.get(latest.moved_from_id or 0) if latest.removed_at is None else None
    if min(row.on_day for row in (latest, before) if row is not None) < now.date():
        return None
    return LastChange(latest, before)


def undo(session: Session, *, context: Context, key: int, now: datetime) -> None:
    """Take the latest change back, which has to be the one that the page showed, about the row with this key.

    Raises Fixable `together.nothing_to_undo` (409) otherwise.
    """
    session.refresh(context, with_for_update=True)
    change = last_change(session, context=context, now=now)
    if change is None or change.shared.id != key:
        raise Fixable(
            "together.nothing_to_undo",
            "Something else has changed since this page was opened. Look at the page again.",
            status=409,
        )
    if change.shared.removed_at is not None:
        change.shared.removed_at = None
    else:
        session.delete(change.shared)
        session.flush()
        if change.before is not None:
            change.before.removed_at = None
    plan_again(session, context=context, now=now)


def _add(session: Session, shared: ClassActivity) -> None:
    _require_room(session, shared.context_id)
    try:
        with session.begin_nested():
            session.add(shared)
    except IntegrityError as error:
        raise Fixable(
            "together.already",
            "The class does this together on that day already. Choose another day.",
            status=409,
        ) from error


def _require_room(session: Session, context_key: int) -> None:
    """What was moved or removed is kept, too, so there is an end to it."""
    kept = session.scalar(select(func.count()).where(ClassActivity.context_id == context_key))
    if (kept or 0) >= MOST_KEPT:
        raise Fixable(
            "together.too_many",
            f"This course has fixed and changed shared activities {MOST_KEPT} times, and no more are kept. Leave those that "
            "stand as they are.",
            status=409,
        )


def _to_come(session: Session, context: Context, key: int, now: datetime) -> ClassActivity:
    """Something that stands and is not over. Raises NotVisible `together.not_found`, Fixable `together.over` (409)."""
    shared = session.scalar(
        select(ClassActivity)
        .where(ClassActivity.context_id == context.id, ClassActivity.id == key)
        .with_for_update()
    )
    if shared is None:
        raise NotVisible("together.not_found", "There is no such shared activity in this course.")
    if shared.removed_at is not None or shared.on_day < now.date():
        raise Fixable(
            "together.over",
            "This was changed in the meantime, or its day is over. Look at the page again.",
            status=409,
        )
    return shared


def _number(fields: Mapping[str, str], name: str, *, least: int, most: int) -> int | None:
    text = fields.get(name, "").strip()
    if not text:
        return None
    if not (
        text.isascii() and text.isdecimal() and len(text) <= len(str(most)) and least <= int(text) <= most
    ):
        raise Fixable(f"together.{name}", f"Write a whole number from {least} to {most}, or leave it empty.")
    return int(text)
