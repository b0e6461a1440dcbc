"""Reads the tables of a skill map as `tomllib` gives them, and collects every problem instead of stopping at the first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_tool.pathways.content import Activity, Format, Host, Mode, Prerequisite, PrerequisiteKind, Skill
from lti_tool.pathways.problems import Problem, Subject
from lti_tool.pathways.toml_tables import LONGEST_TITLE, Table, tables_named

MOST_SKILLS = 500
MOST_ACTIVITIES = 3_000
MOST_PREREQUISITES = 5_000

_SKILL_KEYS = {
    "id",
    "title",
    "statement",
    "codes",
    "grade",
    "goal",
    "strategies",
    "prerequisites",
    "home_activity",
    "family_question",
}
_PREREQUISITE_KEYS = {"skill", "kind"}
_ACTIVITY_KEYS = {
    *("id", "title", "skills", "format", "mode", "minutes", "level", "strategies", "interests"),
    *("informativeness", "hosted", "summary", "body", "link"),
}


@dataclass(slots=True)
class ParsedSkillMap:
    """What could be read, and what could not. `lines` says where in the file things are, if it is known."""

    id: str = ""
    title: str = ""
    grade: int = 0
    version: str = "1"
    skills: list[Skill] = field(default_factory=list)
    prerequisites: list[Prerequisite] = field(default_factory=list)
    activities: list[Activity] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    lines: dict[Subject, int] = field(default_factory=dict)


def parse_skill_map(mapping: Mapping[str, Any]) -> ParsedSkillMap:
    """Values and problems of the tables `map`, `skills` and `activities`."""
    parsed = ParsedSkillMap()
    header = Table(mapping.get("map"), "The table [map]", parsed.problems)
    parsed.id = header.identifier()
    parsed.title = header.text("title", required=True, longest=LONGEST_TITLE)
    parsed.grade = header.whole("grade", low=0, high=13)
    parsed.version = header.text("version", default="1", longest=LONGEST_TITLE)
    for table in _bounded(mapping, "skills", "Skill", MOST_SKILLS, parsed):
        _read_skill(table, parsed)
    for table in _bounded(mapping, "activities", "Activity", MOST_ACTIVITIES, parsed):
        _read_activity(table, parsed)
    if len(parsed.prerequisites) > MOST_PREREQUISITES:
        parsed.problems.append(_too_many("prerequisites", len(parsed.prerequisites), MOST_PREREQUISITES))
        parsed.prerequisites.clear()
    if not parsed.skills and not parsed.problems:
        parsed.problems.append(
            Problem(
                "skill_map.no_skill",
                "There is no skill in the map; add at least one, with an id and a title.",
            )
        )
    return parsed


def _bounded(
    mapping: Mapping[str, Any], name: str, noun: str, most: int, parsed: ParsedSkillMap
) -> list[Table]:
    """The tables of one kind; none when there are more than anybody could work with."""
    tables = tables_named(mapping, name, noun, parsed.problems)
    if len(tables) <= most:
        return tables
    parsed.problems.append(_too_many(name, len(tables), most))
    return []


def _too_many(name: str, number: int, most: int) -> Problem:
    return Problem(
        "skill_map.too_many",
        f"There are {number:,} {name}; a course can work with {most:,}. Take one grade or one unit at a time.",
    )


def _read_skill(table: Table, parsed: ParsedSkillMap) -> None:
    table.only(_SKILL_KEYS)
    skill = Skill(
        id=table.identifier(),
        title=table.text("title", required=True, longest=LONGEST_TITLE),
        statement=table.text("statement"),
        codes=table.texts("codes"),
        grade=table.whole("grade", low=0, high=13, default=parsed.grade),
        goal=table.flag("goal"),
        strategies=table.texts("strategies"),
        home_activity=table.text("home_activity"),
        family_question=table.text("family_question"),
    )
    parsed.skills.append(skill)
    _remember(parsed, table, "skill", skill.id)
    for row in table.tables("prerequisites"):
        row.only(_PREREQUISITE_KEYS)
        edge = Prerequisite(
            before=row.text("skill", required=True),
            after=skill.id,
            kind=row.word("kind", PrerequisiteKind, PrerequisiteKind.HARD),
        )
        parsed.prerequisites.append(edge)
        _remember(parsed, row if row.line else table, "prerequisite", edge.before, edge.after)


def _read_activity(table: Table, parsed: ParsedSkillMap) -> None:
    table.only(_ACTIVITY_KEYS)
    activity = Activity(
        id=table.identifier(),
        title=table.text("title", required=True, longest=LONGEST_TITLE),
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
        link=table.address("link"),
    )
    parsed.activities.append(activity)
    _remember(parsed, table, "activity", activity.id)


def _remember(parsed: ParsedSkillMap, table: Table, *subject: str) -> None:
    if table.line:
        parsed.lines[subject] = table.line
