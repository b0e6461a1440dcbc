"""How a person is called on pages; a platform may send no names, then a stable number stands in."""

from __future__ import annotations

from lti_tool.models.courses import Person
from lti_tool.usecases.words import Words


def full_name(person: Person, words: Words) -> str:
    """The name as the platform writes it."""
    return person.name or f"{person.given_name} {person.family_name}".strip() or _number(person, words)


def first_name(person: Person, words: Words) -> str:
    """The name to speak to somebody with."""
    return person.given_name or person.name or _number(person, words)


def _number(person: Person, words: Words) -> str:
    return words.gettext("Student %(number)s") % {"number": person.id}
