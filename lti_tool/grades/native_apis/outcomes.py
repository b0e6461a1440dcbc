"""Outcomes: what an LMS lets teachers judge skill by skill, beside or instead of points for the whole work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """One statement of what students can do, as the LMS has it. `key` is the same at each reading.

    `name` is a friendlier title, `statement` the whole of it; each may be empty. `mastered` is the share of the
    points from which the LMS calls it mastered, None where that is not said.
    """

    key: str
    title: str
    name: str = ""
    statement: str = ""
    mastered: float | None = None


@dataclass(frozen=True, slots=True)
class OutcomeResult:
    """How one student did on one outcome in one piece of work: a share of the points, 0..1.

    `student` is the row of the gradebook that was read with it, `outcome` a key. `work` is the key of the column
    that the work belongs to, else whatever else names it.
    """

    student: int
    outcome: str
    work: str
    share: float
    assessed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """A complete reading: all outcomes of the course, and at most one result for each student, outcome and work."""

    outcomes: tuple[Outcome, ...]
    results: tuple[OutcomeResult, ...]
