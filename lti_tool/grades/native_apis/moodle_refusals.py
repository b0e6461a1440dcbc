"""From what Moodle's web services answer instead of a result to an error of ours.

They refuse with HTTP status 200 and a document `{"exception", "errorcode", "message"}` (recorded from a Moodle 5.1;
`webservice/rest/locallib.php`, `generate_error`). The message may quote names, so only the code is looked at. A
status of its own comes from the web server, or from Moodle where web services are switched off.

Recorded are invalidtoken, accessexception, errorcoursecontextnotvalid and invalidparameter; read in the source
nopermissiontoviewgrades, notingroup, invalidrecord, invalidcourseid, invaliduser, sitemaintenance and the codes of
`lib/dmllib.php`. The other codes, and status 403 where web services are off, are unconfirmed; the code of a refusal is
kept in `detail`, which is logged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.grades.native_apis.moodle_functions import MoodleFunction

# Code and sentence for a code of Moodle's; `{function}` in it is what was called.
CodeRefusals = Mapping[str, tuple[str, str]]

_TOKEN_REFUSED = (
    "native.token_refused",
    "Moodle does not accept this token: it is wrong, or it has run out. Ask whoever runs Moodle for a new one, and "
    "paste that here.",
)
_FUNCTION_MISSING = (
    "native.not_permitted",
    "Moodle does not let this token do what is needed, or it has just run out. Ask whoever runs Moodle to add the "
    "function {function} to its web service, and to let its account use that (webservice/rest:use).",
)
_RIGHT_MISSING = (
    "native.not_permitted",
    "The account of this token may not see all grades of this course. Ask whoever runs Moodle to make it a teacher of "
    "the course, with the rights gradereport/user:view and moodle/grade:viewall.",
)
_NOT_IN_COURSE = (
    "native.not_permitted",
    "The account of this token cannot enter this course. Ask whoever runs Moodle to enrol it there as a teacher.",
)
_ONE_GROUP_ONLY = (
    "native.not_permitted",
    "The account of this token sees only some groups of this course. Ask whoever runs Moodle to give it the right "
    "moodle/site:accessallgroups there.",
)
_HIDDEN_GRADES = (
    "native.not_permitted",
    "The account of this token may not see hidden grades. Ask whoever runs Moodle to give it the right "
    "moodle/grade:viewhidden in this course.",
)
_REPORT_HIDES = (
    "native.not_permitted",
    "This course hides grades or their ranges in its user report, so Waymark cannot read them. In Moodle, open Grades, "
    "then Course grade settings, and set “Show grades” and “Show ranges” to “Show”.",
)
_NO_COURSE = (
    "native.course_not_found",
    "Moodle does not have this course any more. Open Waymark again from the course.",
)
_SWITCHED_OFF = (
    "native.not_permitted",
    "This Moodle site does not let web services in. Ask whoever runs Moodle to switch on web services with the REST "
    "protocol, and to let Waymark's server reach webservice/rest/server.php.",
)

# By the `errorcode`. An expired token, too, is an "accessexception" the first time, and unknown afterwards.
_BY_CODE: CodeRefusals = {
    "invalidtoken": _TOKEN_REFUSED,
    "invalidtimedtoken": _TOKEN_REFUSED,
    "accessexception": _FUNCTION_MISSING,
    "nopermissions": _RIGHT_MISSING,
    "nopermissiontoviewgrades": _RIGHT_MISSING,
    "notingroup": _ONE_GROUP_ONLY,
    "errorcoursecontextnotvalid": _NOT_IN_COURSE,
    "invalidrecord": _NO_COURSE,
    "invalidrecordunknown": _NO_COURSE,
    "invalidcourseid": _NO_COURSE,
}
# For a while: maintenance, an upgrade, a database that does not answer (`lib/dmllib.php`).
_PASSING = frozenset(
    {"sitemaintenance", "upgraderunning", "dbconnectionfailed", "dmlreadexception", "dmlwriteexception"}
)
# What is said of a person who is asked for alone and has no account any more (`core_user::require_active_user`).
_NOBODY = frozenset({"invaliduser", "userdeleted", "usernotconfirmed", "guestsarenotallowed"})
_WORD = re.compile(r"[A-Za-z]{1,64}")

BY_STATUS = {401: _SWITCHED_OFF, 403: _SWITCHED_OFF, 404: _SWITCHED_OFF}


def error_code(document: Any) -> str | None:
    """The code of an answer that is a refusal (empty if it has none that can be used); None if it is no refusal."""
    if not isinstance(document, dict) or not document.keys() & {"exception", "errorcode"}:
        return None
    code = document.get("errorcode")
    return code if isinstance(code, str) and _WORD.fullmatch(code) else ""


def refusal(
    code: str, *, function: str = MoodleFunction.GRADE_ITEMS, refusals: CodeRefusals | None = None
) -> PlatformError:
    """The error that a code means, as an answer of this function. `refusals` mean something else there."""
    if code in _PASSING:
        return not_ready(detail=code)
    known = {**_BY_CODE, **(refusals or {})}
    if code in known:
        ours, message = known[code]
        return PlatformRefused(ours, message.format(function=function), detail=code, http_status=200)
    return PlatformRefused(
        "platform.rejected",
        "Moodle did not accept the request; tell whoever runs Waymark.",
        detail=code,
        http_status=200,
    )


def is_about_nobody(code: str) -> bool:
    """Whether a question about one person was refused because there is no such person."""
    return code in _NOBODY


def report_hides() -> PlatformRefused:
    """The course's user report leaves out what the reading needs."""
    return PlatformRefused(*_REPORT_HIDES)


def hidden_grades() -> PlatformRefused:
    """There are grades that this account may not see."""
    return PlatformRefused(*_HIDDEN_GRADES)


def not_ready(*, detail: str) -> PlatformUnavailable:
    """Moodle cannot tell the grades at the moment."""
    return PlatformUnavailable(
        "platform.failed",
        "Moodle cannot answer at the moment; Waymark tries again by itself.",
        detail=detail,
        http_status=200,
    )
