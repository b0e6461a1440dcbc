"""A skill map as a document: the plain tables that are stored, written to files, and read again.

    {"map": {...}, "skills": [{..., "prerequisites": [...]}], "activities": [...], "checks": [...], "case": {...}}

`checks` are the questions of activities that this tool hosts. `case` keeps a framework in CASE format, as it came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields
from enum import StrEnum
from typing import Any

from lti_tool.pathways.content import Activity, Prerequisite, Skill

Document = dict[str, Any]


def skill_row(skill: Skill, prerequisites: Sequence[Prerequisite] = ()) -> Document:
    """A skill with what comes directly before it; what is not said is left out."""
    row = _said(skill, always=("id", "title", "grade"))
    before = [
        {"skill": edge.before, "kind": edge.kind.value} for edge in prerequisites if edge.after == skill.id
    ]
    return row | ({"prerequisites": before} if before else {})


def activity_row(activity: Activity) -> Document:
    """An activity; what is not said is left out."""
    return _said(activity, always=("id", "title", "skills", "format", "mode", "minutes", "level"))


def _said(thing: Skill | Activity, *, always: Sequence[str]) -> Document:
    return {
        entry.name: _plain(getattr(thing, entry.name))
        for entry in fields(thing)
        if entry.name in always or entry.default is MISSING or getattr(thing, entry.name) != entry.default
    }


def _plain(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value
