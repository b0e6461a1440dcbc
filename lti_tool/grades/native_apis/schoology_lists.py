"""Rows of Schoology's lists -> a gradebook. Calls nothing.

Source: developers.schoology.com, "Enrollment", "Assignment" and "Grade", read in the copy
github.com/KTibow/schoology-docs-md (`4-API: Objects`). No answer was recorded. What they say:

- numbers come as numbers or as texts (`"max_points": "100"`, `"id": "44783136"`);
- an enrollment has its own number, and grades name that and not the user's; `admin` is 1 for teachers, `status` 1 for
  active; `school_uid` is the school's number of the user;
- a grade item has `max_points`. With a grading scale, too, grades are "converted to numeric values upon save";
- `exception` 1 is excused, 2 incomplete; then `grade` is null.

Unconfirmed, and logged where it is met (`native.schoology_unconfirmed`): that `exception` 3 is "missing" and no result
even with a grade; that each grade belongs to an item of `grade_items`, by its `id`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from lti_tool.grades.gradebooks.cells import EXCUSED, NO_RESULT, Cell, CellState, Problem
from lti_tool.grades.gradebooks.gradebook import (
    Gradebook,
    GradebookColumn,
    GradebookStudent,
    LeftOut,
    LeftOutColumn,
    Product,
    column_key,
)
from lti_tool.launch.wire import wire_id, wire_text

logger = structlog.get_logger(__name__)

Row = Mapping[str, Any]

_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?")
_HIGHEST = 1e9
_LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
_SHOWN = 40
_EXCUSED, _MISSING = 1.0, 3.0


@dataclass(frozen=True, slots=True)
class GradeItem:
    """Something that can be graded. `why` says why no results are taken from it."""

    number: str
    title: str
    points: float | None
    is_published: bool
    why: LeftOut | None


@dataclass(frozen=True, slots=True)
class Grade:
    """What one student has for one grade item."""

    enrollment: str
    item: str
    cell: Cell


def read_students(rows: Iterable[Row]) -> dict[str, GradebookStudent]:
    """The active students by the numbers of their enrollments. Raises ValueError for rows of another shape."""
    students: dict[str, GradebookStudent] = {}
    for row in rows:
        number, is_teacher = wire_id(row.get("id")), _number(row.get("admin"))
        if not number or is_teacher is None:
            raise ValueError("no enrollment")
        if not is_teacher and _number(row.get("status", 1)) == 1:
            students[number] = _student(row)
    return students


def read_items(rows: Iterable[Row]) -> dict[str, GradeItem]:
    """The grade items by their numbers. Raises ValueError for rows of another shape."""
    items: dict[str, GradeItem] = {}
    for row in rows:
        number, title = wire_id(row.get("id")), wire_text(row.get("title"))
        if not number or not title:
            raise ValueError("no grade item")
        points = _number(row.get("max_points"))
        why = None
        if _number(row.get("collected_only")) == 1:
            why = LeftOut.NOT_A_NUMBER  # handed in or not, without points
        elif points is not None and points <= 0:
            why = LeftOut.NO_POINTS
        items[number] = GradeItem(number, title, points, _number(row.get("published", 1)) == 1, why)
    return items


def read_grades(rows: Iterable[Row]) -> list[Grade]:
    """The grades in their order. Raises ValueError for rows of another shape."""
    grades: list[Grade] = []
    for row in rows:
        enrollment, item = wire_id(row.get("enrollment_id")), wire_id(row.get("assignment_id"))
        if not enrollment or not item or "grade" not in row:
            raise ValueError("no grade")
        grades.append(Grade(enrollment, item, _cell(row)))
    return grades


def to_gradebook(
    students: Mapping[str, GradebookStudent], items: Mapping[str, GradeItem], grades: Sequence[Grade]
) -> Gradebook:
    """The gradebook of all students and published items; other people's grades are left out."""
    cells: dict[tuple[str, str], Cell] = {}
    for grade in grades:
        place = grade.enrollment, grade.item
        if grade.enrollment in students and not _is_older(grade.cell, cells.get(place)):
            cells[place] = grade.cell
    published = [item for item in items.values() if item.is_published]
    kept = [item for item in published if item.why is None]
    unlisted = sorted(
        {item for (_who, item), cell in cells.items() if item not in items and cell != NO_RESULT}
    )
    if unlisted:
        logger.warning(
            "native.schoology_unconfirmed", what="grades of items that are not listed", items=len(unlisted)
        )
    return Gradebook(
        product=Product.SCHOOLOGY,
        students=tuple(students.values()),
        columns=tuple(
            GradebookColumn(column_key(Product.SCHOOLOGY, number=item.number), item.title, item.points)
            for item in kept
        ),
        cells=tuple(tuple(cells.get((who, item.number), NO_RESULT) for item in kept) for who in students),
        left_out=(
            *(LeftOutColumn(item.title, item.why) for item in published if item.why is not None),
            *(LeftOutColumn(f"#{number}", LeftOut.NOT_LISTED) for number in unlisted),
        ),
    )


def _student(row: Row) -> GradebookStudent:
    """That a user's number here (`uid`) is what launches call `sub` is unconfirmed, so it is not given as one."""
    first, preferred, last, shown = (
        wire_text(row.get(name))
        for name in ("name_first", "name_first_preferred", "name_last", "name_display")
    )
    said = (f"{first} {last}".strip(), f"{preferred} {last}".strip() if preferred else "", shown)
    names = tuple(dict.fromkeys(name for name in said if name))
    return GradebookStudent(
        name=names[0] if names else "",
        full_names=names,
        sis_id=wire_text(row.get("school_uid")),
        native_id=wire_id(row.get("id")),
    )


def _cell(row: Row) -> Cell:
    grade, exception = row["grade"], _number(row.get("exception"))
    if exception == _EXCUSED:
        return EXCUSED
    if exception:
        if grade is not None or exception >= _MISSING:
            logger.info("native.schoology_unconfirmed", what="an exception", number=exception)
        return NO_RESULT
    if grade is None or grade == "":
        return NO_RESULT
    score = _number(grade)
    if score is None:
        return Cell(CellState.UNREADABLE, text=wire_text(str(grade))[:_SHOWN], problem=Problem.NOT_A_NUMBER)
    return Cell(CellState.SCORE, score, _moment(row.get("timestamp")))


def _is_older(cell: Cell, known: Cell | None) -> bool:
    """Whether a grade that comes twice was given before the one that is known."""
    if known is None or cell.graded_at is None or known.graded_at is None:
        return False
    return cell.graded_at < known.graded_at


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool):
        return float(value)
    if not isinstance(value, int | float) or not -_HIGHEST <= value <= _HIGHEST:
        return None
    return float(value)


def _moment(value: object) -> datetime | None:
    """A POSIX time in seconds, as a number or as text."""
    digits = wire_id(value)
    if not (digits.isascii() and digits.isdigit()) or not 0 < int(digits) < _LAST_MOMENT:
        return None
    return datetime.fromtimestamp(int(digits), UTC)
