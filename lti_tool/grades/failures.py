"""From an HTTP answer of a service to an error of ours: is another try worth it, and what to do next.

Only this module reads statuses. Moodle's reason phrase quotes the request, so no text from the platform
goes into messages or logs.
"""

from __future__ import annotations

import requests

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.http import retry_after_seconds


def raise_for_status(response: requests.Response, *, now: float) -> None:
    """Raise the fitting PlatformError unless `response` is a success; `now` is a POSIX time."""
    if not 200 <= response.status_code < 300:
        raise failure(response, now=now)


def failure(response: requests.Response, *, now: float) -> PlatformError:
    """The error that an unsuccessful `response` means."""
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
    code, message = _REDIRECTED if status < 400 else _REFUSALS.get(status, _OTHER)
    return PlatformRefused(code, message, http_status=status)


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
