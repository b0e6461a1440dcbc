"""Canvas: give exactly this assignment to exactly these students, by an override beside those of the teacher.

Sources and rules of overrides: `canvas_assignment`; of their addresses
github.com/instructure/canvas-lms, `app/controllers/assignment_overrides_controller.rb`. What a teacher made is never
changed or deleted, and whether an assignment is for everybody is never touched: where it is, there is nothing to do.
All our students of an assignment share one override; it goes with the last of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog

from lti_tool.errors import PlatformRefused
from lti_tool.grades.channels.canvas_assignment import Assignment, Override, new_override, read_assignment
from lti_tool.grades.channels.channel import BeforeWriting, Effect, Line, Step, StepColumn, Student, Trace
from lti_tool.grades.channels.refusals import CANVAS_OVERRIDE_REFUSALS, changed_meanwhile, refused_effect
from lti_tool.grades.gradebooks.gradebook import Product, column_key
from lti_tool.grades.native_apis.canvas_calls import CanvasCourse
from lti_tool.grades.native_apis.canvas_gradebook import canvas_number
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.launch.wire import wire_text

logger = structlog.get_logger(__name__)

_WHO_SEES_IT = [("include[]", "assignment_visibility"), ("override_assignment_dates", "false")]
_MANY = [("per_page", "100")]
_ASSIGNMENTS = [("per_page", "50")]
_NATIVE = column_key(Product.CANVAS, number="-").removesuffix("-")
_REFUSED = 400
_GONE = frozenset({404, 410})


class CanvasOverride:
    """See `Channel`."""

    name = "canvas_override"
    product = Product.CANVAS
    needs_column = True
    can_be_undone = True
    needs: frozenset[str] = frozenset()
    harmless_to_repeat = True

    def describe(self, access: Access, steps: Sequence[tuple[Student, Step]]) -> tuple[Line, ...]:
        """See `Channel`. Each assignment is read once."""
        course = _course(access)
        course.check_that_all_sections_are_seen()
        columns = {step.column for _student, step in steps if step.column is not None}
        found = {column: _find(course, column) for column in columns}
        return tuple(
            _line(course, student, found[step.column] if step.column else None, step)
            for student, step in steps
        )

    def put(
        self, access: Access, student: Student, step: Step, *, trace: Trace | None, before: BeforeWriting
    ) -> Effect:
        """See `Channel`."""
        course = _course(access)
        if step.column is None:
            return Effect.NO_COLUMN
        assignment = _find(course, step.column)
        if assignment is None:
            raise refused_effect(Effect.COLUMN_GONE)
        number = _number(course, student)
        if not number:
            raise refused_effect(Effect.NOT_IN_COURSE)
        try:
            return _give(course, assignment, number, before, began=trace is not None)
        except PlatformRefused as refusal:
            if refusal.http_status != _REFUSED:
                raise
            # Somebody may have given it to the student between our look and our change.
            again = _read(course, assignment.number)
            if again is None or again.effect_for(number) is Effect.WRITTEN:
                raise
            return again.effect_for(number)

    def is_there(self, access: Access, student: Student, step: Step, trace: Trace) -> bool:
        """See `Channel`."""
        assignment = _read(_course(access), trace["assignment"])
        return assignment is not None and assignment.has_from_us(trace["student"])

    def withdraw(
        self, access: Access, student: Student, trace: Trace, *, before: Callable[[], None]
    ) -> Effect:
        """See `Channel`."""
        course = _course(access)
        number, assignment = trace["student"], _read(course, trace["assignment"])
        holding = [] if assignment is None else [o for o in assignment.overrides if number in o.students]
        for override in holding:
            if not override.is_ours:
                logger.info("canvas.override_is_the_teachers", override=override.number)
                return Effect.LEFT
            _replace(course, trace["assignment"], override, without=number, before=before)
        return Effect.TAKEN_BACK


def _give(
    course: CanvasCourse, assignment: Assignment, number: str, before: BeforeWriting, *, began: bool
) -> Effect:
    if assignment.has_from_us(number):
        return Effect.WRITTEN if began else Effect.HAS_IT
    effect = assignment.effect_for(number)
    if effect is Effect.NOT_PUBLISHED:
        raise refused_effect(effect)
    if effect is not Effect.WRITTEN:
        return effect
    trace = {"assignment": assignment.number, "student": number}
    place = f"assignments/{assignment.number}/overrides"
    if assignment.ours is None:
        before(trace)
        _send(course, "POST", place, new_override(number))
        return Effect.WRITTEN
    _replace(course, assignment.number, assignment.ours, plus=number, before=lambda: before(trace))
    return Effect.WRITTEN


def _replace(
    course: CanvasCourse,
    assignment: str,
    override: Override,
    *,
    plus: str = "",
    without: str = "",
    before: Callable[[], None],
) -> None:
    """Our override with one student more or less; without any student it is deleted."""
    # An account that sees only some students would send back only those, and take it from the others.
    course.check_that_all_sections_are_seen()
    students = [student for student in override.students if student != without]
    if plus:
        students.append(plus)
    place = f"assignments/{assignment}/overrides/{override.number}"
    before()
    if students:
        _send(course, "PUT", place, override.with_students(students))
    else:
        _send(course, "DELETE", place)


def _send(course: CanvasCourse, method: str, path: str, override: Mapping[str, Any] | None = None) -> None:
    try:
        course.send(method, path, None if override is None else {"assignment_override": override})
    except PlatformRefused as refusal:
        if refusal.http_status not in _GONE:
            raise
        raise changed_meanwhile() from None


def _line(course: CanvasCourse, student: Student, assignment: Assignment | None, step: Step) -> Line:
    if step.column is None:
        return Line(student.key, Effect.NO_COLUMN)
    if assignment is None:
        return Line(student.key, Effect.COLUMN_GONE, step.column.title)
    number = _number(course, student)
    if not number:
        return Line(student.key, Effect.NOT_IN_COURSE, assignment.title)
    effect = Effect.HAS_IT if assignment.has_from_us(number) else assignment.effect_for(number)
    return Line(student.key, effect, assignment.title)


def _course(access: Access) -> CanvasCourse:
    return CanvasCourse(access, CANVAS_OVERRIDE_REFUSALS)


def _number(course: CanvasCourse, student: Student) -> str:
    return student.native_id or course.number_of(student.user_id)


def _find(course: CanvasCourse, column: StepColumn) -> Assignment | None:
    """The assignment of a column: by its number; else by the link it was made for; else the only one so called."""
    if column.key.startswith(_NATIVE):
        return _read(course, column.key.removeprefix(_NATIVE))
    listed = course.items("assignments", _ASSIGNMENTS)
    # Assignments have no number of the column that the tool sees. The id of the link is the same (Assignment's
    # `lti_context_id`), where it was made for one.
    linked = [
        item
        for item in listed
        if column.resource_link_id and item.get("lti_context_id") == column.resource_link_id
    ]
    titled = [item for item in listed if wire_text(item.get("name")) == column.title]
    for found in (linked, titled):
        if len(found) == 1:
            return _read(course, canvas_number(found[0].get("id")))
    return None


def _read(course: CanvasCourse, number: str) -> Assignment | None:
    place = f"assignments/{canvas_number(number)}"
    document = course.found(place, _WHO_SEES_IT)
    if document is None:
        course.check_that_all_sections_are_seen()  # raises where it is the course that cannot be seen
        return None
    return read_assignment(document, course.items(f"{place}/overrides", _MANY), number=number)
