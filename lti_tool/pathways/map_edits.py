"""Changes of a skill map by hand, made on its document: each gives back a new one and leaves the old as it was.

Whether the result is a map is for `read_skill_map` to say.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lti_tool.pathways.content import Format

Document = Mapping[str, Any]


def with_skill(document: Document, skill_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The skill with other values; a new one, at the end, where `skill_id` is empty. What `row` leaves out stays."""
    return {**document, "skills": _with_row(document["skills"], skill_id, row, "skill")}


def with_activity(document: Document, activity_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The activity with other values; a new one, at the end, where `activity_id` is empty. What `row` leaves out stays.

    What its score tells follows a new format where the row does not say it.
    """
    rows = document.get("activities", [])
    before = next((old.get("format") for old in rows if old["id"] == activity_id), None)
    if row.get("format") in {*Format} - {before}:
        row = {"informativeness": Format(row["format"]).usually_tells, **row}
    return {**document, "activities": _with_row(rows, activity_id, row, "activity")}


def without_skill(document: Document, skill_id: str) -> dict[str, Any]:
    """Without a skill: nothing rests on it any more, and no activity is tagged with it."""
    skills = [
        {
            **skill,
            "prerequisites": [edge for edge in skill.get("prerequisites", []) if edge["skill"] != skill_id],
        }
        for skill in document["skills"]
        if skill["id"] != skill_id
    ]
    everywhere = {activity["id"] for activity in document.get("activities", [])}
    return {**_tagged(document, everywhere, drop=skill_id), "skills": skills}


def tagged(document: Document, activities: Collection[str], skill_id: str, share: float) -> dict[str, Any]:
    """These activities count for the skill, with a share from 0 to 1."""
    return _tagged(document, activities, add={skill_id: share})


def untagged(document: Document, activities: Collection[str], skill_id: str) -> dict[str, Any]:
    """These activities do not count for the skill."""
    return _tagged(document, activities, drop=skill_id)


def without_activities(document: Document, activities: Collection[str]) -> dict[str, Any]:
    """Without these activities, and without the questions of those that are checks."""
    kept = {
        "activities": [row for row in document.get("activities", []) if row["id"] not in activities],
        "checks": [row for row in document.get("checks", []) if row["activity"] not in activities],
    }
    return {**document, **{name: rows for name, rows in kept.items() if name in document}}


def _tagged(
    document: Document, activities: Collection[str], *, add: Mapping[str, float] | None = None, drop: str = ""
) -> dict[str, Any]:
    rows = []
    for activity in document.get("activities", []):
        skills = dict(activity.get("skills", {}))
        if activity["id"] in activities:
            skills = {key: share for key, share in skills.items() if key != drop} | dict(add or {})
        rows.append({**activity, "skills": skills})
    return {**document, "activities": rows}


def _with_row(rows: Sequence[Document], row_id: str, row: Mapping[str, Any], noun: str) -> list[Document]:
    if not row_id:
        return [*rows, {"id": _new_id(str(row.get("title", "")), noun, [old["id"] for old in rows]), **row}]
    return [{**old, **row} if old["id"] == row_id else old for old in rows]


def _new_id(title: str, noun: str, taken: Collection[str]) -> str:
    """An id that can be read, made of the title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or noun
    number = 2
    name = stem
    while name in taken:
        name = f"{stem}-{number}"
        number += 1
    return name
