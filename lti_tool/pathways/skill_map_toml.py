"""Reads the tables of a skill map as `tomllib` gives them, and collects every problem instead of stopping at the first."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from lti_tool.pathways.content import Activity, Format, Host, Mode, Prerequisite, PrerequisiteKind, Skill

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
_SKILL_KEYS = {
    "id",
    "title",
    "statement",
    "codes",
    "grade",
    "goal",
    "prerequisites",
    "home_activity",
    "family_question",
}
_ACTIVITY_KEYS = {
    *("id", "title", "skills", "format", "mode", "minutes", "level", "strategies", "interests"),
    *("informativeness", "hosted", "summary", "body"),
}
Word = TypeVar("Word", bound=StrEnum)


@dataclass(slots=True)
class ParsedSkillMap:
    """What could be read, and what could not."""

    id: str = ""
    title: str = ""
    grade: int = 0
    version: str = "1"
    skills: list[Skill] = field(default_factory=list)
    prerequisites: list[Prerequisite] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def parse_skill_map(mapping: Mapping[str, Any]) -> ParsedSkillMap:
    """Values and problems of the tables `map`, `skills` and `activities`."""
    parsed = ParsedSkillMap()
    header = Table(mapping.get("map"), "The table [map]", parsed.problems)
    parsed.id = header.identifier()
    parsed.title = header.text("title", required=True)
    parsed.grade = header.whole("grade", low=0, high=13)
    parsed.version = header.text("version", default="1")
    for where, row in _rows(mapping, "skills", parsed.problems):
        _read_skill(Table(row, where, parsed.problems), parsed)
    for where, row in _rows(mapping, "activities", parsed.problems):
        _read_activity(Table(row, where, parsed.problems), parsed)
    if not parsed.skills and not parsed.problems:
        parsed.problems.append("There is no skill in the map; add at least one [[skills]] table.")
    return parsed


def _read_skill(table: "Table", parsed: ParsedSkillMap) -> None:
    table.only(_SKILL_KEYS)
    skill = Skill(
        id=table.identifier(),
        title=table.text("title", required=True),
        statement=table.text("statement"),
        codes=table.texts("codes"),
        grade=table.whole("grade", low=0, high=13, default=parsed.grade),
        goal=table.flag("goal"),
        home_activity=table.text("home_activity"),
        family_question=table.text("family_question"),
    )
    parsed.skills.append(skill)
    for row in table.tables("prerequisites"):
        parsed.prerequisites.append(
            Prerequisite(
                before=row.text("skill", required=True),
                after=skill.id,
                kind=row.word("kind", PrerequisiteKind, PrerequisiteKind.HARD),
            )
        )


def _read_activity(table: "Table", parsed: ParsedSkillMap) -> None:
    table.only(_ACTIVITY_KEYS)
    parsed.activities.append(
        Activity(
            id=table.identifier(),
            title=table.text("title", required=True),
            skills=table.weights("skills"),
            format=table.word("format", Format, Format.WORKSHEET),
            mode=table.word("mode", Mode, Mode.SOLO),
            minutes=table.whole("minutes", low=1, high=600, default=10),
            level=table.whole("level", low=1, high=3, default=2),
            strategies=table.texts("strategies"),
            interests=table.texts("interests"),
            informativeness=table.number("informativeness", low=0.0, high=1.0, default=0.6),
            hosted=table.word("hosted", Host, Host.LMS),
            summary=table.text("summary"),
            body=table.text("body"),
        )
    )


def _rows(mapping: Mapping[str, Any], name: str, problems: list[str]) -> list[tuple[str, Any]]:
    rows = mapping.get(name, [])
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        problems.append(f"“{name}” must be a list of tables, written [[{name}]].")
        return []
    noun = {"skills": "Skill", "activities": "Activity"}.get(name, name)
    return [
        (
            f"{noun} “{row['id']}”"
            if isinstance(row, Mapping) and row.get("id")
            else f"{noun} number {number}",
            row,
        )
        for number, row in enumerate(rows, start=1)
    ]


class Table:
    """One table being read: each method returns a usable value and notes a problem when there was none."""

    def __init__(self, values: Any, where: str, problems: list[str]) -> None:
        if not isinstance(values, Mapping):
            problems.append(f"{where} is missing or is not a table.")
            values = {}
        self.values: Mapping[str, Any] = values
        self.where = where
        self.problems = problems

    def only(self, keys: set[str]) -> None:
        """Notes keys that nobody reads: a misspelt one would otherwise be ignored in silence."""
        for key in sorted(set(self.values) - keys):
            self._note(f"has an unknown key “{key}”; known are {', '.join(sorted(keys))}.")

    def identifier(self) -> str:
        value = self.values.get("id")
        if not isinstance(value, str) or not _ID.fullmatch(value):
            self._note("needs an id of letters, digits and - . _ : (at most 100).")
            return ""
        return value

    def text(self, key: str, *, default: str = "", required: bool = False) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or (required and not value.strip()):
            self._note(f"needs “{key}” as text.")
            return default
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            self._note(f"needs “{key}” as a list of texts.")
            return ()
        return tuple(value)

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self._note(f"needs “{key}” as true or false.")
            return False
        return value

    def whole(self, key: str, *, low: int, high: int, default: int | None = None) -> int:
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self._note(f"needs “{key}” as a whole number from {low} to {high}.")
            return low
        return value

    def number(self, key: str, *, low: float, high: float, default: float | None = None) -> float:
        value = self.values.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            self._note(f"needs “{key}” as a number from {low:g} to {high:g}.")
            return low
        return float(value)

    def word(self, key: str, words: type[Word], default: Word) -> Word:
        value = self.values.get(key, default.value)
        if value not in {word.value for word in words}:
            self._note(f"has {key} “{value}”; choose one of {', '.join(word.value for word in words)}.")
            return default
        return words(value)

    def weights(self, key: str) -> dict[str, float]:
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            self._note(f"needs “{key}” as a table of skill ids with a share from 0 to 1.")
            return {}
        good = {}
        for skill_id, share in value.items():
            if isinstance(share, int | float) and not isinstance(share, bool) and 0 < share <= 1:
                good[str(skill_id)] = float(share)
            else:
                self._note(
                    f"gives the skill “{skill_id}” the share {share!r}; write a number above 0, at most 1."
                )
        return good

    def tables(self, key: str) -> "list[Table]":
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self._note(f"needs “{key}” as a list of tables.")
            return []
        return [
            Table(row, f"{self.where}, {key} {number}", self.problems)
            for number, row in enumerate(value, start=1)
        ]

    def _note(self, problem: str) -> None:
        self.problems.append(f"{self.where} {problem}")
