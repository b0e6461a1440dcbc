"""The calls to Moodle's web services about one course: how they are written, and what their answers mean.

Source: `webservice/rest/locallib.php` in github.com/moodle/moodle; answers and refusals were recorded from a Moodle
5.1. The token goes in the body: addresses are logged. Every call is a POST and is sent once: whether another try is
safe is for its caller to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import raise_for_status, unreadable_answer
from lti_tool.grades.native_apis.moodle_functions import READING, Functions, MoodleFunction
from lti_tool.grades.native_apis.moodle_refusals import (
    BY_STATUS,
    CodeRefusals,
    error_code,
    is_about_nobody,
    refusal,
)
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.launch.wire import read_json


@dataclass(frozen=True, slots=True)
class MoodleCourse:
    """One course, called with the token of `access`.

    `functions` are those that the use of the course needs; no other is called. `refusals` has code and sentence for refusals that mean something else than at a reading of the gradebook.
    """

    access: Access
    functions: Functions = READING
    refusals: CodeRefusals = field(default_factory=dict)

    @property
    def number(self) -> str:
        """Moodle's own id of the course."""
        return self.access.place.course

    def ask(self, function: MoodleFunction, **arguments: Any) -> Any:
        """What a function answers. Raises PlatformError for a refusal, with Moodle's code of it in `detail`."""
        if function not in self.functions:
            raise ValueError(f"{function} is not listed as needed for this.")
        response = self.access.outbound.post(
            f"{self.access.place.root}/webservice/rest/server.php",
            data={
                "wstoken": self.access.secret,
                "wsfunction": function.value,
                "moodlewsrestformat": "json",
                **dict(_flat(arguments)),
            },
            headers={"Accept": "application/json"},
        )
        raise_for_status(response, now=self.access.clock(), refusals=BY_STATUS)
        try:
            document = read_json(response.content)
        except ValueError:
            raise unreadable_answer(status=response.status_code) from None
        code = error_code(document)
        if code is not None:
            raise refusal(code, function=function, refusals=self.refusals)
        return document


def is_user_id(user_id: str) -> bool:
    """Whether what launches call `sub` can be a user of Moodle."""
    return user_id.isascii() and user_id.isdigit()


def student_report(course: MoodleCourse, user_id: str) -> Any:
    """The grade items of one student, see `moodle_reports`; None when Moodle does not know the person."""
    if not is_user_id(user_id):
        return None
    try:
        return course.ask(MoodleFunction.GRADE_ITEMS, courseid=course.number, userid=user_id)
    except PlatformRefused as error:
        if is_about_nobody(error.detail):
            return None
        raise


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Lists and objects as PHP reads them from a form: `members[0][userid]`."""
    if not isinstance(value, dict | list):
        yield name, str(value)
        return
    for key, part in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _flat(part, f"{name}[{key}]" if name else str(key))
