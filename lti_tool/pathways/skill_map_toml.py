"""Reads the tables of a skill map as `tomllib` gives them, and collects every problem instead of stopping at the first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_tool.pathways.content import Activity, Format, Host, Mode, Prerequisite, PrerequisiteKind, Skill
from lti_tool.pathways.toml_tables import Table, tables_named

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
    for table in tables_named(mapping, "skills", "Skill", parsed.problems):
        _read_skill(table, parsed)
    for table in tables_named(mapping, "activities", "Activity", parsed.problems):
        _read_activity(table, parsed)
    if not parsed.skills and not parsed.problems:
        parsed.problems.append("There is no skill in the map; add at least one [[skills]] table.")
    return parsed


def _read_skill(table: Table, parsed: ParsedSkillMap) -> None:
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


def _read_activity(table: Table, parsed: ParsedSkillMap) -> None:
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
