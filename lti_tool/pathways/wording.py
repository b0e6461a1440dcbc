"""How words are made: for whom, in which language, and how dates are written.

Sentences are templates with %(name)s parameters. Templates in tables are marked with `N_`, those with counts are
given to `ngettext` in singular and plural; message extraction finds both.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lti_tool.pathways.content import Format

GetText = Callable[[str], str]
NGetText = Callable[[str, str, int], str]


class Audience(StrEnum):
    """Who reads a sentence."""

    TEACHER = "teacher"
    STUDENT = "student"
    FAMILY = "family"


def same_text(text: str) -> str:
    """English as it stands in the source."""
    return text


N_ = same_text
"""Marks a template for message extraction; it is translated when the sentence is made."""


def english_number(singular: str, plural: str, count: int) -> str:
    """English singular or plural as it stands in the source."""
    return singular if count == 1 else plural


def short_date(day: date) -> str:
    """A date as "3 Nov"."""
    return f"{day.day} {day:%b}"


@dataclass(frozen=True, slots=True)
class Wording:
    """The reader and the language's functions."""

    audience: Audience
    gettext: GetText = same_text
    ngettext: NGetText = english_number
    format_date: Callable[[date], str] = short_date

    def fill(self, template: str, values: Mapping[str, object]) -> str:
        """The translated template with its named values in place."""
        return self.gettext(template) % values

    def day(self, iso: object) -> str:
        """An ISO date as the reader writes dates."""
        return self.format_date(date.fromisoformat(str(iso)))


FORMAT_NAMES = {
    Format.CHECK: N_("a check"),
    Format.QUIZ: N_("a quiz"),
    Format.WORKSHEET: N_("a worksheet"),
    Format.VIDEO: N_("a video"),
    Format.READING: N_("something to read"),
    Format.GAME: N_("a game"),
    Format.HANDS_ON: N_("something to do with your hands"),
    Format.DISCUSSION: N_("a talk"),
    Format.PROJECT: N_("a project"),
}
