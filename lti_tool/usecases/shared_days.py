"""What the class does together, as people read it: on its day, in the days before, and what is needed for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from lti_tool.models.class_rules import ClassActivity
from lti_tool.models.courses import Person
from lti_tool.pathways.readiness import missing_before
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.form_groups import situations_of

ANNOUNCED = timedelta(days=7)
"""How long before its day a shared activity is announced."""


@dataclass(frozen=True, slots=True)
class SharedDay:
    """A shared activity as everybody may read it."""

    key: int
    activity_id: str
    title: str
    day: date
    is_today: bool
    lesson: int | None
    minutes: int


@dataclass(frozen=True, slots=True)
class Help:
    """These students lack `skill_title` before it; `step_title` helps, empty where the map has nothing for it."""

    learners: tuple[Person, ...]
    skill_title: str
    step_title: str


def shared_day(classroom: Classroom, shared: ClassActivity) -> SharedDay:
    """The view of one."""
    return SharedDay(
        key=shared.id,
        activity_id=shared.activity_id,
        title=classroom.skill_map.activity(shared.activity_id).title,
        day=shared.on_day,
        is_today=shared.on_day == classroom.now.date(),
        lesson=shared.lesson,
        minutes=shared.minutes,
    )


def announced(classroom: Classroom) -> tuple[ClassActivity, ...]:
    """What is done today and in the next days."""
    today = classroom.now.date()
    return tuple(each for each in classroom.class_activities if today <= each.on_day <= today + ANNOUNCED)


def help_before(classroom: Classroom, shared: ClassActivity) -> Help | None:
    """Who lacks what a shared activity rests on, and the step that helps most of them."""
    skill_map = classroom.skill_map
    missing = missing_before(
        skill_map.activity(shared.activity_id), situations_of(classroom, classroom.learners)
    )
    if missing is None:
        return None
    return Help(
        learners=tuple(one for one in classroom.learners if str(one.id) in missing.learner_ids),
        skill_title=skill_map.skill(missing.skill_id).title,
        step_title=skill_map.activity(missing.activity_id).title if missing.activity_id else "",
    )
