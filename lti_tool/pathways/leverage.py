"""Class leverage: the one mini-lesson that serves most students at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.prerequisites import is_met, unmet_before
from lti_tool.pathways.skill_map import SkillMap

FEWEST = 4
SHARE_OF_CLASS = 0.25


@dataclass(frozen=True, slots=True)
class Leverage:
    """A mini-lesson on `skill_id` serves `learner_ids`: tried, not yet there, and nothing before it missing.

    `goal_ids` are the goals that wait for the skill, itself included when it is one.
    """

    skill_id: str
    learner_ids: tuple[str, ...]
    goal_ids: tuple[str, ...]


def class_leverage(
    estimates_by_learner: Mapping[str, Mapping[str, MasteryEstimate]],
    skill_map: SkillMap,
    policy: Policy,
    *,
    waived_by_learner: Mapping[str, frozenset[str]] | None = None,
) -> Leverage | None:
    """The skill whose mini-lesson serves most learners, or None when no lesson serves a quarter of the class and at least four.

    Of equally many, the skill that more goals rest on, then the earlier one in the map.
    """
    enough = max(FEWEST, SHARE_OF_CLASS * len(estimates_by_learner))
    best: Leverage | None = None
    for skill_id in (skill_id for layer in skill_map.layers() for skill_id in layer):
        if skill_id not in skill_map.needed:
            continue
        served = tuple(
            learner_id
            for learner_id, estimates in estimates_by_learner.items()
            if is_served(
                skill_id, estimates, skill_map, policy, (waived_by_learner or {}).get(learner_id, frozenset())
            )
        )
        goals = tuple(g for g in skill_map.goals if g == skill_id or g in skill_map.dependents_of(skill_id))
        better = best is None or (len(served), len(goals)) > (len(best.learner_ids), len(best.goal_ids))
        if len(served) >= enough and better:
            best = Leverage(skill_id, served, goals)
    return best


def is_served(
    skill_id: str,
    estimates: Mapping[str, MasteryEstimate],
    skill_map: SkillMap,
    policy: Policy,
    waived: frozenset[str],
) -> bool:
    """Whether a lesson on the skill is the right thing now: tried, not yet there, and nothing before it missing."""
    tried = estimates[skill_id].evidence_count > 0
    there = is_met(skill_id, estimates, skill_map, policy, waived)
    return tried and not there and not unmet_before(skill_id, estimates, skill_map, policy, waived)
