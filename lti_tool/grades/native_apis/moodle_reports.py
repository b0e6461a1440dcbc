"""What `gradereport_user_get_grade_items` answers -> a gradebook. Calls nothing.

Source: github.com/moodle/moodle, `public/grade/report/user/classes/report/user.php` (`fill_table_recursive`: what is
said of a grade) and `…/external/user.php` (its types), in the tree of Moodle 5.1 and later; a recorded answer is in
`tests/grades/samples/moodle-5.1/grade_items.json`. What it does:

- one report for each student with a list of grade items. Two students may have different items: an activity
  that the token's account cannot see is left out;
- `scaleid` repeats `outcomeid` by a mistake of Moodle's, so a scale shows only in `rangeformatted`, which is
  "0&ndash;100" for points and "Poor&ndash;Good" for a scale (`grade_format_gradevalue_real`);
- `grademin` and `grademax` may differ from student to student (course setting "Min and max grades used in
  calculation"), so a grade is its share of its own range;
- `graderaw` is null for no grade, and also for one that cannot be worked out (`gradeneedsupdate`) or that this
  account may not see (`gradehiddenbydate`); both are no "no result", so they end the reading. A grade that is
  hidden until a date is null, too, for an account without moodle/grade:viewhidden, and looks like a hidden item with
  an empty feedback and no grade: both have a date (`grade_grade::get_dategraded`). What we hold there stays;
- `graderaw`, `grademin` and `grademax` are missing where the course does not show grades or ranges in this report.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any

from lti_tool.grades.gradebooks.cells import NO_RESULT, Cell, CellState, Problem
from lti_tool.grades.gradebooks.gradebook import (
    Gradebook,
    GradebookColumn,
    GradebookStudent,
    LeftOut,
    LeftOutColumn,
    Product,
    column_key,
)
from lti_tool.grades.native_apis.moodle_refusals import hidden_grades, not_ready, report_hides
from lti_tool.launch.wire import wire_id, wire_text

# Moodle gives totals no name of their own; these are its English words for them.
_TOTALS = {"course": "Course total", "category": "Category total"}
_POINTS = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?–-?[0-9]+(?:[.,][0-9]+)?")
_SHOWN = 40
# Far beyond any grade and any moment, and safe to reckon with.
_HIGHEST = 1e12
_LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC).timestamp()


@dataclass(frozen=True, slots=True)
class GradeItem:
    """One grade item as one student has it. `raw` lies between `low` and `high`, None for no grade.

    `why` says why no results are taken from it, as far as one student's report can tell; the rest is set for
    others only. `may_be_held_back` where no grade is told although there may be one.
    """

    number: str
    title: str
    why: LeftOut | None = None
    raw: object = None
    low: float = 0.0
    high: float = 0.0
    graded_at: datetime | None = None
    may_be_held_back: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """One student with all grade items, by their numbers."""

    student: GradebookStudent
    items: Mapping[str, GradeItem]


def read_reports(document: Any, *, course: str) -> list[Report]:
    """The reports in an answer, one for each student.

    Raises ValueError when it has not the right shape or is about another course, and PlatformError when grades are
    held back.
    """
    found = _list(_object(document).get("usergrades"))
    reports = [_report(_object(report), course) for report in found]
    if len({report.student.user_id for report in reports}) < len(reports):
        raise ValueError("a student twice")
    return reports


def activity_of_item(document: Any, *, item: str, course: str) -> str:
    """The number of the activity (`cmid`) to which a grade item belongs; empty where it belongs to none.

    Raises ValueError when the answer has not the right shape or is about another course.
    """
    for report in _list(_object(document).get("usergrades")):
        if wire_id(_object(report).get("courseid")) != course:
            raise ValueError("another course")
        for found in _list(report.get("gradeitems")):
            if wire_id(_object(found).get("id")) == item:
                return wire_id(found.get("cmid"))
    return ""


def to_gradebook(reports: Sequence[Report]) -> Gradebook:
    """The gradebook of all students: all items that anybody has, in Moodle's order."""
    items: dict[str, GradeItem] = {}
    spans: dict[str, Counter[float]] = {}
    for report in reports:
        for number, item in report.items.items():
            items.setdefault(number, item)
            spans.setdefault(number, Counter())[item.high - item.low] += 1
    columns: list[GradebookColumn] = []
    numbers: list[str] = []
    left_out: list[LeftOutColumn] = []
    for number, item in items.items():
        [(points, _times)] = spans[number].most_common(1)
        why = item.why or (LeftOut.NO_POINTS if points <= 0 else None)
        if why is not None:
            left_out.append(LeftOutColumn(item.title, why))
        else:
            numbers.append(number)
            key = column_key(Product.MOODLE, number=number)
            columns.append(GradebookColumn(key, item.title, points))
    return Gradebook(
        product=Product.MOODLE,
        students=tuple(report.student for report in reports),
        columns=tuple(columns),
        cells=tuple(
            tuple(
                _cell(report.items.get(number), column.points)
                for number, column in zip(numbers, columns, strict=True)
            )
            for report in reports
        ),
        left_out=tuple(left_out),
    )


