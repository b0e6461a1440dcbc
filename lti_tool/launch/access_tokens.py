"""Access tokens for a platform's services, and authorised requests made with them.

Implements the client-credentials grant with a signed assertion (1EdTech Security Framework 1.0, section
4.1, https://www.imsglobal.org/spec/security/v1p0/#using-json-web-tokens-with-oauth-2-0-client-credentials-grant).

PyLTI1p3's `ServiceConnector` is the port; this subclass closes what it leaves open: its tokens live as
long as one object and never expire, it knows only GET and POST, does not renew a token that the platform
no longer takes, and lower-cases `next` links.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

import requests
from pylti1p3.registration import Registration as PyltiRegistration
from pylti1p3.service_connector import ServiceConnector

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.http import OutboundSession, retry_after_seconds
from lti_tool.launch.wire import read_json
from lti_tool.models.platforms import Registration

ASSERTION_SECONDS = 300
# Moodle refuses any `iat` that lies in the future of its own clock, even by a second.
BACKDATED_SECONDS = 60
RENEWED_EARLY_SECONDS = 60.0
SHORT_LIVED_SECONDS = 240.0

TokenKey = tuple[int, str, str, tuple[str, ...]]


@dataclass(slots=True)
class _Slot:
    """One token and the lock under which it is renewed, so that a burst of calls asks only once.

    Who waited while another asked in vain shares the answer: `answers` tells them that there was one, `problem`
    what it was.
    """

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: str = ""
    good_until: float = 0.0
    answers: int = 0
    problem: PlatformError | None = None


class TokenCache:
    """Tokens by registration, token address, client id and sorted scopes: never shared between schools."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._slots: dict[TokenKey, _Slot] = {}

    def slot(self, key: TokenKey) -> _Slot:
        with self._lock:
            return self._slots.setdefault(key, _Slot())


# One cache for each way out: tokens live as long as the process that talks to the platforms.
_CACHES: WeakKeyDictionary[OutboundSession, TokenCache] = WeakKeyDictionary()


