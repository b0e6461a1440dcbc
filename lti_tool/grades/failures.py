"""From an HTTP answer of a service to an error of ours: is another try worth it, and what to do next.

Only this module reads statuses. Moodle's reason phrase quotes the request, so no text from the platform
goes into messages or logs.
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.http import retry_after_seconds

# Code and sentence for a status.
Refusals = Mapping[int, tuple[str, str]]


def raise_for_status(response: requests.Response, *, now: float, refusals: Refusals | None = None) -> None:
    """Raise the fitting PlatformError unless `response` is a success; `now` is a POSIX time."""
    if not is_success(response):
        raise failure(response, now=now, refusals=refusals)


def is_success(response: requests.Response) -> bool:
    """Whether what was asked for is in the answer."""
    return 200 <= response.status_code < 300


def failure(response: requests.Response, *, now: float, refusals: Refusals | None = None) -> PlatformError:
    """The error that an unsuccessful `response` means.

    `refusals` has code and sentence for the statuses that mean something else than at LTI's services: an LMS's own
    API is called with a credential that somebody of the school gave, and not for a registration.
    """
    status = response.status_code
    if status == 429 or (status == 403 and _is_throttling(response)):
        return PlatformUnavailable(
            "platform.throttled",
            "The learning platform asks Waymark to slow down; it goes on by itself.",
            http_status=status,
            retry_after_seconds=retry_after_seconds(response, now=now),
        )
    if status in {408, 425} or status >= 500:
        return PlatformUnavailable(
            "platform.failed",
            "The learning platform had a problem of its own; Waymark tries again by itself.",
            http_status=status,
            retry_after_seconds=retry_after_seconds(response, now=now),
            ambiguous=True,
        )
    known = _REFUSALS | dict(refusals or {})
    code, message = _REDIRECTED if status < 400 else known.get(status, _OTHER)
    return PlatformRefused(code, message, http_status=status)


def canvas_failure(
    response: requests.Response, *, now: float, refusals: Refusals | None = None
) -> PlatformError:
    """The error that an unsuccessful answer of Canvas's own API means.

    A token that is not valid is answered with 401 and `WWW-Authenticate`, one without the scopes with 401 and
    "Insufficient scopes on access token."; an account without the right with 401, by newer versions 403, and no such
    header (github.com/instructure/canvas-lms, `lib/authentication_methods.rb`; github.com/ucfopen/canvasapi,
    `requester.py`). The words are in the user's language, so the header is looked at first. `refusals` say what a
    missing right (403) and other statuses mean where it is not about reading the gradebook.
    """
    error = failure(response, now=now, refusals=_CANVAS | dict(refusals or {}))
    if isinstance(error, PlatformUnavailable):
        return error
    status = response.status_code
    if status == 401 and ("WWW-Authenticate" in response.headers or "access token" in answer_text(response)):
        return PlatformRefused("native.token_refused", _CANVAS_REFUSED, http_status=status)
    if status == 401:
        code, message = (_CANVAS | dict(refusals or {}))[403]
        return PlatformRefused(code, message, http_status=status)
    return error


def canvas_sign_in_failure(response: requests.Response, *, word: str, now: float) -> PlatformError:
    """The error that an unsuccessful answer of Canvas's token endpoint means; `word` is its own (RFC 6749, 5.2).

    Which words Canvas uses: see `native_apis.canvas_oauth`.
    """
    error = failure(response, now=now)
    if isinstance(error, PlatformUnavailable):
        return error
    status = response.status_code
    if status == 401 or word in {"invalid_client", "unauthorized_client"}:
        return PlatformRefused("native.developer_key", _CANVAS_KEY, detail=word, http_status=status)
    if word in {"invalid_grant", "invalid_request"}:
        return PlatformRefused("native.sign_in_ended", _CANVAS_ENDED, detail=word, http_status=status)
    return error


def canvas_token_unusable() -> PlatformRefused:
    """For what cannot be an access token at all and is therefore not sent."""
    return PlatformRefused("native.token_refused", _CANVAS_REFUSED)


def canvas_not_permitted(*, status: int) -> PlatformRefused:
    """The token is valid, but its account may not see everybody's grades."""
    return PlatformRefused("native.not_permitted", _CANVAS_RIGHTS, http_status=status)


