"""What the sample course consists of: modules with items, people, and the scores that they have so far."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ItemKind = Literal["page", "quiz", "assignment"]
Role = Literal["teacher", "co_teacher", "student", "family", "administrator"]


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of a module. `points` is None for a page; `resource_id` is None for the LMS's own columns."""

    id: str
    title: str
    kind: ItemKind
    body: str
    points: float | None
    resource_id: str | None


@dataclass(frozen=True, slots=True)
class Module:
    """One week of the course, its items in teaching order."""

    id: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in. `children` holds person ids, for families only."""

    id: str
    given: str
    family: str
    email: str
    role: Role
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """The latest score of one person on one item, in points; `timestamp` is in UTC."""

    item_id: str
    person_id: str
    score_given: float
    timestamp: datetime
    comment: str | None


@dataclass(frozen=True, slots=True)
class Course:
    """The whole sample course as of one day."""

    id: str
    title: str
    label: str
    modules: tuple[Module, ...]
    people: tuple[Person, ...]
    scores: tuple[Score, ...]
