"""How a use case says something in the reader's language without knowing the web framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from lti_tool.pathways.wording import short_date


def _singular_or_plural(singular: str, plural: str, number: int) -> str:
    return singular if number == 1 else plural


@dataclass(frozen=True, slots=True)
class Words:
    """A translation: `gettext(text)` and `ngettext(singular, plural, number)`, as in the gettext manual.

    `format_date(date)` writes a day without the year. The default leaves English as it is, which is what background work and tests use.
    """

    gettext: Callable[[str], str] = str
    ngettext: Callable[[str, str, int], str] = _singular_or_plural
    format_date: Callable[[date], str] = short_date


ENGLISH = Words()