def canvas_sees_a_part(*, status: int) -> PlatformRefused:
    """The token is valid, but its account sees only some of the course's sections."""
    return PlatformRefused("native.not_permitted", _CANVAS_SECTIONS, http_status=status)


def canvas_outcomes_refused(error: PlatformError) -> PlatformRefused:
    """The token reads the gradebook of the course, but not its outcomes."""
    return PlatformRefused("native.outcomes_refused", _CANVAS_OUTCOMES, http_status=error.http_status)


def answer_text(response: requests.Response) -> str:
    """Reason and body in small letters, without what they quote of our own request.

    For telling apart refusals that share a status; never for showing or logging.
    """
    # Moodle's "Incorrect score received{...}" repeats the whole score message in its reason.
    reason = (response.reason or "").split("{", 1)[0]
    return f"{reason} {response.text[:2000]}".casefold()


def unreadable_answer(*, status: int) -> PlatformUnavailable:
    """A success status with a body that is not what the service must answer, such as a sign-in page."""
    return PlatformUnavailable(
        "platform.answer_unreadable",
        "The learning platform's answer cannot be read; Waymark keeps what it had and tries again.",
        http_status=status,
    )


def _is_throttling(response: requests.Response) -> bool:
    # Canvas throttles with 403 (canvas.instructure.com/doc/api/file.throttling.html).
    remaining = response.headers.get("X-Rate-Limit-Remaining", "")
    try:
        exhausted = float(remaining) <= 0
    except ValueError:
        exhausted = False
    return exhausted or "rate limit" in answer_text(response)


_CANVAS_REFUSED = (
    "Canvas does not accept the access token: it is mistyped, expired or deleted. Make a new one in Canvas under "
    "Account → Settings → New Access Token and enter it in Waymark."
)
_CANVAS_KEY = (
    "Canvas does not know the key with which your school lets Waymark sign in: it was changed, or switched off. Tell "
    "the person who runs Waymark at your school."
)
_CANVAS_ENDED = (
    "Canvas no longer lets Waymark in with the account that agreed: it was withdrawn there, or the answer took too "
    "long. Press Connect and agree once more."
)
_CANVAS_RIGHTS = (
    "The Canvas account of the access token may not see everybody's grades in this course. Enter a token of a "
    "teacher of the course, or ask a Canvas administrator to give the account the permissions “Grades - view all "
    "grades” and “Users - view list”."
)
_CANVAS_SECTIONS = (
    "The Canvas account of the access token sees only its own sections of this course, so its gradebook would lack "
    "students. Enter a token of a teacher who sees all sections."
)
_CANVAS_OUTCOMES = (
    "Canvas does not let this connection read outcomes. Connect once more with your own account or a new token; if this "
    "stays, the school’s key for Waymark does not permit it yet."
)
_CANVAS_COURSE = (
    "Canvas no longer has this course, or hides it from the account of the access token. Enter a token of a teacher "
    "of the course."
)
_CANVAS = {
    403: ("native.not_permitted", _CANVAS_RIGHTS),
    404: ("native.course_not_found", _CANVAS_COURSE),
    410: ("native.course_not_found", _CANVAS_COURSE),
}
_OTHER = (
    "platform.rejected",
    "The learning platform did not accept the request; tell whoever runs Waymark.",
)
_REDIRECTED = (
    "platform.redirected",
    "The learning platform sends Waymark to another address, which is not followed; ask an administrator "
    "to correct the registration.",
)
_REFUSALS = {
    401: (
        "platform.not_authorised",
        "The learning platform does not let Waymark in; ask an administrator to check the registration.",
    ),
    403: (
        "platform.forbidden",
        "The learning platform does not permit this to Waymark; ask an administrator to grant the service.",
    ),
    404: (
        "platform.not_found",
        "The learning platform no longer has what Waymark asked for; open Waymark again from the course.",
    ),
    409: (
        "platform.conflict",
        "The learning platform holds something newer than what Waymark sent.",
    ),
}
_REFUSALS[410] = _REFUSALS[404]
