"""Reads people.toml: who is in the course, and the persona behind each student's made-up history."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from lti_tool.demo_lms.course.records import Person, Role

MAIL_DOMAIN = "school.example"


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """How a made-up student works and learns; people.toml says what each number means."""

    ability: float
    growth: float
    unsteady: float
    weekly: float = 0.0
    forgetting: float = 0.0
    hand_in: float = 0.9
    tries_again: float = 0.2
    strengths: Mapping[str, float] = field(default_factory=dict)
    needs: Mapping[str, float] = field(default_factory=dict)
    away: tuple[int, int] | None = None
    joined: int = 1

    def present(self, lesson: int) -> bool:
        """Whether the student is in class on the given school day of the course."""
        if lesson < self.joined:
            return False
        return self.away is None or not self.away[0] <= lesson <= self.away[1]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody, and the personas by student id."""

    all: tuple[Person, ...]
    personas: Mapping[str, Persona]


@cache
def read_people() -> People:
    """The people who ship with the demo LMS: staff, families, students."""
    data = tomllib.loads(files(__package__).joinpath("people.toml").read_text(encoding="utf-8"))
    staff = [_person(row, role=row["role"]) for row in data["staff"]]
    families = [_person(row, role="family", children=tuple(row["children"])) for row in data["families"]]
    students = [_person(row, role="student") for row in data["students"]]
    return People(
        all=(*staff, *families, *students),
        personas={row["id"]: _persona(row["persona"]) for row in data["students"]},
    )


def _person(row: Mapping[str, str], *, role: Role, children: tuple[str, ...] = ()) -> Person:
    mail = f"{row['given']}.{row['family']}@{MAIL_DOMAIN}".lower()
    return Person(row["id"], row["given"], row["family"], mail, role, children)


def _persona(row: Mapping[str, Any]) -> Persona:
    away = row.get("away")
    return Persona(**{**row, "away": None if away is None else (away[0], away[1])})
