"""Schoology: give an assignment that is for some students only to one student more, and take that back.

Source: developers.schoology.com, "Assignment" and "Grading Groups", read in the copy
github.com/KTibow/schoology-docs-md; no traffic was recorded. Assignees are numbers of enrollments, not of users. An
assignment without assignees and without grading groups is for everybody, and an empty list takes all assignees away:
so none is ever sent, and the last assignee stays.

An assignee has no sign of who added it: whom the teacher had assigned before our change is never taken out, and after a
try whose answer was lost, a student who is there counts as added by us.

Unconfirmed, and therefore left alone: what becomes of files and links where a change does not name them. That a change
leaves out what stays as it is, is shown by the documented sample; what was changed is read again, and logged where it
is something else (`channel.schoology_unconfirmed`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog

from lti_tool.grades.channels.channel import BeforeWriting, Effect, Line, Step, StepColumn, Student, Trace
from lti_tool.grades.channels.refusals import (
    SCHOOLOGY_ASSIGNEES_REFUSALS,
    changed_meanwhile,
    refused_effect,
    visibility_hidden,
)
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.gradebooks.gradebook import Product, column_key
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.grades.native_apis.schoology_calls import SchoologySection, rows_named
from lti_tool.launch.wire import wire_id, wire_text

logger = structlog.get_logger(__name__)

_NATIVE = column_key(Product.SCHOOLOGY, number="-").removesuffix("-")
_ACTIVE = "1"


class SchoologyAssignees:
    """See `Channel`."""

    name = "schoology_assignees"
    product = Product.SCHOOLOGY
    needs_column = True
    can_be_undone = True
    needs: frozenset[str] = frozenset()
    harmless_to_repeat = True

    def describe(self, access: Access, steps: Sequence[tuple[Student, Step]]) -> tuple[Line, ...]:
        """See `Channel`. Each assignment is read once."""
        section = _section(access)
        enrolled = active_students(section)
        columns = {step.column for _student, step in steps if step.column is not None}
        found = {column: _find(section, column) for column in columns}
        return tuple(
            _line(section, student, found[step.column], step.column, enrolled)
            if step.column
            else Line(student.key, Effect.NO_COLUMN)
            for student, step in steps
        )

    def put(
        self, access: Access, student: Student, step: Step, *, trace: Trace | None, before: BeforeWriting
    ) -> Effect:
        """See `Channel`."""
        if step.column is None:
            return Effect.NO_COLUMN
        section = _section(access)
        if student.native_id not in active_students(section):
            raise refused_effect(Effect.NOT_IN_COURSE)
        assignment = _find(section, step.column)
        if assignment is None:
            raise refused_effect(Effect.COLUMN_GONE)
        effect = _effect(section, assignment, student.native_id)
        if effect in {Effect.NOT_PUBLISHED, Effect.NOT_SAFE}:
            raise refused_effect(effect)
        if effect is not Effect.WRITTEN:
            return effect
        before({"assignment": assignment.number, "enrollment": student.native_id})
        _assign(section, assignment, (*assignment.assignees, student.native_id))
        return Effect.WRITTEN

    def is_there(self, access: Access, student: Student, step: Step, trace: Trace) -> bool:
        """See `Channel`."""
        assignment = _read(_section(access), trace["assignment"])
        return assignment is not None and trace["enrollment"] in assignment.assignees

    def withdraw(
        self, access: Access, student: Student, trace: Trace, *, before: Callable[[], None]
    ) -> Effect:
        """See `Channel`. The last assignee stays: without any, everybody would have the assignment."""
        section, enrollment = _section(access), trace["enrollment"]
        assignment = _read(section, trace["assignment"])
        if assignment is None or enrollment not in assignment.assignees:
            return Effect.TAKEN_BACK
        others = tuple(one for one in assignment.assignees if one != enrollment)
        if not others:
            return Effect.LEFT_LAST
        if assignment.has_attachments:
            return Effect.LEFT
        before()
        _assign(section, assignment, others)
        return Effect.TAKEN_BACK


@dataclass(frozen=True, slots=True)
class _Assignment:
    """An assignment with whom it is given to: enrollments and grading groups; neither is everybody."""

    number: str
    title: str
    is_published: bool
    assignees: tuple[str, ...] = field(repr=False)
    groups: frozenset[str]
    has_attachments: bool


def active_students(section: SchoologySection) -> dict[str, str]:
    """The user numbers of those who are enrolled now, by the numbers of their enrollments."""
    rows = section.rows("enrollments", rows_named("enrollment"))
    return {
        wire_id(row.get("id")): wire_id(row.get("uid"))
        for row in rows
        if wire_id(row.get("id")) and wire_id(row.get("status", _ACTIVE)) == _ACTIVE
    }


def _effect(section: SchoologySection, assignment: _Assignment, enrollment: str) -> Effect:
    if not assignment.is_published:
        return Effect.NOT_PUBLISHED
    if not assignment.assignees and not assignment.groups:
        return Effect.HAS_IT
    if enrollment in assignment.assignees or enrollment in _members(section, assignment.groups):
        return Effect.HAS_IT
    return Effect.NOT_SAFE if assignment.has_attachments else Effect.WRITTEN


def _members(section: SchoologySection, groups: frozenset[str]) -> frozenset[str]:
    """The enrollments that are in one of these grading groups."""
    if not groups:
        return frozenset()
    rows = section.rows("grading_groups", rows_named("grading_groups"))
    found: set[str] = set()
    for row in rows:
        members = row.get("members")
        if wire_id(row.get("id")) in groups:
            if not isinstance(members, list):
                raise unreadable_answer(status=200)
            found |= set(map(wire_id, members))
    return frozenset(found)


def _assign(section: SchoologySection, assignment: _Assignment, assignees: tuple[str, ...]) -> None:
    """Give it to exactly these, and look whether that is what became of it."""
    if not assignees:
        raise ValueError("an empty list would give the assignment to everybody")
    place = f"assignments/{assignment.number}"
    section.change(place, {"title": assignment.title, "assignees": [int(one) for one in assignees]})
    after = _read(section, assignment.number)
    if after is None or set(after.assignees) != set(assignees):
        raise changed_meanwhile()
    if (after.groups, after.is_published) != (assignment.groups, assignment.is_published):
        logger.warning("channel.schoology_unconfirmed", what="a change of assignees", assignment=after.number)


def _line(
    section: SchoologySection,
    student: Student,
    assignment: _Assignment | None,
    column: StepColumn,
    enrolled: Mapping[str, str],
) -> Line:
    if assignment is None:
        return Line(student.key, Effect.COLUMN_GONE, column.title)
    if student.native_id not in enrolled:
        return Line(student.key, Effect.NOT_IN_COURSE, assignment.title)
    return Line(student.key, _effect(section, assignment, student.native_id), assignment.title)


def _section(access: Access) -> SchoologySection:
    return SchoologySection(access, SCHOOLOGY_ASSIGNEES_REFUSALS)


def _find(section: SchoologySection, column: StepColumn) -> _Assignment | None:
    """The assignment of a column: by its number, else the only one so called."""
    if column.key.startswith(_NATIVE):
        return _read(section, column.key.removeprefix(_NATIVE))
    listed = section.rows("assignments", rows_named("assignment"))
    titled = [row for row in listed if wire_text(row.get("title")) == column.title]
    return _read(section, wire_id(titled[0].get("id"))) if len(titled) == 1 else None


def _read(section: SchoologySection, number: str) -> _Assignment | None:
    if not (number.isascii() and number.isdigit()):
        return None
    document = section.found(f"assignments/{number}?with_attachments=TRUE")
    if document is None:
        active_students(section)  # raises where it is the section that cannot be seen
        return None
    if wire_id(document.get("id")) != number or not isinstance(document.get("title"), str):
        raise unreadable_answer(status=200)
    if "assignees" not in document:
        raise visibility_hidden()
    return _Assignment(
        number=number,
        title=document["title"],
        is_published=wire_id(document.get("published", 1)) != "0",
        assignees=_numbers(document["assignees"]),
        groups=frozenset(_numbers(document.get("grading_group_ids", []))),
        has_attachments=bool(document.get("attachments")),
    )


def _numbers(value: Any) -> tuple[str, ...]:
    found = tuple(map(wire_id, value)) if isinstance(value, list) else ("",)
    if not all(number.isascii() and number.isdigit() for number in found):
        raise unreadable_answer(status=200)
    return found
