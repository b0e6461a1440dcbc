"""Expected beside observed: in bands of expectation, as a mean gap, and as losses beside two plain ways to predict.

Scores of one learner are alike, so whatever is compared is first averaged for each learner; learners are what is counted.
All sums of one course can be added to those of another.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from lti_tool.pathways.evaluation.intervals import NO_SAMPLE, Interval, Sample, share_interval
from lti_tool.pathways.evaluation.predictions import Prediction

BANDS = 10
FEWEST_SCORES = 30
FEWEST_LEARNERS = 5
FEWEST_IN_BAND = 10
_EDGE = 1e-6


class Verdict(StrEnum):
    """What a comparison comes to."""

    TOO_FEW = "too_few"
    NO_DIFFERENCE = "no_difference"
    HIGHER = "higher"
    LOWER = "lower"


def verdict_on(difference: Interval) -> Verdict:
    """What an interval of a difference says: no difference is detected while it holds 0."""
    if difference.holds(0.0):
        return Verdict.NO_DIFFERENCE
    return Verdict.HIGHER if difference.lower > 0.0 else Verdict.LOWER


@dataclass(frozen=True, slots=True)
class Band:
    """Scores of which about the same was expected; `expected` and `observed` are sums."""

    scores: int = 0
    learners: int = 0
    expected: float = 0.0
    observed: float = 0.0

    def __add__(self, other: "Band") -> "Band":
        return Band(
            self.scores + other.scores,
            self.learners + other.learners,
            self.expected + other.expected,
            self.observed + other.observed,
        )

    @property
    def mean_expected(self) -> float:
        return self.expected / self.scores if self.scores else 0.0

    @property
    def mean_observed(self) -> float:
        return self.observed / self.scores if self.scores else 0.0

    @property
    def interval(self) -> Interval:
        """Where the true mean of such scores may lie."""
        return share_interval(self.observed, self.scores)

    @property
    def verdict(self) -> Verdict:
        """Whether students got more (higher) or less (lower) than was expected."""
        if self.scores < FEWEST_IN_BAND or self.learners < FEWEST_LEARNERS:
            return Verdict.TOO_FEW
        inside = self.interval
        return verdict_on(Interval(inside.lower - self.mean_expected, inside.upper - self.mean_expected))


@dataclass(frozen=True, slots=True)
class Losses:
    """Two ways to be wrong, summed over scores: logarithmic loss and Brier's squared error."""

    log: float = 0.0
    brier: float = 0.0

    def __add__(self, other: "Losses") -> "Losses":
        return Losses(self.log + other.log, self.brier + other.brier)


_NO_LOSSES = Losses()


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the predictions of one or more courses were worth.

    `gap` has, for each learner, the mean of observed minus expected; `over_student` and `over_course` by how much the
    learner's mean log loss was lower with the model than with the plain averages.
    """

    scores: int = 0
    bands: tuple[Band, ...] = (Band(),) * BANDS
    gap: Sample = NO_SAMPLE
    model: Losses = _NO_LOSSES
    by_student: Losses = _NO_LOSSES
    by_course: Losses = _NO_LOSSES
    over_student: Sample = NO_SAMPLE
    over_course: Sample = NO_SAMPLE

    def __add__(self, other: "Calibration") -> "Calibration":
        return Calibration(
            scores=self.scores + other.scores,
            bands=tuple(mine + theirs for mine, theirs in zip(self.bands, other.bands, strict=True)),
            gap=self.gap + other.gap,
            model=self.model + other.model,
            by_student=self.by_student + other.by_student,
            by_course=self.by_course + other.by_course,
            over_student=self.over_student + other.over_student,
            over_course=self.over_course + other.over_course,
        )

    @property
    def learners(self) -> int:
        return self.gap.count

    @property
    def enough(self) -> bool:
        """Whether anything can be said."""
        return self.scores >= FEWEST_SCORES and self.learners >= FEWEST_LEARNERS

    @property
    def fullest(self) -> Band:
        """The band with most scores."""
        return max(self.bands, key=lambda band: band.scores)

    def verdict(self, sample: Sample) -> Verdict:
        """What `gap`, `over_student` or `over_course` comes to."""
        return verdict_on(sample.interval()) if self.enough else Verdict.TOO_FEW

    def to_mapping(self) -> dict[str, Any]:
        """JSON-able sums; `from_mapping` gives the same back."""
        return asdict(self)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Calibration":
        return cls(
            scores=mapping["scores"],
            bands=tuple(Band(**band) for band in mapping["bands"]),
            gap=Sample(**mapping["gap"]),
            model=Losses(**mapping["model"]),
            by_student=Losses(**mapping["by_student"]),
            by_course=Losses(**mapping["by_course"]),
            over_student=Sample(**mapping["over_student"]),
            over_course=Sample(**mapping["over_course"]),
        )


def calibration_of(predictions: Iterable[Prediction]) -> Calibration:
    """The calibration of one course, the same in whatever order the predictions come."""
    found = sorted(predictions, key=lambda p: (p.learner_id, p.expected, p.observed, p.by_student))
    by_learner: dict[str, list[Prediction]] = defaultdict(list)
    by_band: dict[int, list[Prediction]] = defaultdict(list)
    for each in found:
        by_learner[each.learner_id].append(each)
        by_band[min(int(each.expected * BANDS), BANDS - 1)].append(each)

    def per_learner(value: Callable[[Prediction], float]) -> Sample:
        return Sample.of(math.fsum(map(value, own)) / len(own) for own in by_learner.values())

    return Calibration(
        scores=len(found),
        bands=tuple(_band(by_band[number]) for number in range(BANDS)),
        gap=per_learner(lambda p: p.observed - p.expected),
        model=_losses(found, lambda p: p.expected),
        by_student=_losses(found, lambda p: p.by_student),
        by_course=_losses(found, lambda p: p.by_course),
        over_student=per_learner(
            lambda p: log_loss(p.by_student, p.observed) - log_loss(p.expected, p.observed)
        ),
        over_course=per_learner(
            lambda p: log_loss(p.by_course, p.observed) - log_loss(p.expected, p.observed)
        ),
    )


def log_loss(expected: float, observed: float) -> float:
    """How surprising a score is to somebody who expected this much of it."""
    inside = min(max(expected, _EDGE), 1.0 - _EDGE)
    return -(observed * math.log(inside) + (1.0 - observed) * math.log(1.0 - inside))


def _band(predictions: Sequence[Prediction]) -> Band:
    return Band(
        scores=len(predictions),
        learners=len({each.learner_id for each in predictions}),
        expected=math.fsum(each.expected for each in predictions),
        observed=math.fsum(each.observed for each in predictions),
    )


def _losses(predictions: Sequence[Prediction], expected: Callable[[Prediction], float]) -> Losses:
    return Losses(
        log=math.fsum(log_loss(expected(each), each.observed) for each in predictions),
        brier=math.fsum((expected(each) - each.observed) ** 2 for each in predictions),
    )
