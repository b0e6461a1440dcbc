"""From the documents of Canvas's API to a gradebook. Nothing here calls anything.

Sources as in `native_apis.canvas`; of its code `app/models/assignment.rb` (`interpret_grade`), `lib/grade_calculator.rb`.

- `score` is in points whatever the grading type: percentages, letters and grade points are kept as their share of
  the points, "complete" as all of them and "incomplete" as 0. So a column counts where it has points, as
  in a file that Canvas exported.
- A quiz whose answers are partly still to be graded is `pending_review`, with the score of the other part. Canvas
  leaves it out of its totals, and it is no result here.
- A grade that its student may not see yet (`posted_at` is null) is no result either: a recommendation would give it
  away. A grade that was worked out for work that was since handed in again stays, as in Canvas's gradebook.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog

from lti_tool.grades.failures import unreadable_answer
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
from lti_tool.grades.gradebooks.names import spoken_name
from lti_tool.launch.wire import wire_id, wire_text

logger = structlog.get_logger(__name__)

_SCORED = frozenset({"points", "percent", "letter_grade", "gpa_scale", "pass_fail"})
_UNGRADED = "not_graded"


def canvas_gradebook(
    assignments: Sequence[Mapping[str, Any]],
    students: Sequence[Mapping[str, Any]],
    submissions: Sequence[Mapping[str, Any]],
    *,
    course: str,
    native_ids: Mapping[str, str],
) -> Gradebook:
    """The gradebook of `course`; `native_ids` maps user ids of launches to Canvas's numbers.

    What is listed twice, because something moved to the next page in the meantime, counts once. Submissions of
    people and assignments that are not listed are ignored. Raises PlatformUnavailable `platform.answer_unreadable`
    for documents of another shape or course.
    """
    columns, left_out = _columns(assignments, course)
    people = {canvas_number(user.get("id")): user for user in students}
    cells = {
        (canvas_number(item.get("user_id")), canvas_number(item.get("assignment_id"))): _cell(item)
        for item in submissions
        if not _is_nobodys(item)
    }
    hidden = sum(map(is_hidden, submissions))
    if hidden:
        logger.info("canvas.grades_not_posted", course=course, grades=hidden)
    times = Counter(native_ids.values())  # a number of two people says of neither who it is
    user_ids = {number: user_id for user_id, number in native_ids.items() if times[number] == 1}
    return Gradebook(
        product=Product.CANVAS,
        students=tuple(_student(user, user_ids.get(number, "")) for number, user in people.items()),
        columns=tuple(columns.values()),
        cells=tuple(tuple(cells.get((person, number), NO_RESULT) for number in columns) for person in people),
        left_out=tuple(left_out),
    )


def may_see_all_grades(answer: Any) -> bool:
    """Whether the account has one of the permissions that were asked for.

    They are true or false in fact, and "true" or "false" in the documentation's example.
    """
    if not isinstance(answer, dict) or "view_all_grades" not in answer:
        raise unreadable_answer(status=200)
    return any(answer.get(right) in (True, "true") for right in ("view_all_grades", "manage_grades"))


def sees_only_sections(enrollments: Sequence[Mapping[str, Any]], *, course: str) -> bool:
    """Whether all enrolments of an account in the course are limited to their sections; administrators have none.

    As `Course#visibility_limited_to_course_sections?`. Unconfirmed: whether an administrator who is also enrolled in
    one section only sees the others; it is logged, and the reading is refused.
    """
    _check_course(enrollments, course)
    limited = [item.get("limit_privileges_to_course_section") for item in enrollments]
    if not all(isinstance(limit, bool) for limit in limited):
        raise unreadable_answer(status=200)
    if limited and all(limited):
        logger.warning("canvas.account_limited_to_sections", enrollments=len(limited))
        return True
    return False


def canvas_number(value: object) -> str:
    """One of Canvas's numbers as text; it may be text already."""
    number = wire_id(value)
    if not (number.isascii() and number.isdecimal()):
        raise unreadable_answer(status=200)
    return number


def _check_course(items: Sequence[Mapping[str, Any]], course: str) -> None:
    """Raises PlatformUnavailable when something belongs to another course than the one that was asked for."""
    if any("course_id" in item and canvas_number(item["course_id"]) != course for item in items):
        raise unreadable_answer(status=200)


def _columns(
    assignments: Sequence[Mapping[str, Any]], course: str
) -> tuple[dict[str, GradebookColumn], list[LeftOutColumn]]:
    """The columns by their numbers, and those that are left out; what is not published is neither."""
    columns: dict[str, GradebookColumn] = {}
    left_out: dict[str, LeftOutColumn] = {}
    _check_course(assignments, course)
    for item in assignments:
        number = canvas_number(item.get("id"))
        if item.get("published") is False:
            continue
        title = wire_text(item.get("name")) or number
        points = _points(item.get("points_possible"))
        why = _why_left_out(item.get("grading_type"), points)
        if why is None:
            key = column_key(Product.CANVAS, number=number)
            columns[number] = GradebookColumn(key, title, points)
        else:
            left_out[number] = LeftOutColumn(title, why)
    return columns, list(left_out.values())


def _why_left_out(grading_type: object, points: float | None) -> LeftOut | None:
    if grading_type == _UNGRADED or points is None or points <= 0:
        return LeftOut.NO_POINTS
    if not isinstance(grading_type, str) or grading_type not in _SCORED:
        # Unconfirmed: that these five and "not_graded" are all there are in every version.
        logger.warning("canvas.grading_type_unknown", grading_type=wire_text(grading_type))
        return LeftOut.NOT_A_NUMBER
    return None


def _points(value: object) -> float | None:
    if value is None:
        return None
    points = finite(value)
    if points is None:
        raise unreadable_answer(status=200)
    return points


def _student(user: Mapping[str, Any], user_id: str) -> GradebookStudent:
    name, sortable = wire_text(user.get("name")), wire_text(user.get("sortable_name"))
    spoken = (name,) if name else ()
    return GradebookStudent(
        name=sortable or name,
        full_names=tuple(dict.fromkeys(spoken + (spoken_name(sortable) if sortable else ()))),
        user_id=user_id,
        sis_id=wire_id(user.get("sis_user_id")),
        login=wire_id(user.get("login_id")),
    )


def _is_nobodys(submission: Mapping[str, Any]) -> bool:
    """Whether it is one of those that hide whose they are while an assignment is graded anonymously."""
    return submission.get("user_id") is None and "anonymous_id" in submission


def is_hidden(submission: Mapping[str, Any]) -> bool:
    """Whether there is a grade that its student may not see yet.

    Unconfirmed: that Canvas sets `posted_at` for every grade that is posted automatically; how many have none is
    logged.
    """
    return submission.get("score") is not None and submission.get("posted_at", "") is None


def _cell(submission: Mapping[str, Any]) -> Cell:
    score = submission.get("score")
    if submission.get("excused") is True:
        return EXCUSED
    if score is None or is_hidden(submission) or submission.get("workflow_state") == "pending_review":
        return NO_RESULT
    number = finite(score)
    if number is None:
        return Cell(CellState.UNREADABLE, text=wire_text(str(score)), problem=Problem.NOT_A_NUMBER)
    return Cell(CellState.SCORE, number, graded_at=moment_of(submission.get("graded_at")))


def finite(value: object) -> float | None:
    """The number, unless it is none or more than a float can hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def moment_of(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
