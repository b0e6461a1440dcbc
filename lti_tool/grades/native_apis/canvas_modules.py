"""Where an assignment stands in a Canvas course: the title of its module, and its place among all items.

Sources: developerdocs.instructure.com/services/canvas (Modules, Assignments) and github.com/instructure/canvas-lms,
`app/controllers/context_modules_api_controller.rb`. Modules and items come in the order of the course. An item names a
quiz or a discussion by its own number; the assignment behind it says that number. One that stands in several modules
counts at the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lti_tool.grades.gradebooks.gradebook import Product, column_key
from lti_tool.grades.native_apis.native_api import CoursePlace
from lti_tool.launch.wire import wire_id, wire_object, wire_text

Item = Mapping[str, Any]


def course_places(
    modules: Iterable[tuple[Item, Sequence[Item]]], assignments: Sequence[Item]
) -> dict[str, CoursePlace]:
    """The places of assignments, by the keys of their columns; `modules` are given with their items."""
    numbers = _numbers(assignments)
    found: dict[str, CoursePlace] = {}
    for module, items in modules:
        title = wire_text(module.get("name"))
        for item in items:
            number = numbers.get((wire_text(item.get("type")), wire_id(item.get("content_id"))))
            if number is not None:
                key = column_key(Product.CANVAS, number=number)
                found.setdefault(key, CoursePlace(title, len(found)))
    return found


def _numbers(assignments: Sequence[Item]) -> dict[tuple[str, str], str]:
    """Which assignment an item is, by its type and number."""
    found: dict[tuple[str, str], str] = {}
    for assignment in assignments:
        number = wire_id(assignment.get("id"))
        found["Assignment", number] = number
        quiz = wire_id(assignment.get("quiz_id"))
        discussion = wire_id(wire_object(assignment, "discussion_topic").get("id"))
        for kind, named in (("Quiz", quiz), ("Discussion", discussion)):
            if named:
                found[kind, named] = number
    return found
