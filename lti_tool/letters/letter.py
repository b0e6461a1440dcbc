"""A letter as plain values, in the order in which it is read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """How a part of a letter looks: a list of facts, words of a person, a step to take, plain text, a question."""

    FACTS = "facts"
    MESSAGE = "message"
    STEP = "step"
    PLAIN = "plain"
    QUESTION = "question"


@dataclass(frozen=True, slots=True)
class Passage:
    """A text, with the tag of its language where that is not the letter's."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part under its heading: paragraphs, or the entries of a list. `note` is said beside them, quietly."""

    kind: Kind
    heading: str
    passages: tuple[Passage, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """An address to read further, as text and as a picture to scan; `picture` says so to who cannot see it."""

    address: str
    sentence: str
    picture: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One page. `course` stands over the heading, `foot` at the end of the page."""

    language: str
    heading: str
    course: Passage
    day: str
    parts: tuple[Part, ...]
    foot: str = ""
    link: Link | None = None
