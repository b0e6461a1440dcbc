"""Changes of a skill map by hand, made on its document: each gives back a new one and leaves the old as it was.

Whether the result is a map is for `read_skill_map` to say.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from typing import Any

Document = Mapping[str, Any]


def with_skill(document: Document, skill_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The skill with other values; a new one, at the end, where `skill_id` is empty. What `row` leaves out stays."""
    if not skill_id:
        made = {"id": _new_id(str(row.get("title", "")), [skill["id"] for skill in document["skills"]])}
        return {**document, "skills": [*document["skills"], {**made, **row}]}
    skills = [{**skill, **row} if skill["id"] == skill_id else skill for skill in document["skills"]]
    return {**document, "skills": skills}


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


def _new_id(title: str, taken: Collection[str]) -> str:
    """An id that can be read, made of the title."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "skill"
    number = 2
    name = stem
    while name in taken:
        name = f"{stem}-{number}"
        number += 1
    return name
