"""Skill maps as files: bytes of a TOML file, a table or a framework in CASE format in, a document out; and back.

Nobody has to say what a file is: JSON begins with a brace, a table has a column "kind", all else should be TOML.
Every problem is named at once, with its line or row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lti_tool.errors import Fixable
from lti_tool.file_text import NotText, Why, text_of_file
from lti_tool.launch.wire import read_json
from lti_tool.pathways.case_framework import CaseError, Entries
from lti_tool.pathways.case_reading import read_case
from lti_tool.pathways.case_writing import write_case
from lti_tool.pathways.checks import CheckError
from lti_tool.pathways.problems import Problem, in_order
from lti_tool.pathways.skill_map import SkillMapError
from lti_tool.pathways.skill_map_csv import is_table, read_csv, write_csv
from lti_tool.pathways.toml_text import TomlError, read_toml, write_toml
from lti_tool.usecases.adopted_map import parse

Document = Mapping[str, Any]
LARGEST_FILE = 5 * 1024 * 1024
MEDIA_TYPES = {
    "toml": "application/toml",
    "csv": "text/csv",
    "json": "application/json",
}
_BOM = b"\xef\xbb\xbf"


class UnusableMap(Fixable):
    """A skill map with something to mend; `problems` has all of it, in the order of the file."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = in_order(problems)
        super().__init__("skill_map_file.problems", " ".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class KnownChecks:
    """Questions that are known already, by activity: tables and frameworks have no place for them."""

    rows: Mapping[str, Mapping[str, Any]]

    @classmethod
    def of(cls, documents: Sequence[Document]) -> KnownChecks:
        """Those of several documents; the first one that has a check counts."""
        rows = [row for document in reversed(documents) for row in document.get("checks", [])]
        return cls({row["activity"]: row for row in rows})


NO_CHECKS = KnownChecks({})


def read_map_file(
    content: bytes, *, entries: Entries | None = None, known: KnownChecks = NO_CHECKS
) -> dict[str, Any]:
    """The document in a file, of which a skill map can be made. Raises UnusableMap with everything to mend.

    `entries` says what becomes a skill in a framework. A check without questions gets those that are `known`.
    """
    document, problems = _read(content, entries)
    if "checks" not in document:
        document = _with_known_checks(document, known)
    require_usable(document, problems)
    return document


def require_usable(document: Document, problems: Sequence[Problem] = ()) -> None:
    """Raises UnusableMap with these problems and all others that the document has."""
    found = list(problems)
    try:
        parse(document)
    except (SkillMapError, CheckError) as error:
        found += error.problems
    if found:
        raise UnusableMap(found)


def write_map_file(document: Document, kind: str, *, changed_at: datetime) -> str:
    """The text of a file of this kind, one of MEDIA_TYPES. A table has no place for questions and frameworks."""
    if kind == "csv":
        return write_csv(document)
    if kind == "json":
        package = write_case(document, changed_at=changed_at)
        return json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    return write_toml(document)


def _read(content: bytes, entries: Entries | None) -> tuple[dict[str, Any], list[Problem]]:
    if len(content) > LARGEST_FILE:
        raise _one(
            "too_big",
            f"The file is bigger than {LARGEST_FILE // 1024 // 1024} MB. Take one grade or one unit of the framework.",
        )
    try:
        if content.removeprefix(_BOM).lstrip()[:1] == b"{":
            return read_case(_json(content.removeprefix(_BOM)), entries), []
        text, _guessed = text_of_file(content)
        if is_table(text):
            return read_csv(text)
        return read_toml(text), []
    except NotText as error:
        raise _one(*_NO_TEXT[error.why]) from error
    except CaseError as error:
        raise UnusableMap(error.problems) from error
    except TomlError as error:
        raise UnusableMap([_what_it_may_be(text, error.problem)]) from error


def _what_it_may_be(text: str, problem: Problem) -> Problem:
    """A file without any heading of TOML is most often a table without its heading."""
    if "[map]" in text or "[[skills]]" in text:
        return problem
    return Problem(
        "skill_map_file.unknown_format",
        "This is no skill map that Waymark can read. Bring a table with a column “kind”, a TOML file, or a framework in "
        "CASE format; the examples below show how they look.",
    )


def _json(content: bytes) -> Any:
    try:
        return read_json(content)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        problem = Problem(
            "skill_map_file.json",
            "This is not JSON, or it was cut off. Export the framework again.",
            line=line,
        )
        raise UnusableMap([problem]) from error


def _with_known_checks(document: dict[str, Any], known: KnownChecks) -> dict[str, Any]:
    hosted = [
        row.get("id")
        for row in document.get("activities") or []
        if isinstance(row, Mapping) and (row.get("format"), row.get("hosted")) == ("check", "tool")
    ]
    checks = [known.rows[name] for name in hosted if isinstance(name, str) and name in known.rows]
    return {**document, "checks": checks} if checks else document


def _one(code: str, message: str) -> UnusableMap:
    return UnusableMap([Problem(f"skill_map_file.{code}", message)])


_NO_TEXT = {
    Why.EMPTY: ("empty", "The file is empty. Choose the file again."),
    Why.WORKBOOK: (
        "workbook",
        "This is a workbook or a zip file. Save the table as “CSV UTF-8” in your spreadsheet, and choose that file.",
    ),
    Why.OTHER: (
        "not_text",
        "This file is not text. Choose a table (CSV), a TOML file or a framework (JSON).",
    ),
}
