"""Numbers as they come out of JSON from somebody else: `true` is not one, and neither is 1e400."""

from typing import TypeGuard

LARGEST = 1e11


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number that can be reckoned with."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -LARGEST < value < LARGEST
