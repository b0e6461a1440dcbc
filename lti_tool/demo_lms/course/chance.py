"""Chance that can be repeated: each draw depends only on its own name, so a new student or quiz changes nobody else's."""

from collections.abc import Sequence
from hashlib import blake2b
from statistics import NormalDist

SEED = "grade6-math-1"
_SIZE = 2**53
_STANDARD_NORMAL = NormalDist()


def uniform(*name: object) -> float:
    """A number between 0 and 1, both excluded, for this name."""
    digest = blake2b("/".join([SEED, *map(str, name)]).encode(), digest_size=8).digest()
    return ((int.from_bytes(digest) >> 11) + 0.5) / _SIZE


def normal(*name: object) -> float:
    """A standard normal number for this name."""
    return _STANDARD_NORMAL.inv_cdf(uniform(*name))


def pick(choices: Sequence[str], *name: object) -> str:
    """One of the choices, for this name."""
    return choices[int(uniform(*name) * len(choices))]
