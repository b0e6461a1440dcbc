"""Reads one table after another, as `tomllib` gives them: every method gives a usable value, and notes a problem when there was none.

Reading never stops at the first problem, so that an author sees the whole list at once.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from lti_tool.pathways.problems import Problem

LONGEST_TITLE = 300
LONGEST_TEXT = 20_000
LONGEST_ADDRESS = 2_000
MOST_ENTRIES = 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,99}")
# Control characters and halves of a surrogate pair: no page shows them and no database keeps them.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
Word = TypeVar("Word", bound=StrEnum)


class Row(dict[str, Any]):
    """A table that knows the line of the file on which it begins."""

    def __init__(self, values: Mapping[str, Any], line: int) -> None:
        super().__init__(values)
        self.line = line


def tables_named(mapping: Mapping[str, Any], name: str, noun: str, problems: list[Problem]) -> "list[Table]":
    """The tables [[name]], each introduced in its problems by `noun` with its id or number."""
    rows = mapping.get(name, [])
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        problems.append(Problem("entry.table", f"“{name}” must be a list of tables, written [[{name}]]."))
        return []
    return [Table(row, _introduced(noun, row, number), problems) for number, row in enumerate(rows, start=1)]


def _introduced(noun: str, row: Any, number: int) -> str:
    named = isinstance(row, Mapping) and row.get("id")
    return f"{noun} “{row['id']}”" if named else f"{noun} number {number}"


class Table:
    """One table being read: each method returns a usable value and notes a problem when there was none."""

    def __init__(self, values: Any, where: str, problems: list[Problem]) -> None:
        self.line: int | None = getattr(values, "line", None)
        if not isinstance(values, Mapping):
            problems.append(Problem("entry.table", f"{where} is missing or is not a table."))
            values = {}
        self.values: Mapping[str, Any] = values
        self.where = where
        self.problems = problems

    def only(self, keys: set[str]) -> None:
        """Notes keys that nobody reads: a misspelt one would otherwise be ignored in silence."""
        for key in sorted(set(self.values) - keys):
            self.note(f"has an unknown key “{key}”; known are {', '.join(sorted(keys))}.", "unknown_key")

    def identifier(self) -> str:
        value = self.values.get("id")
        if not isinstance(value, str) or not _ID.fullmatch(value):
            self.note("needs an id of letters, digits and - . _ : (at most 100).", "id")
            return ""
        return value

    def text(
        self, key: str, *, default: str = "", required: bool = False, longest: int = LONGEST_TEXT
    ) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str) or (required and not value.strip()):
            self.note(f"needs “{key}” as text.", "text")
            return default
        if len(value) > longest:
            self.note(f"has {len(value):,} characters in “{key}”; keep to {longest:,}.", "too_long")
            return default
        if _UNFIT.search(value):
            self.note(f"has a character in “{key}” that cannot be shown; type that text again.", "character")
            return default
        return value.strip()

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if (
            not isinstance(value, list)
            or len(value) > MOST_ENTRIES
            or not all(isinstance(entry, str) and len(entry) <= LONGEST_TITLE for entry in value)
        ):
            self.note(f"needs “{key}” as a list of short texts, {MOST_ENTRIES} at most.", "list")
            return ()
        if any(_UNFIT.search(entry) for entry in value):
            self.note(f"has a character in “{key}” that cannot be shown; type that text again.", "character")
            return ()
        return tuple(entry.strip() for entry in value if entry.strip())

    def address(self, key: str) -> str:
        """An address on the web that a page may link to: https, with a host and without anybody's password."""
        value = self.text(key, longest=LONGEST_ADDRESS)
        if value and not _is_address(value):
            self.note(
                f"needs “{key}” as an address that begins with https://, such as https://example.org/page.",
                "address",
            )
            return ""
        return value

    def flag(self, key: str) -> bool:
        value = self.values.get(key, False)
        if not isinstance(value, bool):
            self.note(f"needs “{key}” as true or false.", "flag")
            return False
        return value

    def whole(self, key: str, *, low: int, high: int, default: int | None = None) -> int:
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.note(f"needs “{key}” as a whole number from {low} to {high}.", "number")
            return low
        return value

    def number(self, key: str, *, low: float, high: float, default: float | None = None) -> float:
        value = self.values.get(key, default)
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            self.note(f"needs “{key}” as a number from {low:g} to {high:g}.", "number")
            return low
        return float(value)

    def word(self, key: str, words: type[Word], default: Word) -> Word:
        value = self.values.get(key, default.value)
        if not isinstance(value, str) or value not in {word.value for word in words}:
            self.note(
                f"has {key} “{value}”; choose one of {', '.join(word.value for word in words)}.", "word"
            )
            return default
        return words(value)

    def weights(self, key: str) -> dict[str, float]:
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            self.note(f"needs “{key}” as a table of skill ids with a share from 0 to 1.", "share")
            return {}
        good = {}
        for skill_id, share in value.items():
            if isinstance(share, int | float) and not isinstance(share, bool) and 0 < share <= 1:
                good[str(skill_id)] = float(share)
            else:
                self.note(
                    f"gives the skill “{skill_id}” the share {share!r}; write a number above 0, at most 1.",
                    "share",
                )
        return good

    def tables(self, key: str) -> "list[Table]":
        value = self.values.get(key, [])
        if not isinstance(value, list):
            self.note(f"needs “{key}” as a list of tables.", "table")
            return []
        return [
            Table(row, f"{self.where}, {key} {number}", self.problems)
            for number, row in enumerate(value, start=1)
        ]

    def note(self, problem: str, code: str) -> None:
        """Adds one problem, introduced by where it is."""
        self.problems.append(Problem(f"entry.{code}", f"{self.where} {problem}", line=self.line))


def _is_address(value: str) -> bool:
    # What a browser reads otherwise than `urlsplit` does: spaces, line ends and backslashes.
    if re.search(r"[\s\\]", value):
        return False
    try:
        parts = urlsplit(value)
        return (
            parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and parts.port != 0
        )
    except ValueError:
        return False
