"""The one way out: every request of ours to a platform goes through an `OutboundSession`.

It adds what a bare `requests.Session` lacks: time-outs, no redirects (a token must not follow one), a
limit on the size of an answer, no cookies, no proxies from the environment, https and public addresses only (save
for origins that an operator named in `local_platforms`), and errors in our own words. A certificate must come
from a public authority or from one in the operator's `ca_bundle`. Reading is
retried a little here; writing never is, because only the caller knows whether a repeat is safe.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util.retry import Retry

from lti_tool import __version__
from lti_tool.clock_skew import ClockSkew
from lti_tool.deadlines import ANSWER_SECONDS, PunctualAdapter
from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.public_addresses import PublicAdapter

CONNECT_TIMEOUT_SECONDS = 5.0
READ_TIMEOUT_SECONDS = 10.0
# Connecting, greeting and sending take two connect time-outs at worst, see `deadlines` for the answer.
TOTAL_SECONDS = 2 * CONNECT_TIMEOUT_SECONDS + ANSWER_SECONDS
MAXIMUM_BYTES = 5 * 1024 * 1024
# Connections stay open to so many hosts; with the library's ten, a district's platforms would take turns.
HOSTS_KEPT = 256


class OutboundSession(requests.Session):
    """A `requests.Session` for calls to platforms.

    `request` raises PlatformUnavailable (`platform.unreachable`, `platform.timeout`, `platform.certificate`) when no answer
    came, and PlatformRefused (`platform.address_refused`, `platform.answer_too_big`) when the address
    or the answer is not acceptable. HTTP error statuses are left to the caller.
    """

    def __init__(
        self,
        *,
        local_origins: Iterable[str] = (),
        ca_bundle: Path | None = None,
        read_retries: int = 2,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__()
        self.skew = ClockSkew(clock)
        self.local_origins = frozenset(local_origins)
        self.trust_env = False
        # One session serves many schools and credentials; a cookie of one answer must not go with the next call.
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.headers["User-Agent"] = f"Waymark/{__version__} (LTI 1.3 tool)"
        retries = _Repeat(
            total=read_retries,
            allowed_methods={"GET"},
            status_forcelist={502, 503, 504},
            backoff_factor=0.2,
            backoff_jitter=0.2,
            raise_on_status=False,
            respect_retry_after_header=False,
        )
        self.adapters.clear()  # the library's own would call any address
        self.mount(
            "https://",
            PublicAdapter(ca_bundle, max_retries=retries, pool_connections=HOSTS_KEPT, pool_maxsize=8),
        )
        for origin in self.local_origins:
            self.mount(f"{origin}/", PunctualAdapter(ca_bundle, max_retries=retries, pool_maxsize=8))

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request; see the class for the errors raised."""
        self._check_address(str(url))
        kwargs.setdefault("timeout", (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS))
        kwargs |= {"allow_redirects": False, "stream": True}
        asked_at = self.skew.clock()
        try:
            response = super().request(method, url, *args, **kwargs)
            _read_bounded(response)
        except (requests.RequestException, HTTPError) as error:
            raise _no_answer(error) from None
        self.skew.note(str(url), response.headers.get("Date", ""), asked_at=asked_at)
        return response

    def _check_address(self, url: str) -> None:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" in self.local_origins:
            return
        if parts.scheme != "https" or not parts.hostname or parts.username is not None:
            raise PlatformRefused(
                "platform.address_refused",
                "An address of the learning platform is not https; ask its administrator to correct it.",
                detail=parts.scheme,
            )


class _Repeat(Retry):
    """A quick second try, save where the platform says when to come back."""

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        return not has_retry_after and super().is_retry(method, status_code)


def retry_after_seconds(response: requests.Response, *, now: float) -> float | None:
    """The `Retry-After` header in seconds from `now` (a POSIX time), in either of its two forms.

    Kept between 1 second and 1 hour; None when there is none or it cannot be read (RFC 9110, 10.2.3).
    """
    value = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(value) if value.isdigit() else parsedate_to_datetime(value).timestamp() - now
    except ValueError:
        return None
    return min(max(seconds, 1.0), 3600.0)


def _no_answer(error: requests.RequestException | HTTPError) -> PlatformUnavailable:
    ambiguous = not isinstance(error, requests.ConnectTimeout)
    # A read time-out of a request that was retried arrives wrapped in a plain connection error.
    cause = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.Timeout | ReadTimeoutError) or isinstance(cause, ReadTimeoutError):
        code = "platform.timeout"
        message = "The learning platform took too long to answer; Waymark tries again by itself."
    elif isinstance(error, requests.exceptions.SSLError):
        code = "platform.certificate"
        message = (
            "The learning platform's certificate cannot be trusted; ask its administrator to renew it. If it comes "
            "from an authority of your school, name that authority's file in LTI_TOOL_CA_BUNDLE."
        )
    else:
        code = "platform.unreachable"
        message = (
            "The learning platform cannot be reached; check that it is running and its address is right."
        )
    return PlatformUnavailable(code, message, detail=type(error).__name__, ambiguous=ambiguous)


def _read_bounded(response: requests.Response) -> None:
    """Read the whole body: at most MAXIMUM_BYTES after decompression."""
    body = bytearray()
    while chunk := response.raw.read1(64 * 1024, decode_content=True):
        body += chunk
        if len(body) > MAXIMUM_BYTES:
            response.close()
            raise PlatformRefused(
                "platform.answer_too_big", "The learning platform's answer is too big to be read safely."
            )
    # requests offers no public way to hand over a body that was read under a limit.
    response._content = bytes(body)
