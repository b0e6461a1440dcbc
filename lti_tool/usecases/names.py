"""How a person is called on pages; a platform may send no names, then a stable number stands in."""

from __future__ import annotations

from collections.abc import Sequence

from lti_tool.models.courses import Person
from lti_tool.usecases.words import Words

_MOST_NAMES = 3


def full_name(person: Person, words: Words) -> str:
    """The name as the platform writes it."""
    return person.name or f"{person.given_name} {person.family_name}".strip() or _number(person, words)


def first_name(person: Person, words: Words) -> str:
    """The name to speak to somebody with."""
    return person.given_name or person.name or _number(person, words)


def some_names(people: Sequence[Person], words: Words) -> str:
    """The first few people by first name, in the order given, and how many more there are."""
    shown = ", ".join(first_name(person, words) for person in people[:_MOST_NAMES])
    more = len(people) - _MOST_NAMES
    if more <= 0:
        return shown
    return words.ngettext("%(names)s and %(number)s more", "%(names)s and %(number)s more", more) % {
        "names": shown,
        "number": more,
    }


def _number(person: Person, words: Words) -> str:
    return words.gettext("Student %(number)s") % {"number": person.id}
