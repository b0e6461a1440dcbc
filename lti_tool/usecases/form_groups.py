"""A teacher forms groups for a slot, changes them by hand and publishes them; the tool keeps the rules.

Every change is a version of its own (see `group_plans`), so that undo is the version before.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Context, Person
from lti_tool.models.groups import GroupPlan, PairWish, Part, WishKind
from lti_tool.pathways.content import Mode
from lti_tool.pathways.group_seats import rules_against
from lti_tool.pathways.grouping import (
    GroupKind,
    GroupLimits,
    GroupRequest,
    LeftOut,
    Limit,
    Loosening,
    form_groups,
    pair_of,
)
from lti_tool.pathways.situation import Situation, situation
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.group_plans import (
    Seat,
    Slot,
    add_version,
    plan_of,
    require_plan,
    seats_of,
    times_helped,
)
from lti_tool.usecases.pair_wishes import wishes

MOST_AT_ONCE = 60
"""A larger course is worked on in sections of at most so many students, by name."""
MOST_PLACES, MOST_IN_GROUP, MOST_MINUTES, MOST_ADULTS = 40, 12, 240, 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What a teacher asked for: kind, limits, the adults by name, and who is absent."""

    kind: GroupKind = GroupKind.SHARED
    smallest: int = 2
    largest: int = 4
    places: int = 10
    minutes: int | None = 20
    modes: tuple[Mode, ...] = (Mode.PAIR, Mode.SMALL_GROUP, Mode.TEACHER_TABLE)
    adults: tuple[str, ...] = ()
    absent: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if not 2 <= self.smallest <= self.largest <= MOST_IN_GROUP:
            raise Fixable(
                "groups.sizes",
                f"Groups have from 2 to {MOST_IN_GROUP} students; the largest is not below the smallest.",
            )
        if not 1 <= self.places <= MOST_PLACES:
            raise Fixable("groups.places", f"Choose from 1 to {MOST_PLACES} places.")
        if self.minutes is not None and not 1 <= self.minutes <= MOST_MINUTES:
            raise Fixable("groups.minutes", f"Choose from 1 to {MOST_MINUTES} minutes, or leave them empty.")
        if not self.modes:
            raise Fixable("groups.modes", "Choose at least one way of working.")
        if len(self.adults) > MOST_ADULTS:
            raise Fixable("groups.adults", f"Name at most {MOST_ADULTS} adults.")

    def to_mapping(self) -> dict[str, Any]:
        """JSON-able values without anything about students; who is absent stands with the members."""
        return {
            "kind": self.kind.value,
            "smallest": self.smallest,
            "largest": self.largest,
            "places": self.places,
            "minutes": self.minutes,
            "modes": [mode.value for mode in self.modes],
            "adults": list(self.adults),
        }

    @classmethod
    def of(cls, plan: GroupPlan) -> Asked:
        """What a stored plan was asked for."""
        kept = plan.limits
        return cls(
            kind=GroupKind(kept["kind"]),
            smallest=kept["smallest"],
            largest=kept["largest"],
            places=kept["places"],
            minutes=kept["minutes"],
            modes=tuple(Mode(mode) for mode in kept["modes"]),
            adults=tuple(kept["adults"]),
            absent=frozenset(member.person_id for member in plan.members if member.part is Part.ABSENT),
        )


