"""What a teacher asks for when forming groups: which kind, and within which limits."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from lti_tool.pathways.content import Mode

Pair = tuple[str, str]
"""Two learner ids, the smaller one first (`pair_of`)."""

GROUP_MODES = (Mode.PAIR, Mode.SMALL_GROUP, Mode.TEACHER_TABLE, Mode.SOLO)
"""Modes that a group at a table can work in; with a solo task everybody works on the same thing side by side."""


class GroupKind(StrEnum):
    """What brings a group together."""

    SHARED = "shared"
    """All need the same skill next."""
    HELPING = "helping"
    """Somebody Secure on the skill works with somebody who is Growing on it, and both gain."""
    MIXED = "mixed"
    """One common task, each group as mixed as the class."""


class Limit(StrEnum):
    """What a teacher can loosen, in the order in which it is suggested."""

    ADULTS = "adults"
    PLACES = "places"
    LARGEST = "largest"
    SMALLEST = "smallest"
    MINUTES = "minutes"
    TOGETHER = "together"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class GroupLimits:
    """Sizes of a group, how many groups there is room for, how many adults can lead a table, and the time there is.

    An activity at the teacher's table needs an adult, and an adult leads one group at a time. A task for partners
    serves a larger table as well: they work in twos there.
    """

    smallest: int = 2
    largest: int = 4
    places: int = 10
    adults: int = 1
    minutes: int | None = 20
    modes: frozenset[Mode] = frozenset({Mode.PAIR, Mode.SMALL_GROUP, Mode.TEACHER_TABLE})

    def __post_init__(self) -> None:
        if not 2 <= self.smallest <= self.largest or self.places < 0 or self.adults < 0:
            raise ValueError("A group has two members at least, and no limit is below zero.")


@dataclass(frozen=True, slots=True)
class Loosening:
    """One limit moved: `to` is its new value, `by` the difference; a wish about a pair is named by `pair`."""

    limit: Limit
    by: int = 0
    to: int = 0
    pair: Pair | None = None


@dataclass(frozen=True, slots=True)
class GroupRequest:
    """The kind, the limits, the wishes about pairs, who is absent, and how often each has helped before."""

    kind: GroupKind = GroupKind.SHARED
    limits: GroupLimits = field(default_factory=GroupLimits)
    apart: frozenset[Pair] = frozenset()
    together: frozenset[Pair] = frozenset()
    absent: frozenset[str] = frozenset()
    helped: Mapping[str, int] = field(default_factory=dict)

    def loosened(self, loosenings: Iterable[Loosening]) -> "GroupRequest":
        """The same request with these limits moved."""
        limits, apart, together = self.limits, self.apart, self.together
        for each in loosenings:
            match each.limit:
                case Limit.APART:
                    apart = apart.difference({each.pair})
                case Limit.TOGETHER:
                    together = together.difference({each.pair})
                case Limit.ADULTS:
                    limits = replace(limits, adults=each.to)
                case Limit.PLACES:
                    limits = replace(limits, places=each.to)
                case Limit.LARGEST:
                    limits = replace(limits, largest=each.to)
                case Limit.SMALLEST:
                    limits = replace(limits, smallest=each.to)
                case Limit.MINUTES:
                    limits = replace(limits, minutes=each.to)
        return replace(self, limits=limits, apart=frozenset(apart), together=frozenset(together))


def pair_of(one: str, other: str) -> Pair:
    """Two learners in the order in which pairs are kept."""
    return (one, other) if one < other else (other, one)
