"""What one field of a request says: a whole number, a day."""

from __future__ import annotations

from datetime import date

from lti_tool.errors import Fixable

_MOST_DIGITS = 9  # what every database takes as a number


def whole_number(text: str) -> int | None:
    """The number that `text` is in plain digits; None for anything else, and for more than a key or a count can be."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def day(text: str, *, code: str, message: str) -> date | None:
    """The day that a field says, None where it is empty. Raises Fixable with this code and sentence for all else."""
    said = text.strip()
    try:
        return date.fromisoformat(said) if said else None
    except ValueError as error:
        raise Fixable(code, message) from error
