"""One cell of a gradebook file: a number, no result, excused, or something that cannot be read.

LMSs write numbers as the teacher's language does, so the decimal sign is a point or a comma; none of the three
groups thousands (Canvas says so in `lib/gradebook_exporter.rb`, `format_numbers`). A number with both signs was
made by another program, and which one is meant is not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(?:[.,][0-9]{0,9})?|[+-]?[.,][0-9]{1,9}")
_BOTH_SIGNS = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+){2,}")
_NO_RESULT = frozenset({"", "-", "–", "—", "n/a", "missing", "incomplete"})
_EXCUSED = frozenset({"ex", "excused"})
_SHOWN = 40


class CellState(StrEnum):
    """What a cell is."""

    SCORE = "score"
    NO_RESULT = "no result"
    EXCUSED = "excused"
    UNREADABLE = "unreadable"


class Problem(StrEnum):
    """Why a cell cannot be read."""

    NOT_A_NUMBER = "not a number"
    TWO_SIGNS = "two signs"


@dataclass(frozen=True, slots=True)
class Cell:
    """`score` is set for a score; `text` and `problem` for what cannot be read."""

    state: CellState
    score: float | None = None
    text: str = ""
    problem: Problem | None = None


NO_RESULT = Cell(CellState.NO_RESULT)
EXCUSED = Cell(CellState.EXCUSED)


def read_cell(text: str) -> Cell:
    """What stands in a cell. No result is not a zero."""
    said = text.strip()
    if said.casefold() in _NO_RESULT:
        return NO_RESULT
    if said.casefold() in _EXCUSED:
        return EXCUSED
    number = read_number(said.removesuffix("%"))
    if number is not None:
        return Cell(CellState.SCORE, score=number)
    two_signs = _BOTH_SIGNS.fullmatch(said) is not None
    problem = Problem.TWO_SIGNS if two_signs else Problem.NOT_A_NUMBER
    return Cell(CellState.UNREADABLE, text=said[:_SHOWN], problem=problem)


def read_number(text: str) -> float | None:
    """A number with a decimal point or comma; None for anything else."""
    said = text.strip()
    return float(said.replace(",", ".")) if _NUMBER.fullmatch(said) else None
