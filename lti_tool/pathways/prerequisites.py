"""When a skill counts as met for what rests on it."""

from collections.abc import Mapping

from lti_tool.pathways.content import PrerequisiteKind
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.skill_map import SkillMap

SHOWN_LATER = 2
"""Scores on a later skill that show an earlier one without evidence of its own."""


def is_met(
    skill_id: str,
    estimates: Mapping[str, MasteryEstimate],
    skill_map: SkillMap,
    policy: Policy,
    waived: frozenset[str],
) -> bool:
    """Whether a skill is Secure, waived, or shown.

    Shown means: own evidence with a probability within the policy's margin of the threshold, because moving on does not
    wait for the word Secure; or, without own evidence, a later skill that rests on it is reached.
    """
    estimate = estimates[skill_id]
    if skill_id in waived or estimate.level.at_least_secure:
        return True
    if estimate.evidence_count:
        return estimate.probability >= policy.threshold - policy.prerequisite_margin
    return any(
        estimates[later].evidence_count >= SHOWN_LATER and estimates[later].probability >= policy.threshold
        for later in skill_map.dependents_of(skill_id)
    )


def unmet_before(
    skill_id: str,
    estimates: Mapping[str, MasteryEstimate],
    skill_map: SkillMap,
    policy: Policy,
    waived: frozenset[str],
) -> tuple[str, ...]:
    """Ids of the hard prerequisites of a skill that are not met."""
    return tuple(
        edge.before
        for edge in skill_map.prerequisites_of(skill_id)
        if edge.kind is PrerequisiteKind.HARD
        and not is_met(edge.before, estimates, skill_map, policy, waived)
    )
