"""Hard filters: what may be suggested at all. Each is one small function that says whether an activity passes.

`FIRM` filters hold always. `RELAXABLE` ones are dropped one after the other, in this order, while nothing is left
to suggest; the recommendation then names the rules that its options break.
"""

from collections.abc import Callable

import numpy as np

from lti_tool.pathways.comparison import CLOSED, DONE, TOGETHER, VETOED, Comparison
from lti_tool.pathways.content import Mode, Purpose
from lti_tool.pathways.features import days_between
from lti_tool.pathways.kinds import Looks
from lti_tool.pathways.situation import Step

Filter = Callable[[Step], bool]


def is_open(step: Step) -> bool:
    """It is published and open to this learner."""
    return step.activity.id not in step.situation.state.closed


def not_vetoed(step: Step) -> bool:
    """The teacher has not ruled it out for this learner."""
    return step.activity.id not in step.situation.state.vetoed


def suits_accommodations(step: Step) -> bool:
    """Its format and mode are possible for this learner."""
    return step.situation.state.accommodations.suits(step.activity)


def not_together(step: Step) -> bool:
    """It is not fixed for the whole class: done together on its day, by nobody alone before or soon after."""
    return step.activity.id not in step.situation.state.together


def not_whole_class(step: Step) -> bool:
    """Whole-class work is placed by the teacher and not suggested to one learner."""
    return step.activity.mode is not Mode.WHOLE_CLASS


def within_ceiling(step: Step) -> bool:
    """None of its skills lies above the grade ceiling."""
    ceiling = step.situation.policy.grade_ceiling
    limit = step.situation.skill_map.grade if ceiling is None else ceiling
    return all(step.situation.skills[skill_id].skill.grade <= limit for skill_id in step.activity.skills)


def prerequisites_met(step: Step) -> bool:
    """The hard prerequisites of all its skills are met or waived."""
    return all(not step.situation.skills[skill_id].unmet for skill_id in step.activity.skills)


def foundations_met(step: Step) -> bool:
    """The earlier skills that work on its skills uses are met, also where the map names no prerequisite."""
    return all(not step.situation.skills[skill_id].foundations for skill_id in step.activity.skills)


def not_done_lately(step: Step) -> bool:
    """It was not done within the last days that the policy names."""
    done_at = step.situation.done.get(step.activity.id)
    return (
        done_at is None
        or days_between(done_at, step.situation.now) >= step.situation.policy.repeat_after_days
    )


def fits_time(step: Step) -> bool:
    """It fits into the minutes there are, at this learner's time."""
    state = step.situation.state
    return state.minutes is None or state.minutes_for(step.activity) <= state.minutes


def takes_another_route(step: Step) -> bool:
    """After misses in a row on a skill: no more of the same.

    First another format; after one more miss something to learn from or the teacher's table, until the teacher has
    helped or a pause as long as for repeating an activity has passed.
    """
    for skill_id in step.activity.skills:
        facts = step.situation.skills[skill_id]
        if facts.reached or facts.misses < step.situation.policy.stuck_after or facts.teacher_helped:
            continue
        last = facts.last
        if (
            last is not None
            and days_between(last.occurred_at, step.situation.now) >= step.situation.policy.repeat_after_days
        ):
            continue
        if step.activity.purpose is Purpose.LEARN or step.activity.mode is Mode.TEACHER_TABLE:
            continue
        if facts.misses > step.situation.policy.stuck_after or step.activity.format in facts.missed_formats:
            return False
    return True


def in_scope(step: Step) -> bool:
    """One of its skills belongs to what the teacher has opened."""
    scope = step.situation.policy.scope
    return scope is None or not scope.isdisjoint(step.activity.skills)


def near_grade(step: Step) -> bool:
    """None of its skills lies further below the grade than the policy allows."""
    floor = step.situation.skill_map.grade - step.situation.policy.steps_below
    return all(step.situation.skills[skill_id].skill.grade >= floor for skill_id in step.activity.skills)


FIRM: dict[str, Filter] = {
    "open": is_open,
    "vetoed": not_vetoed,
    "accommodations": suits_accommodations,
    "together": not_together,
    "whole_class": not_whole_class,
    "grade_ceiling": within_ceiling,
    "prerequisites": prerequisites_met,
    "repeat": not_done_lately,
}
RELAXABLE: dict[str, Filter] = {
    "time": fits_time,
    "foundations": foundations_met,
    "another_route": takes_another_route,
    "scope": in_scope,
    "steps_below": near_grade,
}
_ALL = FIRM | RELAXABLE
PIN_KEEPS = frozenset({"open", "accommodations", "together", "grade_ceiling"})
"""What even a teacher's pin does not override; the rest is the teacher's decision, and is named when overridden."""

ORDERS_ONLY = frozenset({"foundations"})
"""What says in which order work comes, as far as other work is open, and not that somebody may not do it."""


def broken(step: Step) -> tuple[str, ...]:
    """Names of all filters that a step does not pass."""
    return tuple(name for name, passes in _ALL.items() if not passes(step))


LOOKS_AT: dict[str, Looks] = {
    "open": (CLOSED,),
    "vetoed": (VETOED,),
    "accommodations": ("format", "mode"),
    "together": (TOGETHER,),
    "whole_class": ("mode",),
    "grade_ceiling": ("skills",),
    "prerequisites": ("skills",),
    "repeat": (DONE,),
    "time": ("minutes",),
    "foundations": ("skills",),
    "another_route": ("skills", "mode", "format"),
    "scope": ("skills",),
    "steps_below": ("skills",),
}
"""What each filter looks at in an activity, beside the learner's situation: nothing else may change its answer."""


def passing(comparison: Comparison) -> tuple[Comparison, dict[str, int]]:
    """The activities left after the filters, with as few rules relaxed as needed; and how many each rule held back."""
    fails = {name: comparison.ask(passes, LOOKS_AT[name]) == 0.0 for name, passes in _ALL.items()}
    held_back = {name: int(failed.sum()) for name, failed in fails.items()}
    relaxed: set[str] = set()
    for name in [None, *RELAXABLE]:
        relaxed |= {name} if name else set()
        failed = np.logical_or.reduce([fails[kept] for kept in _ALL if kept not in relaxed])
        left = comparison.among(comparison.places[~failed])
        if left.places.size:
            break
    return left, held_back
