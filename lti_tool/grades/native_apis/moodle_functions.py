"""The functions of Moodle's web services that Waymark calls, and which of them each use needs.

Whoever runs Moodle makes a service of exactly these functions (docs.moodle.org, "Using web services"): nothing is called
that is not listed for its use, since `MoodleCourse.ask` refuses that. What each does: github.com/moodle/moodle,
`public/lib/db/services.php` and `public/grade/report/user/db/services.php`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class MoodleFunction(StrEnum):
    """A function by its name there."""

    GRADE_ITEMS = "gradereport_user_get_grade_items"
    SITE_INFO = "core_webservice_get_site_info"
    COURSE_CONTENTS = "core_course_get_contents"
    COURSE_GROUPS = "core_group_get_course_groups"
    GROUP_MEMBERS = "core_group_get_group_members"
    CREATE_GROUPS = "core_group_create_groups"
    ADD_GROUP_MEMBERS = "core_group_add_group_members"
    DELETE_GROUP_MEMBERS = "core_group_delete_group_members"
    SEND_MESSAGES = "core_message_send_instant_messages"
    GET_MESSAGES = "core_message_get_messages"


Functions = frozenset[MoodleFunction]

READING: Final = frozenset({MoodleFunction.GRADE_ITEMS})
# Says which functions a token may call, so that a test need not try them.
TESTING: Final = frozenset({MoodleFunction.SITE_INFO})


def permitted_functions(site: Mapping[str, Any]) -> frozenset[str]:
    """What a token may call, by the answer of SITE_INFO. Raises ValueError where that does not say it."""
    functions = site.get("functions")
    if not isinstance(functions, list) or not all(isinstance(one, dict) for one in functions):
        raise ValueError("no list of functions")
    names = [one.get("name") for one in functions]
    if not all(isinstance(name, str) for name in names):
        raise ValueError("a function without a name")
    return frozenset(map(str, names))
