"""What the Groups page and the departures board show of a slot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.models.groups import GroupPlan, Part
from lti_tool.pathways.group_reasons import left_out_label, loosening_sentence, why_task, why_together
from lti_tool.pathways.grouping import GroupKind, LeftOut, group_as_it_is
from lti_tool.pathways.mini_lesson import mini_lesson
from lti_tool.pathways.situation import Situation
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.form_groups import (
    Asked,
    read_loosening,
    section_learners,
    sections_of,
    situations_of,
)
from lti_tool.usecases.group_plans import Slot, plan_of, published_plans
from lti_tool.usecases.names import first_name, full_name
from lti_tool.usecases.pair_wishes import WishView, wish_views, wishes
from lti_tool.usecases.words import Words

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class SeatView:
    """A student at a table, or in none with the reason."""

    key: int
    name: str
    helps: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class TableView:
    """One group: who, where, on what, with whom, and why."""

    number: int
    task: str
    minutes: int | None
    adult: str
    locked: bool
    members: tuple[SeatView, ...]
    why_together: str
    why_task: str
    outside_limits: bool
    lesson: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """The latest groups of the slot. `published` says that students see exactly these."""

    version: int
    published: bool
    published_before: bool
    tables: tuple[TableView, ...]
    left_over: tuple[SeatView, ...]
    absent: tuple[SeatView, ...]
    loosenings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LessonView:
    """The one lesson for many, and for whom; `can_be_seated` where an activity suits all of them."""

    sentence: str
    names: tuple[str, ...]
    can_be_seated: bool


@dataclass(frozen=True, slots=True)
class GroupsView:
    """The page of a slot; `plan` is None before groups were formed."""

    course_title: str
    slot: Slot
    sections: int
    class_size: int
    with_evidence: int
    learners: tuple[SeatView, ...]
    asked: Asked
    lesson: LessonView | None
    plan: PlanView | None
    wishes: tuple[WishView, ...]


@dataclass(frozen=True, slots=True)
class OwnGroup:
    """What a student is told of a published group."""

    day: date
    is_today: bool
    mates: tuple[str, ...]
    place: int
    task: str
    activity_id: str
    adult: str


def next_school_day(today: date) -> date:
    """Tomorrow, or Monday when tomorrow is no school day."""
    day = today + timedelta(days=1)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= _SATURDAY else day


def groups_page(
    session: Session, *, context: Context, slot: Slot, teacher: Person, now: datetime, words: Words
) -> GroupsView:
    """The page of one slot. Raises Fixable `course.not_set_up`."""
    classroom = open_classroom(session, context=context, now=now)
    learners = section_learners(classroom, slot.section)
    situations = situations_of(classroom, learners)
    plan = plan_of(session, context, slot)
    asked = Asked.of(plan) if plan else Asked(adults=(full_name(teacher, words),))
    return GroupsView(
        course_title=context.title,
        slot=slot,
        sections=sections_of(len(classroom.learners)),
        class_size=len(classroom.learners),
        with_evidence=sum(at.known for at in situations.values()),
        learners=tuple(SeatView(learner.id, full_name(learner, words)) for learner in learners),
        asked=asked,
        lesson=_lesson(classroom, situations, asked, words),
        plan=_plan(session, classroom, plan, situations, words) if plan else None,
        wishes=wish_views(session, context, words),
    )


def own_group(session: Session, *, classroom: Classroom, learner: Person, words: Words) -> OwnGroup | None:
    """The student's next published group, from today on (a day is one of UTC: no platform tells the school's own)."""
    today = classroom.now.date()
    for plan in published_plans(session, classroom.context, since=today):
        mine = next((m for m in plan.members if m.person_id == learner.id and m.place is not None), None)
        if mine is None or mine.place is None or mine.activity_id is None:
            continue
        if not classroom.skill_map.has_activity(mine.activity_id):
            continue
        [adult] = [table["adult"] for table in plan.tables if table["number"] == mine.place]
        return OwnGroup(
            day=plan.day,
            is_today=plan.day == today,
            mates=tuple(
                first_name(member.person, words)
                for member in plan.members
                if member.place == mine.place and member is not mine
            ),
            place=mine.place,
            task=classroom.skill_map.activity(mine.activity_id).title,
            activity_id=mine.activity_id,
            adult=adult,
        )
    return None


def _lesson(
    classroom: Classroom, situations: Mapping[str, Situation], asked: Asked, words: Words
) -> LessonView | None:
    """The one lesson for many of those who are there, if any."""
    present = {key: at for key, at in situations.items() if int(key) not in asked.absent}
    lesson = mini_lesson(present)
    if lesson is None:
        return None
    sentence = words.gettext(
        "%(served)s of %(all)s need “%(skill)s”: one lesson of %(minutes)s minutes serves more than %(served)s single tasks."
    ) % {
        "served": len(lesson.learner_ids),
        "all": len(present),
        "skill": classroom.skill_map.skill(lesson.skill_id).title,
        "minutes": lesson.minutes,
    }
    if lesson.activity_id is not None:
        task = classroom.skill_map.activity(lesson.activity_id).title
        sentence = f"{sentence} {words.gettext('“%(activity)s” suits all of them.') % {'activity': task}}"
    served = [learner for learner in classroom.learners if str(learner.id) in lesson.learner_ids]
    return LessonView(
        sentence, tuple(full_name(learner, words) for learner in served), lesson.activity_id is not None
    )


def _plan(
    session: Session,
    classroom: Classroom,
    plan: GroupPlan,
    situations: Mapping[str, Situation],
    words: Words,
) -> PlanView:
    kept = wishes(session, classroom.context)
    names = {str(learner.id): full_name(learner, words) for learner in classroom.learners}
    names |= {str(member.person_id): full_name(member.person, words) for member in plan.members}
    found = [read_loosening(each, kept) for each in plan.limits.get("loosenings", [])]
    seats: dict[Part, list[SeatView]] = {part: [] for part in Part}
    for member in plan.members:
        why = left_out_label(LeftOut(member.why), words.gettext) if member.why else ""
        seats[member.part].append(SeatView(member.person_id, names[str(member.person_id)], why=why))
    published = [p for p in published_plans(session, classroom.context) if _slot_of(p) == _slot_of(plan)]
    return PlanView(
        version=plan.version,
        published=plan.published_at is not None,
        published_before=bool(published),
        tables=tuple(_table((classroom, situations), plan, table, names, words) for table in plan.tables),
        left_over=tuple(seats[Part.LEFT_OVER]),
        absent=tuple(seats[Part.ABSENT]),
        loosenings=tuple(
            loosening_sentence(each, names, words.gettext, ngettext=words.ngettext) for each in found if each
        ),
    )


def _slot_of(plan: GroupPlan) -> Slot:
    return Slot(plan.day, plan.lesson, plan.section)


def _table(
    learning: tuple[Classroom, Mapping[str, Situation]],
    plan: GroupPlan,
    table: Mapping[str, object],
    names: Mapping[str, str],
    words: Words,
) -> TableView:
    (classroom, situations), asked = learning, Asked.of(plan)
    members = sorted(
        (member for member in plan.members if member.place == table["number"]),
        key=lambda member: names[str(member.person_id)].casefold(),
    )
    here = tuple(str(m.person_id) for m in members if str(m.person_id) in situations)
    activity_id, skill_map = str(table["activity_id"]), classroom.skill_map
    together = because = ""
    task, minutes = activity_id, None
    if skill_map.has_activity(activity_id):
        activity = skill_map.activity(activity_id)
        task, minutes = activity.title, activity.minutes
        helpers = tuple(
            str(m.person_id) for m in members if m.part is Part.HELPER and str(m.person_id) in here
        )
        group = group_as_it_is(GroupKind(str(table["kind"])), activity, here, helpers, situations)
        together = why_together(group, skill_map, names, words.gettext)
        because = why_task(activity_id, skill_map, words.gettext, ngettext=words.ngettext)
    return TableView(
        number=int(str(table["number"])),
        task=task,
        minutes=minutes,
        adult=str(table["adult"]),
        locked=bool(table["locked"]),
        members=tuple(
            SeatView(m.person_id, names[str(m.person_id)], helps=m.part is Part.HELPER) for m in members
        ),
        why_together=together,
        why_task=because,
        outside_limits=not table.get("lesson") and not asked.smallest <= len(members) <= asked.largest,
        lesson=bool(table.get("lesson")),
    )
