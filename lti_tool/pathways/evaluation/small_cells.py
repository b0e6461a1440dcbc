"""Numbers about few people, which must not leave the course, nor be worked out from what does."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

Cell = TypeVar("Cell", bound=Hashable)


def withheld(learners: Mapping[Cell, int], *, fewest: int, with_total: bool) -> frozenset[Cell]:
    """The cells that must not be told: those of some but fewer than `fewest` learners.

    Where the total of all cells is told as well (`with_total`), what is missing could be worked out from it. So the
    smallest of the others is withheld too (complementary suppression): then what is missing belongs to at least
    `fewest` learners and to two cells at least.
    """
    small = {cell for cell, count in learners.items() if 0 < count < fewest}
    if small and with_total:
        others = [cell for cell, count in learners.items() if count >= fewest]
        small |= set(sorted(others, key=lambda cell: (learners[cell], str(cell)))[:1])
    return frozenset(small)
