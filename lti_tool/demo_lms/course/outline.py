"""Reads outline.toml: the modules of the course, and what the made-up history needs to know about each item."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from lti_tool.demo_lms.course.records import Item, Module


@dataclass(frozen=True, slots=True)
class Assessment:
    """A scored item in time. `lesson` counts school days from 1; `difficulty` is in logits."""

    item: Item
    points: float
    lesson: int
    skills: tuple[str, ...]
    difficulty: float


@dataclass(frozen=True, slots=True)
class Outline:
    """The course without people. `rests_on` names, for each skill, the skills that it needs."""

    id: str
    title: str
    label: str
    modules: tuple[Module, ...]
    assessments: tuple[Assessment, ...]
    rests_on: Mapping[str, tuple[str, ...]]


@cache
def read_outline() -> Outline:
    """The outline that ships with the demo LMS."""
    data = tomllib.loads(files(__package__).joinpath("outline.toml").read_text(encoding="utf-8"))
    assessments = []
    modules = []
    for module in data["modules"]:
        items = []
        for row in module["items"]:
            item = _item(row)
            items.append(item)
            if item.points is not None:
                assessments.append(
                    Assessment(
                        item=item,
                        points=item.points,
                        lesson=row["lesson"],
                        skills=tuple(row["skills"]),
                        difficulty=row["difficulty"],
                    )
                )
        modules.append(Module(id=module["id"], title=module["title"], items=tuple(items)))
    rests_on = {skill: tuple(before) for skill, before in data["rests_on"].items()}
    return Outline(
        id=data["id"],
        title=data["title"],
        label=data["label"],
        modules=tuple(modules),
        assessments=tuple(sorted(assessments, key=lambda assessment: assessment.lesson)),
        rests_on=MappingProxyType(rests_on),
    )


def _item(row: Mapping[str, Any]) -> Item:
    points = row.get("points")
    return Item(
        id=row["id"],
        title=row["title"],
        kind=row["kind"],
        body=row["body"].strip(),
        points=None if points is None else float(points),
        resource_id=None,  # the LMS made these columns itself
    )