def _report(report: Mapping[str, Any], course: str) -> Report:
    user_id = wire_id(report.get("userid"))
    if not user_id or wire_id(report.get("courseid")) != course:
        raise ValueError("no student, or another course")
    name = wire_text(report.get("userfullname"))
    found = [_grade_item(_object(item)) for item in _list(report.get("gradeitems"))]
    items = {item.number: item for item in found}
    if len(items) < len(found):
        raise ValueError("a grade item twice")
    student = GradebookStudent(
        name=name, full_names=(name,), user_id=user_id, sis_id=wire_text(report.get("useridnumber"))
    )
    return Report(student, items)


def _grade_item(item: Mapping[str, Any]) -> GradeItem:
    number, kind = wire_id(item.get("id")), item.get("itemtype")
    if not number or not isinstance(kind, str):
        raise ValueError("no grade item")
    title = wire_text(item.get("itemname"))
    if kind in _TOTALS:
        return GradeItem(number, title or _TOTALS[kind], LeftOut.CALCULATED)
    if "graderaw" not in item or "rangeformatted" not in item:
        raise report_hides()
    if item.get("outcomeid") is not None or not _is_in_points(item["rangeformatted"]):
        return GradeItem(number, title, LeftOut.NOT_A_NUMBER)
    if item.get("gradeneedsupdate") is True:
        raise not_ready(detail="gradeneedsupdate")
    if item.get("gradehiddenbydate") is True:
        raise hidden_grades()
    low, high = _number(item.get("grademin")), _number(item.get("grademax"))
    if low is None or high is None:
        raise ValueError("no range")
    graded_at = _moment(item.get("gradedategraded"))
    held_back = item.get("gradeishidden") is True and graded_at is not None and not item.get("feedback")
    return GradeItem(number, title, None, item["graderaw"], low, high, graded_at, held_back)


def _cell(item: GradeItem | None, points: float | None) -> Cell:
    """A grade in points of the column, which begin at 0. A student who does not have the item has no result."""
    if item is None or (item.raw is None and not item.may_be_held_back):
        return NO_RESULT
    if item.raw is None:
        return Cell(CellState.UNREADABLE, problem=Problem.HELD_BACK)
    raw, span = _number(item.raw), item.high - item.low
    if raw is None or points is None or span <= 0:
        return Cell(
            CellState.UNREADABLE, text=wire_text(str(item.raw))[:_SHOWN], problem=Problem.NOT_A_NUMBER
        )
    score = raw - item.low
    return Cell(CellState.SCORE, score if span == points else score / span * points, item.graded_at)


def _is_in_points(said: object) -> bool:
    return isinstance(said, str) and _POINTS.fullmatch(unescape(said)) is not None


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_HIGHEST <= value <= _HIGHEST else None


def _moment(value: object) -> datetime | None:
    seconds = _number(value)
    if seconds is None or not 0 < seconds < _LAST_MOMENT:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def _object(value: object) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("no object")  # noqa: TRY004 - one kind of error for all wrong shapes
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("no list")  # noqa: TRY004 - one kind of error for all wrong shapes
    return value
