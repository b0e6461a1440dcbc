"""One row in every table of the schema for one person, each text with a mark that is found again."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Enum, Float, Integer, String, Table, insert
from sqlalchemy.orm import Session

from lti_tool.db import Base, UtcDateTime
from lti_tool.launch.audit import person_name
from tests.factories import NOW, ratios


@dataclass(frozen=True, slots=True)
class Filled:
    """The rows' keys by table, and the texts that stand in them by "table.column"."""

    keys: dict[str, int] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)

    @property
    def person(self) -> int:
        return self.keys["people"]


def fill_every_table(
    session: Session, mark: str, *, like: Filled | None = None, shared: Collection[str] = ()
) -> Filled:
    """A row for everything; those of the `shared` tables are the ones of `like`."""
    filled = Filled()
    # The log names a person without a key, so it comes last.
    for table in sorted(Base.metadata.sorted_tables, key=lambda table: table.name == "audit_entries"):
        if like is not None and table.name in shared:
            filled.keys[table.name] = like.keys[table.name]
            continue
        values = {
            column.name: _value(column, mark, filled)
            for column in table.columns
            if not (column.primary_key and column.name == "id")
        }
        made = session.connection().execute(insert(table).values(values)).inserted_primary_key
        assert made is not None
        if isinstance(made[0], int):
            filled.keys[table.name] = made[0]
    return filled


def rows_of(session: Session, table: Table) -> list[Mapping[str, Any]]:
    """All rows of a table, in their order."""
    return [
        dict(row._mapping) for row in session.execute(table.select().order_by(*table.primary_key.columns))
    ]


def _value(column: Column[Any], mark: str, filled: Filled) -> Any:
    name, kind = f"{column.table.name}.{column.name}", column.type
    for key in column.foreign_keys:
        return filled.keys.get(key.column.table.name)  # a course is the copy of none
    if name in _SHAPED:
        filled.texts[name] = f"{mark} {name}"
        return _SHAPED[name](filled, filled.texts[name])
    if name in _GIVEN:
        return _GIVEN[name](filled)
    if isinstance(kind, Enum):
        return next(iter(kind.enum_class)) if kind.enum_class else kind.enums[0]
    if isinstance(kind, String | JSON):
        filled.texts[name] = f"{mark} {name}"[: getattr(kind, "length", None)]
        return filled.texts[name] if isinstance(kind, String) else [filled.texts[name]]
    plain: dict[type[Any], Any] = {Boolean: True, Date: NOW.date(), Float: 0.5, Integer: 7, UtcDateTime: NOW}
    return plain[type(kind)]


def _uploaded(filled: Filled, text: str) -> dict[str, Any]:
    own = {"key": "k", "title": text, "points": 10, "scores": {str(filled.person): 4}}
    other = {"key": "o", "title": "a column of somebody else", "points": 1, "scores": {"99999": 1}}
    return {"classes": [[own, other]]}


def _native_ids(filled: Filled, text: str) -> dict[str, str]:
    return {filled.texts["people.user_id"]: text, "somebody else": "a number of somebody else"}


def _previewed(filled: Filled, text: str) -> dict[str, Any]:
    other = {"student": 99999, "title": "a step of somebody else"}
    return {"fingerprint": "f", "lines": [{"student": filled.person, "title": text}, other]}


# What has to be of a certain shape, made of the text to find again.
_SHAPED: dict[str, Callable[[Filled, str], Any]] = {
    "audit_entries.detail": lambda _filled, text: {"note": text},
    "channel_choices.previewed": _previewed,
    "course_policies.choices": lambda _filled, text: {"weights": text},
    "gradebook_uploads.content": _uploaded,
    "native_connections.native_ids": _native_ids,
    "proposals.recommendation": lambda _filled, text: {"options": [{"activity_id": text}]},
}
# What else is not just any value; there is nothing to find again in it.
_GIVEN: dict[str, Callable[[Filled], Any]] = {
    "adopted_skill_maps.document": lambda _filled: ratios().document,
    "skill_map_drafts.document": lambda _filled: ratios().document,
    "audit_entries.actor": lambda filled: person_name(filled.person),
    "audit_entries.subject": lambda filled: person_name(filled.person),
    "course_evaluations.calibration": lambda _filled: {},
    "course_evaluations.uptake": lambda _filled: {},
    "evidence.source": lambda _filled: "check",
    "family_messages.state": lambda _filled: "approved",
    "launch_sessions.mentee_user_ids": lambda filled: [filled.texts["people.user_id"], "somebody else"],
    "class_activities.activity_id": lambda _filled: "none",
    "learner_accommodations.blocked_formats": lambda _filled: ["video"],
    "learner_accommodations.blocked_modes": lambda _filled: [],
    "learner_accommodations.time_factor": lambda _filled: 1.5,
    "model_activities.companions": lambda _filled: {},
    "model_activities.slopes": lambda _filled: {},
    "model_trials.weights": lambda _filled: {},
    "platform_policies.choices": lambda _filled: {},
    "platform_policies.locked": lambda _filled: [],
    "proposals.chosen": lambda _filled: 0,
}
