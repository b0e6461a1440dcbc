"""One cell of a gradebook: a number, no result, excused, not graded in full, or something that cannot be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CellState(StrEnum):
    """What a cell is."""

    SCORE = "score"
    NO_RESULT = "no result"
    EXCUSED = "excused"
    UNFINISHED = "unfinished"  # a score that is not the last word: part of the work is not graded yet
    UNREADABLE = "unreadable"


class Problem(StrEnum):
    """Why a cell cannot be read."""

    NOT_A_NUMBER = "not a number"
    TWO_SIGNS = "two signs"
    HELD_BACK = "held back"  # the LMS tells that there may be a grade, but not which
    SEVERAL = "several"  # more than one result for one student
    UNKNOWN_STATUS = "unknown status"


@dataclass(frozen=True, slots=True)
class Cell:
    """`score` is set for a score, with the moment of grading if it is known; `text` and `problem` for what cannot
    be read."""

    state: CellState
    score: float | None = None
    graded_at: datetime | None = None
    text: str = ""
    problem: Problem | None = None


NO_RESULT = Cell(CellState.NO_RESULT)
EXCUSED = Cell(CellState.EXCUSED)
UNFINISHED = Cell(CellState.UNFINISHED)