class PlatformConnector(ServiceConnector):
    """PyLTI1p3's connector with lasting tokens; also sends any request with authorisation."""

    def __init__(
        self,
        registration: Registration,
        key: tuple[str, str],
        outbound: OutboundSession,
        *,
        tokens: TokenCache,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(_pylti_registration(registration, key[1]), outbound)
        self._registration_id = registration.id
        self._key_id, self._private_key = key
        self._outbound = outbound
        self._tokens = tokens
        self._clock = clock

    def get_access_token(self, scopes: Sequence[str]) -> str:
        """A token for `scopes`, from the cache while it is good.

        Raises PlatformRefused (`platform.token_refused`) or PlatformUnavailable.
        """
        slot = self._slot(scopes)
        earlier = slot.answers
        with slot.lock:
            if self._clock() < slot.good_until:
                return slot.token
            if slot.answers != earlier and slot.problem is not None:
                raise slot.problem
            try:
                slot.token, seconds = self._request_token(scopes)
            except PlatformError as problem:
                slot.problem = problem
                raise
            finally:
                slot.answers += 1
            slot.problem, slot.good_until = None, self._clock() + seconds
            return slot.token

    def send(
        self,
        method: str,
        url: str,
        *,
        scopes: Sequence[str],
        headers: Mapping[str, str],
        data: bytes | str | None = None,
    ) -> requests.Response:
        """Send one authorised request and give back the answer, whatever its status.

        A 401 renews the token once: a platform may drop tokens early.
        """
        token = self.get_access_token(scopes)
        response = self._send(method, url, token, headers, data)
        if response.status_code != 401:
            return response
        self._forget(scopes, token)
        return self._send(method, url, self.get_access_token(scopes), headers, data)

    def ahead_seconds(self, url: str) -> float:
        """By how much our clock is ahead of the one at `url`, as far as its answers told."""
        return self._outbound.skew.ahead_seconds(url)

    def _send(
        self, method: str, url: str, token: str, headers: Mapping[str, str], data: bytes | str | None
    ) -> requests.Response:
        authorised = {**headers, "Authorization": f"Bearer {token}"}
        return self._outbound.request(method, url, headers=authorised, data=data)

    def _slot(self, scopes: Sequence[str]) -> _Slot:
        registration = self._registration
        return self._tokens.slot(
            (
                self._registration_id,
                str(registration.get_auth_token_url()),
                str(registration.get_client_id()),
                tuple(sorted(scopes)),
            )
        )

    def _forget(self, scopes: Sequence[str], token: str) -> None:
        slot = self._slot(scopes)
        with slot.lock:
            if slot.token == token:  # another thread may have renewed it already
                slot.good_until = 0.0

    def _request_token(self, scopes: Sequence[str]) -> tuple[str, float]:
        url = str(self._registration.get_auth_token_url())
        response = self._outbound.post(
            url,
            headers={"Accept": "application/json"},
            data={
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": self._assertion(),
                "scope": " ".join(sorted(scopes)),
            },
        )
        if not response.ok:
            raise _token_problem(response, now=self._clock())
        try:
            answer: Any = read_json(response.content)
            token = answer["access_token"]
        except (ValueError, KeyError, TypeError):
            token = None
        if not isinstance(token, str) or not token:
            raise PlatformUnavailable(
                "platform.token_unreadable",
                "The learning platform's answer to our sign-in cannot be read; Waymark tries again by itself.",
                http_status=response.status_code,
            )
        return token, lifetime_seconds(answer.get("expires_in"))

    def _assertion(self) -> str:
        now = int(self._clock())
        client_id = str(self._registration.get_client_id())
        audience = self._registration.get_auth_audience() or self._registration.get_auth_token_url()
        signed: str = self.encode_jwt(
            {
                "iss": client_id,
                "sub": client_id,
                "aud": str(audience),
                "iat": now - BACKDATED_SECONDS,
                "exp": now + ASSERTION_SECONDS - BACKDATED_SECONDS,
                "jti": uuid.uuid4().hex,
            },
            self._private_key,
            {"kid": self._key_id},
        )
        return signed


def service_connector(
    registration: Registration,
    key: tuple[str, str],
    outbound: OutboundSession,
    *,
    clock: Callable[[], float] = time.time,
) -> PlatformConnector:
    """A connector to the services of `registration`; `key` is (kid, private PEM), see `launch.keys`.

    All connectors made with one `outbound` share their tokens.
    """
    tokens = _CACHES.setdefault(outbound, TokenCache())
    return PlatformConnector(registration, key, outbound, tokens=tokens, clock=clock)


def _pylti_registration(registration: Registration, private_key: str) -> PyltiRegistration:
    result = PyltiRegistration()
    result.set_issuer(registration.issuer).set_client_id(registration.client_id)
    result.set_auth_token_url(registration.auth_token_url).set_tool_private_key(private_key)
    if registration.auth_audience:
        result.set_auth_audience(registration.auth_audience)
    return result


def lifetime_seconds(expires_in: object) -> float:
    """How long to use a token. A missing, odd or very short life counts as short, never as endless."""
    if isinstance(expires_in, bool) or not isinstance(expires_in, int | float) or expires_in <= 0:
        return SHORT_LIVED_SECONDS
    return max(float(expires_in) - RENEWED_EARLY_SECONDS, float(expires_in) / 2)


def _token_problem(response: requests.Response, *, now: float) -> PlatformRefused | PlatformUnavailable:
    status = response.status_code
    if status == 429 or status >= 500:
        return PlatformUnavailable(
            "platform.token_unavailable",
            "The learning platform cannot sign Waymark in at the moment; Waymark tries again by itself.",
            http_status=status,
            retry_after_seconds=retry_after_seconds(response, now=now),
        )
    return PlatformRefused(
        "platform.token_refused",
        "The learning platform does not accept Waymark's sign-in; ask an administrator to check the "
        "registration: client id, key set address and granted services.",
        detail=error_word(response),
        http_status=status,
    )


def error_word(response: requests.Response) -> str:
    """The standard error word of RFC 6749 section 5.2 only: free text may quote our assertion."""
    try:
        error = read_json(response.content).get("error")
    except (ValueError, AttributeError):
        return ""
    return error if isinstance(error, str) and error.replace("_", "").isalpha() else ""
