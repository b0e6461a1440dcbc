"""From a framework in CASE format to the document of a skill map; the framework is kept as it came, to be written back."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from lti_tool.pathways.case_framework import (
    PRECEDES,
    CaseError,
    Entries,
    Framework,
    Item,
    grade_of,
    look_at,
    mark_of,
    marked_id,
    text_of,
)
from lti_tool.pathways.problems import Problem
from lti_tool.pathways.skill_map_toml import MOST_SKILLS

_LONGEST_DERIVED_TITLE = 120
_MARKED = ("title", "statement", "codes", "grade", "goal", "strategies", "home_activity", "family_question")


def read_case(package: Any, entries: Entries | None = None) -> dict[str, Any]:
    """The document of a framework. Raises CaseError where there is none, or no entry to become a skill."""
    framework = look_at(package)
    chosen = framework.chosen(entries or Entries())
    if not 0 < len(chosen) <= MOST_SKILLS:
        raise CaseError([_no_number_of_skills(framework, chosen)])
    mark = mark_of(framework.document)
    noted = mark.get("map")
    header = _header(framework, chosen) | (dict(noted) if isinstance(noted, Mapping) else {})
    rows = {
        name: skill_row(framework.items[name], grade=header["grade"]) | _marked(framework.items[name])
        for name in chosen
    }
    for before, after, link in framework.links(PRECEDES):
        if before in rows and after in rows:
            edges = rows[after].setdefault("prerequisites", [])
            if rows[before]["id"] not in [edge["skill"] for edge in edges]:
                kind = mark_of(link).get("kind", "hard")
                edges.append({"skill": rows[before]["id"], "kind": kind})
    return {
        "map": header,
        "skills": list(rows.values()),
        "activities": mark.get("activities", []),
        "case": {"package": json.dumps(package, ensure_ascii=False, separators=(",", ":"))},
    }


def skill_row(item: Item, *, grade: int) -> dict[str, Any]:
    """What the fields of CASE say about a skill; `grade` where the entry says none."""
    full, code, found = text_of(item, "fullStatement"), text_of(item, "humanCodingScheme"), grade_of(item)
    return {
        "id": text_of(item, "identifier"),
        "title": _shortened(text_of(item, "abbreviatedStatement") or full or code),
        "statement": full,
        "codes": [code] if code else [],
        "grade": grade if found is None else found,
    }


def _marked(item: Item) -> dict[str, Any]:
    mark = mark_of(item)
    known = {key: mark[key] for key in _MARKED if key in mark}
    return known | ({"id": marked_id(item)} if marked_id(item) else {})


def _header(framework: Framework, chosen: Sequence[str]) -> dict[str, Any]:
    document = framework.document
    grades = Counter(grade for name in chosen if (grade := grade_of(framework.items[name])) is not None)
    return {
        "id": text_of(document, "identifier"),
        "title": _shortened(text_of(document, "title")),
        "grade": grades.most_common(1)[0][0] if grades else 0,
        "version": text_of(document, "version") or "1",
    }


def _shortened(text: str) -> str:
    """A title of a statement that is a paragraph."""
    words = " ".join(text.split())
    if len(words) <= _LONGEST_DERIVED_TITLE:
        return words
    return words[: _LONGEST_DERIVED_TITLE - 1].rsplit(" ", 1)[0] + "…"


def _no_number_of_skills(framework: Framework, chosen: Sequence[str]) -> Problem:
    kinds = ", ".join(f"{kind} ({number})" for kind, number in framework.kinds().most_common(8))
    named = f" Kinds of entries in it: {kinds}." if kinds else ""
    if not chosen:
        message = (
            f"No entry of the framework fits what you chose. Choose other entries or another grade.{named}"
        )
        return Problem("case.no_entries", message)
    grades = Counter(grade_of(framework.items[name]) for name in chosen)
    counted = sorted((grade, number) for grade, number in grades.items() if grade is not None)
    by_grade = ", ".join(f"{grade} ({number})" for grade, number in counted)
    message = (
        f"{len(chosen):,} entries would become skills; a course can work with {MOST_SKILLS}. Choose one grade"
    )
    return Problem(
        "case.too_many", f"{message}{f': {by_grade}' if by_grade else ' or one kind of entry'}.{named}"
    )
