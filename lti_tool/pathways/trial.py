"""Puts a new fit to the test before anybody relies on it.

Some learners are held out; weights and companions found with the others replace those in use only when they predict the
answers of the learners held out better, by more than chance from one learner to the next would explain.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from zlib import crc32

import numpy as np

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.ease import Array
from lti_tool.pathways.features import sigmoid
from lti_tool.pathways.fitting import ease_for, fit
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.record import Record
from lti_tool.pathways.school import SchoolModel

HELD_OUT_ONE_IN = 4
FEWEST_HELD_OUT = 5
FEWEST_ANSWERS = 300


@dataclass(frozen=True, slots=True)
class Trial:
    """How a model fitted on some learners predicts the others, beside the one in use: mean log loss a learner."""

    model: SchoolModel
    learners: int
    answers: int
    loss_in_use: float
    loss_fitted: float
    better: bool


def try_model(answers: Iterable[Answer], in_use: SchoolModel, *, version: str) -> Trial | None:
    """A fit and its test; None while there is too little evidence for either.

    The fit starts from the shipped prior each time, so that the evidence of one year is not counted again in the next.
    """
    in_order = sorted(answers, key=lambda answer: answer.learner_id)
    kept = [answer for answer in in_order if not _is_held_out(answer.learner_id)]
    held_out = [answer for answer in in_order if _is_held_out(answer.learner_id)]
    learners = {answer.learner_id for answer in held_out}
    if len(learners) < FEWEST_HELD_OUT or len(kept) < FEWEST_ANSWERS:
        return None
    fitted = fit(kept, DEFAULT_PARAMETERS, version=version).school
    before, after = (_losses(kept, held_out, school) for school in (in_use, fitted))
    gain = before - after
    chance = float(gain.std(ddof=1)) / math.sqrt(len(gain))
    return Trial(
        model=fitted,
        learners=len({answer.learner_id for answer in in_order}),
        answers=len(in_order),
        loss_in_use=float(before.mean()),
        loss_fitted=float(after.mean()),
        better=bool(gain.mean() > chance),
    )


def _is_held_out(learner_id: str) -> bool:
    """One learner in so many, always the same ones."""
    return crc32(learner_id.encode()) % HELD_OUT_ONE_IN == 0


def _losses(kept: Sequence[Answer], held_out: Sequence[Answer], school: SchoolModel) -> Array:
    """Mean log loss of each learner held out, with the ease that the others' answers show."""
    model = school.with_ease(ease_for(kept, school.parameters))
    losses = []
    for learner_id, own in groupby(held_out, key=lambda answer: answer.learner_id):
        record, loss, worth = Record(), 0.0, 0.0
        for answer in own:
            p = sigmoid(model.logit(record, answer.task, learner_id=learner_id, now=answer.at))
            loss -= answer.worth * (
                answer.fraction * math.log(p) + (1.0 - answer.fraction) * math.log(1.0 - p)
            )
            worth += answer.worth
            model.add(record, answer)
        losses.append(loss / worth)
    return np.array(losses)
