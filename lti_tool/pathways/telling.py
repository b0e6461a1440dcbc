"""Telling activities: those on which it matters more than usual, or less, what a learner can do.

On one activity nearly all who know the skill succeed and nearly all others fail; on another, luck or a trick decides. For
each activity this is a slope on the learner's part of the log-odds, as in the two-parameter model of item response theory
(Birnbaum 1968), found in one Newton step and shrunk to what is usual while few have answered: usual for activities as
easy as this one, because on hard ones guesses and hints may decide more often, on easy ones nothing but the skill.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.ease import Array, numbered, sums

SPREAD = 0.3
"""Standard deviation between activities of the slope beyond the usual 1, a common prior for discriminations."""
STEEPEST = 0.6
"""More than this either way would say that success has little, or only, to do with the learner."""


@dataclass(frozen=True, slots=True)
class Slopes:
    """The slopes of activities beyond the usual, and for each answer what the other learners' answers make of it."""

    by_activity: dict[str, float]
    said: Array


def slopes_in(
    answers: Sequence[Answer], ability: Array, ease: Array, residuals: Array, information: Array
) -> Slopes:
    """The slopes behind these answers.

    `ability` is the learner's part of the log-odds, beyond the middle, and `ease` how easy others find the activity.
    """
    names, activities = numbered(answer.task.activity_id for answer in answers)
    _, learners = numbered(answer.learner_id for answer in answers)
    pull, weight = residuals * ability, information * ability**2
    usual = ease * (pull @ ease) / (weight @ ease**2 + SPREAD**-2)
    pulls, weights = (sums(activities, values, len(names)) for values in (pull, weight))
    different, pairs = np.unique(learners * len(names) + activities, return_inverse=True)
    own_pulls, own_weights = (sums(pairs, values, len(different))[pairs] for values in (pull, weight))
    others = _shrunk(pulls[activities] - own_pulls, weights[activities] - own_weights, usual)
    slopes = _shrunk(pulls, weights, sums(activities, usual, len(names)) / np.bincount(activities))
    return Slopes(dict(zip(names, slopes.tolist(), strict=True)), ability * others)


def _shrunk(pulls: Array, weights: Array, usual: Array) -> Array:
    """One Newton step of each slope from the usual one, under its answers and its pull towards the usual one."""
    return np.asarray(
        np.clip(usual + (pulls - weights * usual) / (weights + SPREAD**-2), -STEEPEST, STEEPEST)
    )
