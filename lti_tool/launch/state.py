"""State and nonce of a login: bound to each other, to one browser and to a registration, spent exactly once.

OpenID Connect Core 1.0 sections 3.1.2.1 and 15.5.2, and 1EdTech Security Framework 1.0 section 5.1.1.

A login stores nothing, so whoever has not signed in cannot fill our database. The state itself says what it
is bound to, under a MAC with a key of this installation, and the nonce follows from it by another. What is
stored is that a state was spent: one row with a unique key, in the transaction that opens the session.
"""

from __future__ import annotations

import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from lti_tool.errors import LaunchRefused
from lti_tool.launch.secrets import Purpose
from lti_tool.launch.signed_values import as_text, derived_bytes, sign, signed_content
from lti_tool.models.launches import SpentState
from lti_tool.prepared import Prepared

LIFETIME = timedelta(minutes=10)
LONGEST_STORAGE_TARGET = 255
# Registration, seconds since 1970, randomness, browser, whether it is new; then the platform's storage frame.
_HEAD = struct.Struct(">QQ16s16s?")
# PyLTI1p3 puts this before every state.
PREFIX = "state-"


@dataclass(frozen=True, slots=True)
class LoginState:
    """A login under way, as its own state tells it.

    `storage_target` names the platform's frame for LTI platform storage, when it offered one; empty
    otherwise. `is_new_browser` says that the login gave the browser its first cookie, so nothing of anybody
    is open in it. `digest` is what is kept of a spent state.
    """

    registration_id: int
    issued_at: datetime
    browser_digest: bytes
    is_new_browser: bool
    storage_target: str
    nonce: str
    digest: str

    @property
    def expires_at(self) -> datetime:
        """When the state is too old to be used."""
        return self.issued_at + LIFETIME


def issue_state(
    secret: str,
    *,
    registration_id: int,
    browser_token: str,
    is_new_browser: bool,
    storage_target: str,
    now: datetime,
) -> tuple[str, str]:
    """A fresh state for a login of this browser at this registration, and the nonce that belongs to it."""
    head = _HEAD.pack(
        registration_id,
        int(now.timestamp()),
        secrets.token_bytes(16),
        browser_digest(browser_token),
        is_new_browser,
    )
    content = head + storage_target.encode()
    return PREFIX + sign(secret, Purpose.LOGIN_STATE, content), _nonce(secret, content)


def read_state(secret: str, state: str, now: datetime) -> LoginState:
    """What `state` is bound to.

    Raises LaunchRefused: `launch.state_missing`, `launch.state_invalid`, `launch.state_expired`.
    """
    if not state:
        raise LaunchRefused(
            "launch.state_missing",
            "This launch did not start at Waymark; open the link again from your course.",
            status=400,
        )
    content = _checked(secret, state)
    registration_id, issued, _, browser, is_new_browser = _HEAD.unpack_from(content)
    found = LoginState(
        registration_id=registration_id,
        issued_at=datetime.fromtimestamp(issued, UTC),
        browser_digest=browser,
        is_new_browser=is_new_browser,
        storage_target=content[_HEAD.size :].decode(),
        nonce=_nonce(secret, content),
        digest=sha256(content).hexdigest(),
    )
    if found.expires_at <= now:
        raise LaunchRefused(
            "launch.state_expired", "This launch took too long; open the link again from your course."
        )
    return found


def is_bound(state: LoginState, browser_token: str | None) -> bool:
    """Whether the browser that holds `browser_token` began the login."""
    return browser_token is not None and hmac.compare_digest(
        state.browser_digest, browser_digest(browser_token)
    )


def require_bound(state: LoginState, browser_token: str | None) -> None:
    """Raise LaunchRefused (`launch.state_not_bound`) unless this browser began the login."""
    if not is_bound(state, browser_token):
        raise LaunchRefused(
            "launch.state_not_bound",
            "Your browser did not let Waymark recognise it between two steps of the launch. Open the link "
            "again from your course, if it can be chosen in a new window; cookies must be allowed there.",
        )


def require_nonce(state: LoginState, nonce: object) -> None:
    """Raise LaunchRefused (`launch.nonce_invalid`) unless `nonce` was issued together with this state."""
    if not isinstance(nonce, str) or not hmac.compare_digest(state.nonce.encode(), nonce.encode()):
        raise LaunchRefused(
            "launch.nonce_invalid",
            "The learning platform's answer belongs to another launch; open the link again from your course.",
        )


def spend_state(connection: Connection, state: LoginState) -> None:
    """Use the state up. Of any number of simultaneous callers exactly one gets past this line.

    Raises LaunchRefused (`launch.state_used`) for the others.
    """
    spend = _SPEND_POSTGRESQL if connection.dialect.name == "postgresql" else _SPEND_SQLITE
    if spend.first(connection, {"digest": state.digest, "expires_at": state.expires_at}) is None:
        raise used()


def unrecognised() -> LaunchRefused:
    """The refusal of a state that is none of ours."""
    return LaunchRefused(
        "launch.state_invalid",
        "Waymark does not recognise this launch; open the link again from your course.",
    )


def used() -> LaunchRefused:
    """The refusal of a state that was spent before."""
    return LaunchRefused(
        "launch.state_used", "This launch has been used already; open the link again from your course."
    )


_SPEND_POSTGRESQL, _SPEND_SQLITE = (
    Prepared(
        dialect.insert(SpentState).on_conflict_do_nothing().returning(SpentState.digest),
        columns=("digest", "expires_at"),
    )
    for dialect in (postgresql, sqlite)
)


def _checked(secret: str, state: str) -> bytes:
    """The content of a state that we issued. Raises LaunchRefused (`launch.state_invalid`)."""
    content = signed_content(secret, Purpose.LOGIN_STATE, state.removeprefix(PREFIX))
    if content is None or len(content) < _HEAD.size or not state.startswith(PREFIX):
        raise unrecognised()
    return content


def _nonce(secret: str, content: bytes) -> str:
    return as_text(derived_bytes(secret, Purpose.LOGIN_NONCE, content))


def browser_digest(browser_token: str) -> bytes:
    """What a signed value holds of the browser that it was given to: 16 bytes."""
    return sha256(browser_token.encode()).digest()[:16]
