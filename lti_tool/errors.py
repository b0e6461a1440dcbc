"""Every error that a person or another program may meet, as one small family tree.

    WaymarkError
    ├── Refused            the request is not acceptable; nothing was stored
    │   ├── LaunchRefused      a launch, login or registration that must not be let in
    │   ├── NotAllowed         a known person asking for what the role does not permit
    │   └── NotVisible         missing, or somebody else's: the two answers are the same
    ├── Fixable            a person can correct the input and try again
    │   └── SettingsError      the configuration is incomplete; all problems at once
    ├── Unavailable        Waymark itself cannot serve at the moment; another try a little later may succeed
    └── PlatformError      the LMS refused or failed
        ├── PlatformRefused    repeating the same request will not help
        └── PlatformUnavailable   worth another try, perhaps not before `retry_after_seconds`

Each carries a stable `code` ("launch.state_used"), a sentence that is safe to show and says what to do
next, and a private `detail` for the log. An error outside this tree is a bug of ours.
"""

from __future__ import annotations

from collections.abc import Sequence


class WaymarkError(Exception):
    """Base of all errors that we raise on purpose.

    `status` is the HTTP status with which `web.errors` answers.
    """

    status = 500

    def __init__(self, code: str, message: str, *, detail: str = "", status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = detail
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        return f"{self.message} [{self.code}]"


class Refused(WaymarkError):
    """The request is not acceptable; nothing was stored."""

    status = 400


class LaunchRefused(Refused):
    """A login, launch or registration that must not be let in."""

    status = 401


class NotAllowed(Refused):
    """A known person asks for something that the role does not permit."""

    status = 403


class NotVisible(Refused):
    """The object does not exist or belongs to somebody else; the answer is the same for both."""

    status = 404


class Fixable(WaymarkError):
    """A person can correct the input and try again."""

    status = 422


class SettingsError(Fixable):
    """The configuration cannot be used. `problems` lists everything that is wrong, at once."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(
            "settings.invalid",
            "Waymark cannot start until these settings are corrected: " + "; ".join(self.problems),
        )


class Unavailable(WaymarkError):
    """Waymark itself cannot serve at the moment; nothing was stored. Worth another try after `retry_after_seconds`."""

    status = 503
    retry_after_seconds: float | None = 10.0


class PlatformError(WaymarkError):
    """The LMS refused a request of ours or failed to answer it."""

    status = 502

    def __init__(self, code: str, message: str, *, detail: str = "", http_status: int | None = None) -> None:
        super().__init__(code, message, detail=detail)
        self.http_status = http_status


class PlatformRefused(PlatformError):
    """The LMS said no; repeating the same request will not help."""


class PlatformUnavailable(PlatformError):
    """The LMS did not answer usefully; another try may succeed.

    `retry_after_seconds` is what the LMS asked for, or None. `ambiguous` is true where the request may
    have taken effect although no answer arrived (time-out or reset after sending).
    """

    status = 503

    def __init__(
        self,
        code: str,
        message: str,
        *,
        detail: str = "",
        http_status: int | None = None,
        retry_after_seconds: float | None = None,
        ambiguous: bool = False,
    ) -> None:
        super().__init__(code, message, detail=detail, http_status=http_status)
        self.retry_after_seconds = retry_after_seconds
        self.ambiguous = ambiguous
