"""Why the platform says no.

A refusal carries a stable code (`family.code`), a sentence that says what was wrong, and the HTTP status that the strict
profile answers with. Other profiles may answer the same refusal with another status and body (see `profiles`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final


class Refusal(Exception):
    """A request that this platform does not accept."""

    def __init__(
        self, code: str, sentence: str, *, status: int = 400, oauth_error: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status
        self.oauth_error = oauth_error


REASON_PHRASES: Final[Mapping[int, str]] = MappingProxyType(
    {
        400: "Bad Request",
        401: "Unauthorized",
        403: "Forbidden",
        404: "Not Found",
        405: "Method Not Allowed",
        406: "Not Acceptable",
        409: "Conflict",
        412: "Precondition Failed",
        415: "Unsupported Media Type",
        422: "Unprocessable Entity",
    }
)
