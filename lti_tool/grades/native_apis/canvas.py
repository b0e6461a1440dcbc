"""Canvas: the REST API, with an access token: made by somebody in the own account, or agreed to (`canvas_oauth`).

Sources: developerdocs.instructure.com/services/canvas (Assignments, Submissions, Courses, Enrollments; "Object IDs",
"Pagination", "Throttling") and github.com/instructure/canvas-lms, where the documents are silent. What matters here:

- The gradebook is the assignments of the course, its students, and the "submissions", which are the cells.
- Asked for all students' submissions, Canvas answers an account that may see only its own, or those of some
  sections, with these: a part that looks like the whole (`SubmissionsApiController#for_students`). So the account's
  permissions, and whether all its enrolments are limited to sections, are asked for first.
- Users are named by Canvas's own numbers. Who that is in launches is asked with `lti_1_3_id:<sub>` in place of the
  number, once for each person: no list of users tells it (`include[]=lti_id` gives the id of LTI 1.1).

The library `canvasapi` is not used. It writes addresses, whole answers with students' names and the last four
characters of the token to the log; it reads answers with its own JSON reader; it takes a redirect for a success, and
a next page elsewhere ends in an AttributeError; it has no limit to the number of pages; and its errors no longer hold
the header that tells Canvas's throttling from a missing right.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import structlog

from lti_tool.errors import PlatformError
from lti_tool.grades.failures import canvas_not_permitted, canvas_outcomes_refused
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.canvas_calls import CanvasCourse
from lti_tool.grades.native_apis.canvas_gradebook import (
    canvas_gradebook,
    canvas_number,
    may_see_all_grades,
)
from lti_tool.grades.native_apis.canvas_modules import course_places
from lti_tool.grades.native_apis.canvas_outcomes import canvas_outcomes
from lti_tool.grades.native_apis.native_api import Access, CourseAddresses, Place, Reading
from lti_tool.grades.native_apis.outcomes import Outcomes
from lti_tool.launch.addresses import origin

logger = structlog.get_logger(__name__)

# Names and roles, and assignments and grades: `config/routes.rb`, "lti/ims".
_SERVICE = re.compile(r"/api/lti/courses/([0-9]{1,19})/(?:names_and_roles|line_items)")

_RIGHTS = [("permissions[]", "view_all_grades"), ("permissions[]", "manage_grades")]
# With the description of each, which may hold much: 100 of them might be more than an answer may weigh.
_ASSIGNMENTS = [("per_page", "50")]
_STUDENTS = [("enrollment_type[]", "student"), ("per_page", "100")]
# `response_fields` leaves the students' own work at Canvas (`Api::V1::Submission#submission_attempt_json`); a version
# that does not know it sends all.
_FIELDS = ("user_id", "assignment_id", "score", "excused", "graded_at", "posted_at", "workflow_state")
_SUBMISSIONS = [
    ("student_ids[]", "all"),
    ("per_page", "100"),
    *(("response_fields[]", field) for field in _FIELDS),
]
# Canvas leaves the items of a long module out, and of all modules for a key without "Allow include parameters".
_MODULES = [("include[]", "items"), ("per_page", "50")]
_MODULE_ITEMS = [("per_page", "100")]
# Two lists instead of one with `include[]`, which a key without "Allow include parameters" does not get.
_OUTCOMES = [("outcome_style", "full"), ("per_page", "100")]
_RESULTS = [("per_page", "100")]


class CanvasApi:
    """The gradebook API of Canvas, see `NativeApi`."""

    product: Product = Product.CANVAS
    has_key: bool = False
    has_outcomes: bool = True
    needs: frozenset[str] = frozenset()
    needs_for_test: frozenset[str] = frozenset()

    def offers(self, course: CourseAddresses) -> Place | None:
        """The course that all of the service addresses name, if they are Canvas's."""
        urls = [url for url in (course.memberships_url, course.line_items_url) if url]
        places = {_place(url) for url in urls}
        return places.pop() if len(places) == 1 else None

    def read(
        self,
        access: Access,
        *,
        user_ids: Sequence[str],
        native_ids: Mapping[str, str],
        with_outcomes: bool = False,
    ) -> Reading:
        """The whole gradebook, see `NativeApi`."""
        course = CanvasCourse(access)
        _check_that_all_is_seen(course)
        assignments = course.items("assignments", _ASSIGNMENTS)
        students = course.items("users", _STUDENTS)
        submissions = course.items("students/submissions", _SUBMISSIONS)
        numbers = {user_id: native_ids.get(user_id) or course.number_of(user_id) for user_id in user_ids}
        known = {user_id: number for user_id, number in numbers.items() if number}
        gradebook = canvas_gradebook(
            assignments, students, submissions, course=access.place.course, native_ids=known
        )
        modules = _modules(course)
        return Reading(
            gradebook,
            known,
            None if modules is None else course_places(modules, assignments),
            _outcomes(course, assignments, students, submissions) if with_outcomes else None,
        )

    def permitted(self, access: Access) -> frozenset[str]:
        """There is no such list."""
        return self.needs


def canvas_number_of(access: Access, user_id: str) -> str:
    """Canvas's number of the person whom launches call `user_id`; empty when the course has nobody of this id."""
    return CanvasCourse(access).number_of(user_id)


def _check_that_all_is_seen(course: CanvasCourse) -> None:
    """Raises PlatformRefused `native.not_permitted` unless the account sees everybody's grades."""
    if not may_see_all_grades(course.read("permissions", _RIGHTS)):
        raise canvas_not_permitted(status=200)
    course.check_that_all_sections_are_seen()


def _modules(course: CanvasCourse) -> list[tuple[Mapping[str, Any], list[Mapping[str, Any]]]] | None:
    """The modules of the course with their items; None where they could not be read: results matter more."""
    try:
        return [(module, _items_of(course, module)) for module in course.items("modules", _MODULES)]
    except PlatformError as error:
        logger.info("canvas.modules_not_read", code=error.code)
        return None


def _outcomes(
    course: CanvasCourse,
    assignments: Sequence[Mapping[str, Any]],
    students: Sequence[Mapping[str, Any]],
    submissions: Sequence[Mapping[str, Any]],
) -> Outcomes | PlatformError:
    """Outcomes and their results, or why they could not be read: the gradebook is whole without them."""
    try:
        links = course.items("outcome_group_links", _OUTCOMES)
        results = course.items("outcome_results", _RESULTS, under="outcome_results")
        return canvas_outcomes(
            links, results, assignments=assignments, students=students, submissions=submissions
        )
    except PlatformError as error:
        logger.info("canvas.outcomes_not_read", code=error.code, status=error.http_status)
        # The same token has just read everything else.
        return canvas_outcomes_refused(error) if error.code.startswith("native.") else error


def _items_of(course: CanvasCourse, module: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    items = module.get("items")
    if isinstance(items, list) and all(isinstance(item, dict) for item in items):
        return items
    return course.items(f"modules/{canvas_number(module.get('id'))}/items", _MODULE_ITEMS)


def _place(url: str) -> Place | None:
    root = origin(url)
    service = _SERVICE.fullmatch(urlsplit(url).path) if root else None
    return Place(Product.CANVAS, root, service[1]) if service else None
