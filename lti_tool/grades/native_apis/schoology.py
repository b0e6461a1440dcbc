"""Schoology's REST API v1, with the consumer key and secret of a teacher or of the school.

Source: developers.schoology.com, "Authentication" (two-legged OAuth 1.0a: HMAC-SHA1, realm "Schoology API", an empty
`oauth_token` that is sent nevertheless), "Enrollment", "Assignment" and "Grade", read in the copy
github.com/KTibow/schoology-docs-md; how lists are paged also in github.com/Ed-Fi-Exchange-OSS/LMS-Toolkit,
`src/schoology-extractor` (`links.next`). No traffic was recorded.

- The section's number is not in launches' addresses; it stands in the address of the course
  (app.schoology.com/course/12345), so a teacher has to say it.
- `grade_items` and not `assignments`: discussions and tests are graded, too, and `limit` counts differently there.
- Whether each list names its next page is unconfirmed (the documented sample of `grades` has no `links`). A list that
  does not is asked on by `start` until it has as many rows as its `total` says, or brings nothing new.
- Whether a student's own key is answered with that student's grades alone is unconfirmed, and nothing in the answer
  would tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Access, CourseAddresses, Place, Reading
from lti_tool.grades.native_apis.schoology_calls import SchoologySection, list_of_rows, rows_named
from lti_tool.grades.native_apis.schoology_lists import (
    Row,
    read_grades,
    read_items,
    read_students,
    to_gradebook,
)

_ISSUER = "https://schoology.schoology.com"
_ROOT = "https://api.schoology.com/v1"


class SchoologyApi:
    """The gradebook of a Schoology course section; see `native_api.NativeApi`."""

    product = Product.SCHOOLOGY
    has_key = True
    has_outcomes = False
    needs: frozenset[str] = frozenset()
    needs_for_test: frozenset[str] = frozenset()

    def offers(self, course: CourseAddresses) -> Place | None:
        """One issuer serves all schools; the section's number has to be said."""
        return Place(Product.SCHOOLOGY, _ROOT) if course.issuer == _ISSUER else None

    def read(
        self,
        access: Access,
        *,
        user_ids: Sequence[str],
        native_ids: Mapping[str, str],
        with_outcomes: bool = False,
    ) -> Reading:
        """The whole gradebook. Nobody is known by an id of launches: see `schoology_lists`."""
        section = SchoologySection(access)
        enrollments = section.rows("enrollments", rows_named("enrollment"))
        items = section.rows("grade_items", rows_named("assignment"))
        grades = section.rows("grades", _rows_of_grades)
        try:
            gradebook = to_gradebook(read_students(enrollments), read_items(items), read_grades(grades))
        except ValueError:
            raise unreadable_answer(status=200) from None
        return Reading(gradebook, {})

    def permitted(self, access: Access) -> frozenset[str]:
        """There is no such list."""
        return self.needs


def _rows_of_grades(document: Mapping[str, Any]) -> list[Row]:
    """Grades lie one level deeper; what is said of periods and final grades beside them is worked out."""
    grades = document.get("grades")
    # An empty object of PHP's may be written as an empty list.
    return [] if grades == [] else list_of_rows(grades.get("grade") if isinstance(grades, dict) else None)
