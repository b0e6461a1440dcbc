"""What the whole course does together, and when; a day is one of UTC, because no platform tells the school's own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.class_rules import ClassActivity
from lti_tool.models.courses import Context
from lti_tool.pathways.skill_map import SkillMap


def class_activities(session: Session, context: Context, skill_map: SkillMap) -> tuple[ClassActivity, ...]:
    """What stands for this course, past days too, by day and lesson; only what the map still has."""
    standing = session.scalars(
        select(ClassActivity)
        .where(ClassActivity.context_id == context.id, ClassActivity.removed_at.is_(None))
        .order_by(ClassActivity.on_day, ClassActivity.lesson, ClassActivity.id)
    )
    return tuple(shared for shared in standing if skill_map.has_activity(shared.activity_id))


def nobodys_own(shared: Iterable[ClassActivity], *, today: date, for_days: int) -> frozenset[str]:
    """The activities that nobody does alone: until their day, and so many days from it on."""
    return frozenset(each.activity_id for each in shared if each.on_day + timedelta(days=for_days) > today)


def own_minutes(shared: Iterable[ClassActivity], *, today: date) -> int | None:
    """The minutes that today's shared activities leave for everybody's own step; None where nobody said."""
    left = [each.own_minutes for each in shared if each.on_day == today and each.own_minutes is not None]
    return min(left, default=None)
