"""The wish for easier or harder work: five settings, and the share of right answers that each aims at.

The wish moves what the term `stretch` aims at, and lets that term count for more: with its usual weight the clearest wish
changes the first step of one student in five, with twice the weight of one in three (80 random students, shipped map).
No filter looks at the wish, so no setting leads past an unmet prerequisite, above the grade ceiling or to what is not
allowed. Of tasks that differ in nothing but their predicted success,
and as long as the best of them lies within reach of the target, a harder setting never puts an easier one first.
"""

from dataclasses import replace
from fractions import Fraction

from lti_tool.pathways.policy import Policy, Weights

SETTINGS = (-1.0, -0.5, 0.0, 0.5, 1.0)
"""From much easier to much harder."""
CHALLENGE_STEP = 0.10
"""How far the wish moves the target success at most."""
BAND = (0.60, 0.85)
"""The wish does not lead out of the band around the shipped target; a school that aims elsewhere is its own limit."""
LARGEST_OF = 10
"""Shares are said in words a child can count: "2 of 3", never "13 of 20"."""


def target_success(policy: Policy, wish: float) -> float:
    """The predicted success of an activity at the right stretch, for a wish from -1 (easier) to 1 (harder)."""
    usual = policy.target_success
    lowest, highest = min(BAND[0], usual), max(BAND[1], usual)
    return min(max(usual - CHALLENGE_STEP * min(max(wish, -1.0), 1.0), lowest), highest)


def weights_for(policy: Policy, wish: float) -> Weights:
    """The policy's weights; how hard a step is counts the more the clearer the wish, at most twice as much."""
    weights = policy.weights
    return replace(weights, stretch=weights.stretch * (1.0 + min(abs(wish), 1.0))) if wish else weights


def about(target: float) -> Fraction:
    """The target as a plain fraction near it: 0.75 is "3 of 4"."""
    return Fraction(target).limit_denominator(LARGEST_OF)
