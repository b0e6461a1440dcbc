"""Shares and means with the interval in which they may well lie.

Shares: Wilson's score interval (Wilson 1927, JASA 22), which stays inside 0..1 and is usable for few and for extreme
cases. A score is a fraction and varies at most as much as a yes or no with the same mean, so for scores the interval is on
the wide side. Means: Student's t, with the exact probability for whole degrees of freedom (Abramowitz & Stegun 1964,
26.7.3 and 26.7.4).
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

CONFIDENCE = 0.95
_NEARLY_NORMAL = 300
"""With more degrees of freedom the t distribution differs from the normal one in the third decimal at most."""
_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class Interval:
    """From `lower` to `upper`."""

    lower: float
    upper: float

    def holds(self, value: float) -> bool:
        """Whether `value` lies inside."""
        return self.lower <= value <= self.upper


def share_interval(part: float, whole: int, *, confidence: float = CONFIDENCE) -> Interval:
    """Where the true share may lie when `part` of `whole` were seen; everything is possible when nothing was."""
    if whole == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(0.5 + confidence / 2.0)
    share, room = part / whole, z * z / whole
    middle = (share + room / 2.0) / (1.0 + room)
    reach = math.sqrt(share * (1.0 - share) * room + room * room / 4.0) / (1.0 + room)
    return Interval(max(middle - reach, 0.0), min(middle + reach, 1.0))


@dataclass(frozen=True, slots=True)
class Sample:
    """Numbers as their count, sum and sum of squares: enough for mean and interval, and two samples can be added."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> "Sample":
        """The sample of these values, the same whatever their order."""
        found = list(values)
        return cls(len(found), math.fsum(found), math.fsum(value * value for value in found))

    def __add__(self, other: "Sample") -> "Sample":
        return Sample(self.count + other.count, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float:
        return self.total / self.count if self.count else 0.0

    @property
    def variance(self) -> float:
        """The variance of the population that this sample is from."""
        if self.count < 2:
            return 0.0
        return max(self.squares - self.total * self.mean, 0.0) / (self.count - 1)

    @property
    def error(self) -> float:
        """The standard error of the mean."""
        return math.sqrt(self.variance / self.count) if self.count else 0.0

    def interval(self, *, confidence: float = CONFIDENCE) -> Interval:
        """Where the true mean may lie; nothing can be said with fewer than two values."""
        if self.count < 2:
            return Interval(-math.inf, math.inf)
        reach = t_reach(confidence, self.count - 1) * self.error
        return Interval(self.mean - reach, self.mean + reach)


NO_SAMPLE = Sample()


@lru_cache(maxsize=512)
def t_reach(confidence: float, freedom: int) -> float:
    """How many standard errors the interval of a mean reaches to each side."""
    if freedom > _NEARLY_NORMAL:
        return NormalDist().inv_cdf(0.5 + confidence / 2.0)
    low, high = 0.0, 1.0
    while _within(high, freedom) < confidence:
        low, high = high, 2.0 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if _within(middle, freedom) < confidence else (low, middle)
    return high


def _within(t: float, freedom: int) -> float:
    """The probability that Student's t lies between -t and t."""
    angle = math.atan(t / math.sqrt(freedom))
    cosine, sine = math.cos(angle), math.sin(angle)
    odd = freedom % 2 == 1
    term = cosine if odd else 1.0
    terms = [] if freedom == 1 else [term]
    for number in range(3 if odd else 2, freedom - 1, 2):
        term *= cosine * cosine * (number - 1) / number
        terms.append(term)
    return 2.0 / math.pi * (angle + sine * math.fsum(terms)) if odd else sine * math.fsum(terms)
