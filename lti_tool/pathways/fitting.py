"""Moves the shared weights from their prior to what a school's own evidence shows.

Weights and ease explain the same answers, so they take turns: first the ease of activities and skills given what is
expected of each learner, then the weights given the ease, a few times over; companions, and how telling each activity is,
explain some of what is left.
All are maximum a posteriori: little evidence moves the weights little. The fit is deterministic: the same evidence gives the same bits.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.companions import NO_COMPANIONS, Companions, companions_in
from lti_tool.pathways.ease import AS_USUAL, Array, Ease, EaseSearch
from lti_tool.pathways.features import features
from lti_tool.pathways.parameters import (
    DEFAULT_PARAMETERS,
    NEVER_ABOVE_ZERO,
    NEVER_BELOW_ZERO,
    OF_LEARNER,
    SEEN,
    WEIGHTS,
    Parameters,
)
from lti_tool.pathways.record import Record
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.school import SchoolModel
from lti_tool.pathways.telling import slopes_in

TURNS = 3
PRECISION = 25.0
"""How strongly the prior holds each weight: a standard deviation of 0.2."""
INTERCEPT_PRECISION = 1e-6
"""How hard a course is says nothing about the next one."""
NEWTON_STEPS = 25
CLOSE_ENOUGH = 1e-9


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights, ease, companions and slopes found together."""

    parameters: Parameters
    ease: Ease
    companions: Companions = NO_COMPANIONS
    slopes: Mapping[str, float] = field(default_factory=dict)

    @property
    def school(self) -> SchoolModel:
        """What of it a school keeps; the ease is found anew for each class."""
        return SchoolModel(self.parameters, self.companions, self.slopes)

    @property
    def model(self) -> ResponseModel:
        """The model that predicts with them."""
        return self.school.with_ease(self.ease)


def fit(
    answers: Sequence[Answer], prior: Parameters = DEFAULT_PARAMETERS, *, version: str = "fitted"
) -> Fitted:
    """Weights and ease from answers of many learners, in the order in which each learner gave them."""
    answers = sorted(answers, key=lambda answer: answer.learner_id)
    fractions = np.array([answer.fraction for answer in answers])
    worths = np.array([answer.worth for answer in answers])
    right = float(worths @ fractions)
    usual = math.log((right + 1.0) / (float(worths.sum()) - right + 1.0))
    prior = replace(prior, intercept=usual, usual=usual)
    weights = _weights(prior)
    of_author = np.array([answer.task.ease for answer in answers])
    search = EaseSearch(answers, activity_spread=prior.activity_spread, skill_spread=prior.skill_spread)
    search.improve(usual + of_author)
    seen = np.zeros((len(answers), len(WEIGHTS)))
    for turn in range(TURNS):
        activity_ease, skill_ease = search.left_out()
        seen[:, : len(SEEN)] = seen_before(answers, activity_ease, skill_ease, usual)
        weights = weights_for(seen, fractions, worths, prior, weights)
        if turn + 1 < TURNS:
            search.improve(
                seen @ weights
                - weights[WEIGHTS.index("activity_ease")] * activity_ease
                - weights[WEIGHTS.index("skill_ease")] * skill_ease
            )
    companions, said = companions_in(answers, fractions - _sigmoids(seen @ weights))
    seen[:, WEIGHTS.index("companions")] = said
    weights = weights_for(seen, fractions, worths, prior, weights)
    ability = _ability(seen, weights)
    p = _sigmoids(seen @ weights)
    slopes = slopes_in(
        answers, ability - ability.mean(), activity_ease, worths * (fractions - p), worths * p * (1.0 - p)
    )
    seen[:, WEIGHTS.index("telling")] = slopes.said
    weights = weights_for(seen, fractions, worths, prior, weights)
    found = dict(zip(WEIGHTS, weights.tolist(), strict=True)) | {
        "ability": float(_ability(seen, weights).mean())
    }
    return Fitted(prior.with_weights(found, version=version), search.found(), companions, slopes.by_activity)


def ease_for(answers: Sequence[Answer], parameters: Parameters = DEFAULT_PARAMETERS) -> Ease:
    """How easy activities and skills are for these learners, with the weights as they are."""
    if not answers:
        return AS_USUAL
    answers = sorted(answers, key=lambda answer: answer.learner_id)
    unknown = np.zeros(len(answers))
    search = EaseSearch(
        answers, activity_spread=parameters.activity_spread, skill_spread=parameters.skill_spread
    )
    search.improve(
        seen_before(answers, unknown, unknown, parameters.usual) @ _weights(parameters)[: len(SEEN)]
    )
    return search.found()


def seen_before(answers: Sequence[Answer], activity_ease: Array, skill_ease: Array, usual: float) -> Array:
    """The features of every answer from the same learner's answers before it; learners come one after the other."""
    seen = []
    learner_id, record = None, Record()
    for answer, of_activity, of_skills in zip(
        answers, activity_ease.tolist(), skill_ease.tolist(), strict=True
    ):
        if answer.learner_id != learner_id:
            learner_id, record = answer.learner_id, Record()
        seen.append(
            features(
                record,
                answer.task,
                activity_ease=of_activity,
                skill_ease=of_skills,
                now=answer.at,
            )
        )
        record.add(answer, usual + answer.task.ease + of_activity + of_skills)
    return np.array(seen, dtype=np.float64)


def weights_for(seen: Array, fractions: Array, worths: Array, prior: Parameters, start: Array) -> Array:
    """The most likely weights under the prior, by Newton's method; one that would change its sign is held at zero."""
    middle = _weights(prior)
    precision = np.array([INTERCEPT_PRECISION if name == "intercept" else PRECISION for name in WEIGHTS])
    signs = np.array([(name in NEVER_BELOW_ZERO) * 1.0 - (name in NEVER_ABOVE_ZERO) for name in WEIGHTS])
    free = np.ones(len(WEIGHTS), dtype=bool)
    weights = start
    while True:
        weights = _newton(
            seen=seen,
            fractions=fractions,
            worths=worths,
            middle=middle,
            precision=precision,
            weights=np.where(free, weights, 0.0),
            free=free,
        )
        wrong = free & (signs * weights < 0.0)
        if not wrong.any():
            return weights
        free &= ~wrong


def _ability(seen: Array, weights: Array) -> Array:
    """What each learner's own work adds to the log-odds of an answer."""
    return np.asarray(seen[:, : len(SEEN)][:, OF_LEARNER] @ weights[: len(SEEN)][OF_LEARNER])


def _weights(parameters: Parameters) -> Array:
    return np.array([getattr(parameters, name) for name in WEIGHTS], dtype=np.float64)


def _sigmoids(logits: Array) -> Array:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)))


def _newton(
    *,
    seen: Array,
    fractions: Array,
    worths: Array,
    middle: Array,
    precision: Array,
    weights: Array,
    free: npt.NDArray[np.bool_],
) -> Array:
    columns = seen[:, free]
    for _ in range(NEWTON_STEPS):
        p = _sigmoids(seen @ weights)
        slope = columns.T @ (worths * (fractions - p)) - (precision * (weights - middle))[free]
        curvature = (columns * (worths * p * (1.0 - p))[:, None]).T @ columns + np.diag(precision[free])
        step = np.linalg.solve(curvature, slope)
        weights = weights.copy()
        weights[free] += step
        if float(np.abs(step).max()) < CLOSE_ENOUGH:
            break
    return weights
