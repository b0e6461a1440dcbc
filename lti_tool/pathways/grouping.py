"""Who works together: the groups for one slot, within all limits; who is in none, and what would have to give.

Groups hold exactly those who are present; whoever finds no place is listed with the reason. Where limits are in the
way, the smallest loosening found is named, one that has been tried: with it everybody whom it is about has a place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from lti_tool.pathways.content import Activity, Mode
from lti_tool.pathways.group_model import Table, count_tables, most_tables, seat_learners
from lti_tool.pathways.group_request import GroupKind, GroupLimits, GroupRequest, Limit, Loosening, pair_of
from lti_tool.pathways.group_seats import (
    can_help,
    helps_back,
    is_growing,
    learner_has_seat,
    main_skill,
    tasks_for,
)
from lti_tool.pathways.situation import Situation

__all__ = [
    "Group",
    "GroupKind",
    "GroupLimits",
    "GroupRequest",
    "Grouping",
    "HelpBack",
    "LeftOut",
    "Limit",
    "Loosening",
    "form_groups",
    "group_as_it_is",
    "pair_of",
]


MOST_SEATED_AGAIN = 45
"""In larger classes somebody left over by a wish about a pair is named at once; a second seating would take long."""


class LeftOut(StrEnum):
    """Why somebody is in no group."""

    ABSENT = "absent"
    NO_TASK = "no_task"
    """No task for groups fits this learner now; the next step alone does."""
    NO_COMPANY = "no_company"
    """There are tasks, but nobody to share one with."""
    LIMITS = "limits"
    """The limits are in the way; the loosening named brings a place."""


@dataclass(frozen=True, slots=True)
class HelpBack:
    """`learner_id` can in turn help `helper_id` with another skill."""

    helper_id: str
    learner_id: str
    skill_id: str


@dataclass(frozen=True, slots=True)
class Group:
    """One table: who, on what, and what brings them together.

    `due_ids` are the helpers for whom the skill is due for review, `by_hand` those whom only the teacher's hand
    brought here.
    """

    kind: GroupKind
    activity_id: str
    skill_id: str
    learner_ids: tuple[str, ...]
    helper_ids: tuple[str, ...] = ()
    due_ids: tuple[str, ...] = ()
    backs: tuple[HelpBack, ...] = ()
    needs_adult: bool = False
    by_hand: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Grouping:
    """The groups, those in none by reason, and the smallest loosening that was found."""

    groups: tuple[Group, ...]
    left_out: Mapping[str, LeftOut]
    loosenings: tuple[Loosening, ...] = ()


def form_groups(request: GroupRequest, situations: Mapping[str, Situation]) -> Grouping:
    """Groups for the learners whose situations these are; the same inputs give the same answer."""
    present = {key: situations[key] for key in sorted(situations) if key not in request.absent}
    left_out = {key: LeftOut.ABSENT for key in sorted(situations) if key in request.absent}
    request = _about(request, frozenset(present))
    tables = _seat(request, present)
    missing = [key for key in present if key not in _seated(tables)]
    loosenings: tuple[Loosening, ...] = ()
    if missing:
        possible = learner_has_seat(tasks_for(request, present, longer=True))
        helped: frozenset[str] = frozenset()
        if not possible.isdisjoint(missing):
            loosenings, helped = _loosening(request, present, _seated(tables))
        for key in missing:
            if key in helped:
                left_out[key] = LeftOut.LIMITS
            else:
                left_out[key] = LeftOut.NO_COMPANY if key in possible else LeftOut.NO_TASK
    groups = sorted((_group(table, present) for table in tables), key=_order)
    return Grouping(tuple(groups), left_out, loosenings)


def _about(request: GroupRequest, present: frozenset[str]) -> GroupRequest:
    """The request without wishes about people who are not there."""
    return GroupRequest(
        kind=request.kind,
        limits=request.limits,
        apart=frozenset(pair for pair in request.apart if present.issuperset(pair)),
        together=frozenset(pair for pair in request.together if present.issuperset(pair)),
        helped=request.helped,
    )


def _seat(
    request: GroupRequest, present: Mapping[str, Situation], *, trial: bool = False
) -> tuple[Table, ...]:
    """Counts, then seats; where the wishes about pairs need other tables than were counted, seats among more."""
    tasks = tasks_for(request, present, longer=False)
    counted, _ = count_tables(request, tasks, trial=trial)
    tables = seat_learners(request, [(table.task, table.number) for table in counted])
    missing = _seated(counted) - _seated(tables)
    if missing and len(present) <= MOST_SEATED_AGAIN:
        more = [
            (table.task, min(table.number + 1, most_tables(request, table.task)))
            if missing & table.task.standing.keys()
            else (table.task, table.number)
            for table in counted
        ]
        again = seat_learners(request, more)
        tables = max(tables, again, key=lambda found: len(_seated(found)))
    return tables


def _loosening(
    request: GroupRequest, present: Mapping[str, Situation], seated: frozenset[str]
) -> tuple[tuple[Loosening, ...], frozenset[str]]:
    """The smallest loosening that gives more learners a place, tried out, and who has one with it."""
    tasks = tasks_for(request, present, longer=True)
    _, loosenings = count_tables(request, tasks, loose=True)
    now = _seated(_seat(request.loosened(loosenings), present, trial=True)) if loosenings else seated
    return (loosenings, now) if len(now) > len(seated) else ((), seated)


def _seated(tables: tuple[Table, ...]) -> frozenset[str]:
    return frozenset(learner_id for table in tables for learner_id in table.learner_ids)


def _group(table: Table, present: Mapping[str, Situation]) -> Group:
    return _described(table.task.kind, table.task.activity, table.learner_ids, table.helper_ids, present)


def _described(
    kind: GroupKind,
    activity: Activity,
    learner_ids: tuple[str, ...],
    helper_ids: tuple[str, ...],
    present: Mapping[str, Situation],
) -> Group:
    skill_id = main_skill(activity)
    due = tuple(key for key in helper_ids if present[key].skills[skill_id].due > 0)
    return Group(
        kind=kind,
        activity_id=activity.id,
        skill_id=skill_id,
        learner_ids=learner_ids,
        helper_ids=helper_ids,
        due_ids=due,
        backs=tuple(
            HelpBack(helper, other, back)
            for helper in helper_ids
            if helper not in due
            for other in learner_ids
            if other not in helper_ids and (back := helps_back(present[helper], present[other])) is not None
        ),
        needs_adult=activity.mode is Mode.TEACHER_TABLE,
    )


def _order(group: Group) -> tuple[bool, str, tuple[str, ...]]:
    return not group.needs_adult, group.activity_id, group.learner_ids


def group_as_it_is(
    kind: GroupKind,
    activity: Activity,
    learner_ids: tuple[str, ...],
    helper_ids: tuple[str, ...],
    present: Mapping[str, Situation],
) -> Group:
    """What can be said of a group now, also after somebody was moved by hand."""
    skill_id = main_skill(activity)
    here = {key: present[key].skills[skill_id] for key in learner_ids}
    if kind is GroupKind.SHARED:
        by_hand = [key for key, facts in here.items() if facts.reached]
    elif kind is GroupKind.HELPING:
        by_hand = [k for k, facts in here.items() if not (can_help if k in helper_ids else is_growing)(facts)]
    else:
        by_hand = []
    group = _described(kind, activity, learner_ids, helper_ids, present)
    return replace(group, by_hand=tuple(by_hand))
