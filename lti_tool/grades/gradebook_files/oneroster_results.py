"""One row of OneRoster's `results.csv`: a score or why there is none, and when it was graded.

Source: as in `oneroster`. What becomes of a score, where that is not plain:

- late: it counts. When something was handed in does not change what it shows;
- partially graded, submitted, in progress, incomplete: not yet. A part without points would look like a mistake;
- not submitted, missing: no result, whatever number stands there. Nothing was handed in, so nothing was shown;
- two rows for one student and line item that say different things, or a status that we do not know: not readable.

Unconfirmed, as no export of a product was at hand: that some systems write the additions of 1.2 ("late", "missing")
into `scoreStatus`; whether a `scoreDate` may have a time, which is believed where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import MAXYEAR, UTC, datetime

from lti_tool.grades.gradebook_files.cells import read_number
from lti_tool.grades.gradebooks.cells import EXCUSED, NO_RESULT, UNFINISHED, Cell, CellState, Problem

_GRADED = frozenset({"fully graded", "late", ""})
_UNFINISHED = frozenset({"partially graded", "submitted", "incomplete", "in progress", "inprogress"})
_NOT_HANDED_IN = frozenset({"not submitted", "missing"})
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Some systems write a date long ago, such as 0001-01-01, for none.
_EARLIEST_YEAR = 2000
_SHOWN = 40

# A row by the headings, in small letters.
Record = Mapping[str, str]


def read_result(row: Record, *, low: float) -> Cell:
    """What a result says; `low` is what no points are."""
    said, words = row["score"], row.get("textscore", "")
    status = row.get("scorestatus", "").casefold()
    if status == "exempt":
        return EXCUSED
    if status in _NOT_HANDED_IN or _is_true(row, "missing") or not (said or words):
        return NO_RESULT
    if status in _UNFINISHED or _is_true(row, "inprogress") or _is_true(row, "incomplete"):
        return UNFINISHED
    if status not in _GRADED:
        return _unreadable(status, Problem.UNKNOWN_STATUS)
    score = read_number(said)
    if score is None:
        return _unreadable(said or words, Problem.NOT_A_NUMBER)
    return Cell(CellState.SCORE, score - low, _moment(row.get("scoredate", "")))


def joined(before: Cell, cell: Cell) -> Cell:
    """What two rows for one student and line item say together."""
    return cell if before == cell else _unreadable("…", Problem.SEVERAL)


def _unreadable(text: str, problem: Problem) -> Cell:
    return Cell(CellState.UNREADABLE, text=text[:_SHOWN], problem=problem)


def _is_true(row: Record, name: str) -> bool:
    return row.get(name, "").casefold() == "true"


def _moment(said: str) -> datetime | None:
    """A day is its first moment in UTC; what is no date is none."""
    if not _DAY.match(said):
        return None
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        return None
    if not _EARLIEST_YEAR <= moment.year < MAXYEAR:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
