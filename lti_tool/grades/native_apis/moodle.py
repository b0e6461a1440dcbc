"""Moodle's web services, with a token that whoever runs Moodle made for a service account.

One function is used, `gradereport_user_get_grade_items`, which tells a whole course in one answer. Source:
github.com/moodle/moodle, `public/grade/report/user/classes/external/user.php` (the tree of Moodle 5.1 and later); a
whole course and some refusals were recorded from a Moodle 5.1. User ids are what launches call `sub`.

- It lists the enrolled users with a role of the gradebook (site setting "Graded roles", students by default), so no
  teachers; suspended ones only if the account may see them (`graded_users_iterator` in `grade/lib.php`). All of
  them stay rows: whom launches do not know is named by the preview.
- Where the course has groups and the account lacks the right moodle/site:accessallgroups, it lists **one group** and
  says nothing about it. Nobody is listed while the course total waits to be worked out. So students whom launches
  know and whom the answer lacks are asked for one by one, which tells whether there is more: they have a report, or
  they are in a group that is closed to the account. The same is done for all where one answer would be too big
  or take too long. Unconfirmed on a real site: this was read in older versions of `lib/grouplib.php`
  (`groups_get_course_group`) and `grade/lib.php`; it is logged when somebody had to be asked for alone.
- What the account may not see is left out without a word: grades that are hidden (moodle/grade:viewhidden) and
  activities that are hidden or restricted (moodle/course:viewhiddenactivities,
  moodle/course:ignoreavailabilityrestrictions). Unconfirmed: that the role "Teacher" has all of these rights
  on every site.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from lti_tool.errors import PlatformError, PlatformRefused
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.moodle_calls import MoodleCourse, student_report
from lti_tool.grades.native_apis.moodle_functions import (
    READING,
    TESTING,
    MoodleFunction,
    permitted_functions,
)
from lti_tool.grades.native_apis.moodle_reports import Report, read_reports, to_gradebook
from lti_tool.grades.native_apis.native_api import Access, CourseAddresses, Place, Reading
from lti_tool.grades.service_client import MAXIMUM_PAGES
from lti_tool.launch.addresses import origin

logger = structlog.get_logger(__name__)

_SERVICES = "/mod/lti/services.php/"
_MEMBERSHIPS = re.compile(r"CourseSection/(?P<course>[0-9]{1,18})/bindings/[^/?#]+/memberships(?:\?.*)?")
_LINE_ITEMS = re.compile(r"(?P<course>[0-9]{1,18})/lineitems(?:\?.*)?")
_TOO_MUCH = frozenset({"platform.answer_too_big", "platform.timeout"})


class MoodleApi:
    """The gradebook of a Moodle course; see `native_api.NativeApi`."""

    product = Product.MOODLE
    has_key = False
    has_outcomes = False
    needs: frozenset[str] = READING
    needs_for_test: frozenset[str] = TESTING

    def offers(self, course: CourseAddresses) -> Place | None:
        """Moodle's issuer is its own root, which may have a path, and the services lie below it."""
        numbers = {
            _course_number(address, form, root=course.issuer)
            for address, form in (
                (course.memberships_url, _MEMBERSHIPS),
                (course.line_items_url, _LINE_ITEMS),
            )
            if address
        }
        if numbers != {course.context_id} or not origin(course.issuer):
            return None
        return Place(Product.MOODLE, course.issuer, course.context_id)

    def read(
        self,
        access: Access,
        *,
        user_ids: Sequence[str],
        native_ids: Mapping[str, str],
        with_outcomes: bool = False,
    ) -> Reading:
        """The whole gradebook. Nothing has to be remembered for the next reading: ids are the launches' own."""
        course = MoodleCourse(access)
        reports = {report.student.user_id: report for report in _whole_course(course, alone=bool(user_ids))}
        missing = [user_id for user_id in dict.fromkeys(user_ids) if user_id not in reports]
        if len(missing) > MAXIMUM_PAGES:
            raise PlatformRefused(
                "platform.answer_too_big", "This course has too many students to be read one by one."
            )
        for user_id in missing:
            report = _one_student(course, user_id)
            if report is not None:
                reports[user_id] = report
        if missing:
            logger.info("native.moodle_asked_one_by_one", asked=len(missing), students=len(reports))
        return Reading(to_gradebook(list(reports.values())), {})

    def permitted(self, access: Access) -> frozenset[str]:
        """Moodle tells itself what a token may call."""
        site = MoodleCourse(access, TESTING).ask(MoodleFunction.SITE_INFO)
        try:
            return permitted_functions(site if isinstance(site, dict) else {})
        except ValueError:
            raise unreadable_answer(status=200) from None


def _course_number(address: str, form: re.Pattern[str], *, root: str) -> str:
    """The course in a service address of this Moodle; empty when it is none."""
    start = f"{root}{_SERVICES}"
    found = form.fullmatch(address.removeprefix(start)) if address.startswith(start) else None
    return found["course"] if found else ""


def _whole_course(course: MoodleCourse, *, alone: bool) -> list[Report]:
    """All reports in one answer; none of them where that is too much for one answer and `alone` is possible."""
    try:
        return _reports(course, course.ask(MoodleFunction.GRADE_ITEMS, courseid=course.number))
    except PlatformError as error:
        if error.code in _TOO_MUCH and alone:
            return []
        raise


def _one_student(course: MoodleCourse, user_id: str) -> Report | None:
    """The report of one student; None when Moodle does not know the person."""
    document = student_report(course, user_id)
    if document is None:
        return None
    reports = _reports(course, document)
    if [report.student.user_id for report in reports] != [user_id]:
        raise unreadable_answer(status=200)
    return reports[0]


def _reports(course: MoodleCourse, document: Any) -> list[Report]:
    try:
        return read_reports(document, course=course.number)
    except ValueError:
        raise unreadable_answer(status=200) from None
