"""Near-equal steps that chance put first, beside those that would have been first anyway: the one fair lot that is drawn.

Now and then the recommender puts another step first that is nearly as good, with a known probability (`choosing.py`). So
learners who got it and those who did not differ by chance alone. Each step is weighed by the inverse of its probability
(Horvitz & Thompson 1952, JASA 47, with the weights made to sum to one, as by Hájek), so that it stands for all to whom it
could have been given. Only approved steps are compared: they stand until they are done, while others may be replaced
tomorrow. What is compared is whether a step was done within `DONE_DAYS`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist

from lti_tool.pathways.evaluation.calibration import Verdict, verdict_on
from lti_tool.pathways.evaluation.intervals import CONFIDENCE, Interval

DONE_DAYS = 14
FEWEST_EXPLORED = 20
FEWEST_LEARNERS = 5


@dataclass(frozen=True, slots=True)
class Lot:
    """An approved step with near-equals: whether chance put it first, with which probability, and whether it was done."""

    learner_id: str
    explored: bool
    probability: float
    done: bool


@dataclass(frozen=True, slots=True)
class Exploration:
    """How many steps chance put first, and by how much more of them were done than of the others; None: too early."""

    explored: int
    others: int
    difference: float | None = None
    interval: Interval | None = None

    @property
    def verdict(self) -> Verdict:
        return Verdict.TOO_FEW if self.interval is None else verdict_on(self.interval)


def exploration_of(lots: Iterable[Lot]) -> Exploration:
    """The comparison, or that it is too early for one."""
    found = list(lots)
    explored = [lot for lot in found if lot.explored]
    others = [lot for lot in found if not lot.explored]
    few = min(len(explored), len(others)) < FEWEST_EXPLORED
    if few or min(len({lot.learner_id for lot in some}) for some in (explored, others)) < FEWEST_LEARNERS:
        return Exploration(len(explored), len(others))
    (mine, my_variance), (theirs, their_variance) = _weighted(explored), _weighted(others)
    reach = NormalDist().inv_cdf(0.5 + CONFIDENCE / 2.0) * math.sqrt(my_variance + their_variance)
    difference = mine - theirs
    return Exploration(
        len(explored), len(others), difference, Interval(difference - reach, difference + reach)
    )


def _weighted(lots: list[Lot]) -> tuple[float, float]:
    """The weighted share that was done and its variance, with a success and a failure added to keep it from 0."""
    weights = [1.0 / lot.probability for lot in lots]
    whole = math.fsum(weights)
    share = math.fsum(w for w, lot in zip(weights, lots, strict=True) if lot.done) / whole
    size = whole * whole / math.fsum(w * w for w in weights)
    careful = (share * size + 1.0) / (size + 2.0)
    return share, careful * (1.0 - careful) / size
