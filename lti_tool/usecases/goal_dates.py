"""By when the goals of a course shall be reached: one date for all of them, and dates of single ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.models.courses import Context, GoalDate
from lti_tool.pathways.skill_map import SkillMap

ALL = "all"
"""The field of the date for all goals; the others are called like the skills, with `OF_SKILL` before."""
OF_SKILL = "goal-"
_FURTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class GoalDates:
    """`for_all` holds where a goal has no date of its own in `own`, by skill id."""

    for_all: date | None = None
    own: Mapping[str, date] = field(default_factory=dict)

    def of(self, skill_id: str) -> date | None:
        """The date of one goal, None where there is none."""
        return self.own.get(skill_id, self.for_all)

    def fields(self) -> dict[str, str]:
        """As a form holds them."""
        fields = {OF_SKILL + skill_id: day.isoformat() for skill_id, day in self.own.items()}
        return fields | ({ALL: self.for_all.isoformat()} if self.for_all else {})


def goal_dates(session: Session, context: Context) -> GoalDates:
    """The dates of the course."""
    rows = session.scalars(select(GoalDate).where(GoalDate.context_id == context.id))
    return GoalDates(context.goal_date, {row.skill_id: row.day for row in rows})


def suggested_date(context: Context, dates: GoalDates, *, now: datetime) -> date | None:
    """The end of the course as the platform says it, for a teacher to take or not; None once any goal has a date."""
    day = context.platform_ends_on
    if day is None or dates.for_all or dates.own or not now.date() < day <= now.date() + _FURTHEST:
        return None
    return day


def read_dates(fields: Mapping[str, str], skill_map: SkillMap, *, now: datetime) -> GoalDates:
    """The dates in a form; an empty field means none.

    Raises Fixable `pace.not_a_date`, or `pace.date_too_far` for days more than three years away.
    """
    own = {
        skill_id: day
        for skill_id in skill_map.goals
        if (day := _day(fields.get(OF_SKILL + skill_id, ""), now)) is not None
    }
    return GoalDates(_day(fields.get(ALL, ""), now), own)


def set_dates(session: Session, *, context: Context, dates: GoalDates) -> None:
    """These dates hold from now on, and no others."""
    context.goal_date = dates.for_all
    session.execute(delete(GoalDate).where(GoalDate.context_id == context.id))
    session.add_all(
        GoalDate(context_id=context.id, skill_id=skill_id, day=day) for skill_id, day in dates.own.items()
    )


def still_to_come(dates: GoalDates, *, now: datetime) -> tuple[GoalDates, int]:
    """The dates that lie in the future, and how many do not."""
    today = now.date()
    own = {skill_id: day for skill_id, day in dates.own.items() if day > today}
    for_all = dates.for_all if dates.for_all and dates.for_all > today else None
    over = len(dates.own) - len(own) + (dates.for_all is not None and for_all is None)
    return GoalDates(for_all, own), over


def days_left(day: date, now: datetime) -> float:
    """Days until the date is over; the platform does not tell in which time zone, so the world's."""
    return (datetime.combine(day + timedelta(days=1), time(), UTC) - now) / timedelta(days=1)


def _day(text: str, now: datetime) -> date | None:
    if not text.strip():
        return None
    try:
        day = date.fromisoformat(text.strip())
    except ValueError as error:
        raise Fixable(
            "pace.not_a_date",
            "One of the dates cannot be read. Choose it again, or write it like 2027-03-12.",
        ) from error
    if abs(day - now.date()) > _FURTHEST:
        raise Fixable(
            "pace.date_too_far", "One of the dates is more than three years away. Look at the year, please."
        )
    return day