def sections_of(learners: int) -> int:
    """In how many sections a course of this size is worked on."""
    return max(-(-learners // MOST_AT_ONCE), 1)


def section_learners(classroom: Classroom, section: int) -> tuple[Person, ...]:
    """The students of one section, by name. Raises NotVisible `groups.no_section`."""
    learners, sections = classroom.learners, sections_of(len(classroom.learners))
    if not 1 <= section <= sections:
        raise NotVisible("groups.no_section", "This course has no such section.")
    return learners[(section - 1) * len(learners) // sections : section * len(learners) // sections]


def situations_of(classroom: Classroom, learners: Sequence[Person]) -> dict[str, Situation]:
    """Where each of them stands, by key as text."""
    return {
        str(learner.id): situation(
            classroom.state_of(learner), classroom.skill_map, classroom.policy, classroom.now
        )
        for learner in learners
    }


def form(
    session: Session,
    *,
    context: Context,
    slot: Slot,
    asked: Asked,
    after: int,
    teacher: Person,
    now: datetime,
) -> GroupPlan:
    """Form groups; tables that are locked stay as they are."""
    classroom = open_classroom(session, context=context, now=now)
    learners = section_learners(classroom, slot.section)
    keys = {learner.id for learner in learners}
    kept, kept_seats = _locked(plan_of(session, context, slot), keys - asked.absent)
    seated = {seat.person_key for seat in kept_seats}
    free_adults = [name for name in asked.adults if name not in {table["adult"] for table in kept}]
    found_wishes = wishes(session, context)
    helped = times_helped(session, context, besides=slot)
    request = GroupRequest(
        kind=asked.kind,
        limits=GroupLimits(
            smallest=asked.smallest,
            largest=asked.largest,
            places=max(asked.places - len(kept), 0),
            adults=len(free_adults),
            minutes=asked.minutes,
            modes=frozenset(asked.modes),
        ),
        apart=_pairs(found_wishes, WishKind.APART),
        together=_pairs(found_wishes, WishKind.TOGETHER),
        absent=frozenset(str(key) for key in asked.absent & keys),
        helped={str(key): number for key, number in helped.items()},
    )
    situations = situations_of(classroom, [learner for learner in learners if learner.id not in seated])
    grouping = form_groups(request, situations)
    taken = {table["number"] for table in kept}
    numbers = (number for number in count(1) if number not in taken)
    tables, seats = list(kept), list(kept_seats)
    for group, number in zip(grouping.groups, numbers, strict=False):
        tables.append(
            {
                "number": number,
                "activity_id": group.activity_id,
                "kind": group.kind.value,
                "adult": free_adults.pop(0) if group.needs_adult else "",
                "locked": False,
            }
        )
        for key in group.learner_ids:
            part = Part.HELPER if key in group.helper_ids else Part.MEMBER
            seats.append(Seat(int(key), part, number))
    for key, why in grouping.left_out.items():
        part = Part.ABSENT if why is LeftOut.ABSENT else Part.LEFT_OVER
        seats.append(Seat(int(key), part, why=why.value))
    loosenings = [_kept_loosening(each, found_wishes) for each in grouping.loosenings]
    return add_version(
        session,
        context_key=context.id,
        slot=slot,
        after=after,
        limits={**asked.to_mapping(), "loosenings": loosenings},
        tables=sorted(tables, key=lambda table: table["number"]),
        seats=seats,
        teacher=teacher,
        now=now,
    )


def move(
    session: Session,
    *,
    context: Context,
    slot: Slot,
    version: int,
    person_key: int,
    place: int | None,
    teacher: Person,
    now: datetime,
) -> GroupPlan:
    """Bring a student to another table, or to none.

    Raises NotVisible `student.not_found` and `groups.no_table`; Fixable `groups.full`, `groups.apart` and
    `groups.not_for_student`.
    """
    plan = require_plan(session, context, slot, version)
    seats = seats_of(plan)
    if person_key not in {seat.person_key for seat in seats}:
        raise NotVisible("student.not_found", "There is no such student in this course.")
    others = [seat for seat in seats if seat.person_key != person_key]
    moved = Seat(person_key, Part.LEFT_OVER, why="")
    if place is not None:
        table = _table(plan, place)
        here = [seat.person_key for seat in others if seat.place == place]
        if len(here) >= Asked.of(plan).largest and not table.get("lesson"):
            raise Fixable(
                "groups.full",
                "This table has as many students as a group may have. Move somebody away from it first.",
            )
        _refuse_apart(session, context, person_key, here)
        classroom = open_classroom(session, context=context, now=now)
        _refuse_rules(classroom, table, person_key, Asked.of(plan).minutes)
        moved = Seat(person_key, Part.MEMBER, place)
    occupied = {seat.place for seat in (*others, moved)}
    return _again(
        session,
        plan,
        teacher,
        now,
        seats=[*others, moved],
        tables=[table for table in plan.tables if table["number"] in occupied],
    )


def set_lock(
    session: Session,
    *,
    context: Context,
    slot: Slot,
    version: int,
    place: int,
    locked: bool,
    teacher: Person,
    now: datetime,
) -> GroupPlan:
    """Keep a table as it is when groups are formed again, or no longer."""
    plan = require_plan(session, context, slot, version)
    _table(plan, place)
    tables = [{**t, "locked": locked} if t["number"] == place else t for t in plan.tables]
    return _again(session, plan, teacher, now, seats=seats_of(plan), tables=tables)


def publish(
    session: Session, *, context: Context, slot: Slot, version: int, teacher: Person, now: datetime
) -> GroupPlan:
    """Let students see their groups. Raises Fixable `groups.none` and `groups.size` when a table breaks the limits."""
    plan = require_plan(session, context, slot, version)
    if not plan.tables:
        raise Fixable("groups.none", "There is no group yet. Form groups first.")
    asked = Asked.of(plan)
    for table in plan.tables:
        if table.get("lesson"):
            continue
        size = sum(member.place == table["number"] for member in plan.members)
        if not asked.smallest <= size <= asked.largest:
            raise Fixable(
                "groups.size",
                f"Table {table['number']} has {size} students, and you asked for {asked.smallest} to {asked.largest}. "
                "Move students, or form groups with other sizes.",
            )
    return _again(session, plan, teacher, now, seats=seats_of(plan), tables=plan.tables, publish=True)


def _again(
    session: Session,
    plan: GroupPlan,
    teacher: Person,
    now: datetime,
    *,
    seats: Sequence[Seat],
    tables: Sequence[Mapping[str, Any]],
    publish: bool = False,
) -> GroupPlan:
    return add_version(
        session,
        context_key=plan.context_id,
        slot=Slot(plan.day, plan.lesson, plan.section),
        after=plan.version,
        limits=plan.limits,
        tables=tables,
        seats=seats,
        teacher=teacher,
        now=now,
        publish=publish,
    )


def _locked(plan: GroupPlan | None, present: set[int]) -> tuple[list[dict[str, Any]], list[Seat]]:
    """The locked tables with those of their members who are there."""
    if plan is None:
        return [], []
    numbers = {table["number"] for table in plan.tables if table["locked"]}
    seats = [seat for seat in seats_of(plan) if seat.place in numbers and seat.person_key in present]
    return [t for t in plan.tables if t["number"] in {seat.place for seat in seats}], seats


def _pairs(found: Sequence[PairWish], kind: WishKind) -> frozenset[tuple[str, str]]:
    return frozenset(pair_of(str(w.person_id), str(w.other_id)) for w in found if w.kind is kind)


def _kept_loosening(loosening: Loosening, found: Sequence[PairWish]) -> dict[str, Any]:
    """A loosening as JSON; one about two students names the wish and not them."""
    wish = next((w.id for w in found if pair_of(str(w.person_id), str(w.other_id)) == loosening.pair), None)
    return {"limit": loosening.limit.value, "by": loosening.by, "to": loosening.to, "wish": wish}


def read_loosening(kept: Mapping[str, Any], found: Sequence[PairWish]) -> Loosening | None:
    """What `form` kept; None where the wish is not there any more."""
    if kept["wish"] is None:
        return Loosening(Limit(kept["limit"]), kept["by"], kept["to"])
    pair = next((pair_of(str(w.person_id), str(w.other_id)) for w in found if w.id == kept["wish"]), None)
    return Loosening(Limit(kept["limit"]), pair=pair) if pair else None


def _table(plan: GroupPlan, place: int) -> Mapping[str, Any]:
    for table in plan.tables:
        if table["number"] == place:
            return table
    raise NotVisible("groups.no_table", "There is no such table in these groups.")


def _refuse_apart(session: Session, context: Context, person_key: int, here: Sequence[int]) -> None:
    for wish in wishes(session, context):
        pair = {wish.person_id, wish.other_id}
        if wish.kind is WishKind.APART and person_key in pair and not pair.isdisjoint(here):
            raise Fixable(
                "groups.apart",
                "Somebody at this table shall not work with this student, as you noted. Choose another table, or drop that wish first.",
            )


def _refuse_rules(
    classroom: Classroom, table: Mapping[str, Any], person_key: int, minutes: int | None
) -> None:
    learner = classroom.learner(person_key)
    if not classroom.skill_map.has_activity(table["activity_id"]):
        raise Fixable(
            "groups.no_activity",
            "The task of this table is not in the skill map any more. Form groups again.",
        )
    [at] = situations_of(classroom, [learner]).values()
    timed = replace(at, state=replace(at.state, minutes=minutes))
    against = rules_against(classroom.skill_map.activity(table["activity_id"]), timed)
    if against:
        raise Fixable(
            "groups.not_for_student",
            "The task of this table does not fit this student now: "
            + ", ".join(_AGAINST.get(name, name) for name in against)
            + ". Choose another table.",
        )


_AGAINST = {
    "open": "it is not open",
    "vetoed": "you ruled it out",
    "accommodations": "its kind of task is not for this student",
    "together": "the whole class does it together",
    "whole_class": "it is for the whole class",
    "grade_ceiling": "it lies above the grade",
    "prerequisites": "something that it rests on is not there yet",
    "repeat": "it was done a few days ago",
    "time": "it takes longer than there is time",
    "another_route": "another kind of task is due after misses",
    "scope": "its skill is not opened",
    "steps_below": "it lies too far below the grade",
}
