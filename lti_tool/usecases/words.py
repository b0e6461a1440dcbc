"""How a use case says something in the reader's language without knowing the web framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from lti_tool.pathways.wording import short_date


def _singular_or_plural(singular: str, plural: str, number: int) -> str:
    return singular if number == 1 else plural


def _whole_date(day: date) -> str:
    return f"{short_date(day)} {day.year}"


@dataclass(frozen=True, slots=True)
class Words:
    """A translation: `gettext(text)` and `ngettext(singular, plural, number)`, as in the gettext manual.

    `format_date(date)` writes a day without the year, `format_whole_date(date)` with it. The default leaves English as it is, which is what background work and tests use.
    """

    gettext: Callable[[str], str] = str
    ngettext: Callable[[str, str, int], str] = _singular_or_plural
    format_date: Callable[[date], str] = short_date
    format_whole_date: Callable[[date], str] = _whole_date


ENGLISH = Words()
