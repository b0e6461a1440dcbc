"""An authorisation that a teacher gives us at the LMS itself (OAuth 2.0, RFC 6749, section 4.1).

It begins on a page of a launch, mostly inside a frame, where the LMS does not let itself be shown; so it goes on in a
window of its own. Browsers that keep a jar of cookies for each embedding site show that window another cookie than
the frame, or none. So the page gives the window a *ticket* which says what launch it came from, and the window sends
the LMS a *state* (section 10.12) which is bound to the window's own cookie and carries the launch on.

Neither is stored; both are signed, and say nothing that is secret. A launch is found by them only while it is open.
The state can be used once, within ten minutes. The code verifier (PKCE, RFC 7636) follows from it.
"""

from __future__ import annotations

import hmac
import secrets
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy.orm import Session

from lti_tool.errors import NotAllowed
from lti_tool.launch.inserting import insert_once
from lti_tool.launch.secrets import Purpose
from lti_tool.launch.signed_values import as_text, derived_bytes, sign, signed_content
from lti_tool.launch.state import browser_digest
from lti_tool.models.launches import LaunchSession, SpentState

LIFETIME = timedelta(minutes=10)
# As long as a page of a launch may stand unused.
TICKET_LIFETIME = timedelta(minutes=60)
# Seconds since 1970, the hash of the launch's cookie; then the launch's id.
_TICKET = struct.Struct(">Q32s")
# Seconds since 1970, randomness, the window's browser, the hash of the launch's cookie; then the launch's id.
_STATE = struct.Struct(">Q16s16s32s")


@dataclass(frozen=True, slots=True)
class Origin:
    """The launch that an authorisation belongs to, as `sessions.find_session_of` asks for it."""

    launch_id: str
    browser_hash: str


@dataclass(frozen=True, slots=True)
class Authorisation:
    """An authorisation under way, as its own state tells it. `digest` is what is kept of a spent state."""

    origin: Origin
    issued_at: datetime
    browser_digest: bytes
    verifier: str
    digest: str


def issue_ticket(secret: str, launch: LaunchSession, now: datetime) -> str:
    """What a page of this launch gives to the window in which the authorisation goes on."""
    head = _TICKET.pack(int(now.timestamp()), bytes.fromhex(launch.browser_hash))
    return sign(secret, Purpose.AUTHORISATION_TICKET, head + launch.public_id.encode())


def read_ticket(secret: str, ticket: str, now: datetime) -> Origin:
    """The launch that a ticket is from. Raises NotAllowed `sign_in.invalid` or `sign_in.expired`."""
    content = signed_content(secret, Purpose.AUTHORISATION_TICKET, ticket)
    if content is None:
        raise _invalid()
    issued, browser_hash = _TICKET.unpack_from(content)
    if datetime.fromtimestamp(issued, UTC) + TICKET_LIFETIME <= now:
        raise _expired()
    return Origin(content[_TICKET.size :].decode(), browser_hash.hex())


def issue_state(secret: str, origin: Origin, *, browser_token: str, now: datetime) -> tuple[str, str]:
    """A fresh state for the window that holds `browser_token`, and the code verifier that belongs to it."""
    head = _STATE.pack(
        int(now.timestamp()),
        secrets.token_bytes(16),
        browser_digest(browser_token),
        bytes.fromhex(origin.browser_hash),
    )
    content = head + origin.launch_id.encode()
    return sign(secret, Purpose.AUTHORISATION_STATE, content), _verifier(secret, content)


def read_state(secret: str, state: str, *, browser_token: str | None, now: datetime) -> Authorisation:
    """What `state` is bound to.

    Raises NotAllowed `sign_in.invalid`, `sign_in.expired`, or `sign_in.not_bound` in another browser than the one
    that it was given to.
    """
    content = signed_content(secret, Purpose.AUTHORISATION_STATE, state)
    if content is None:
        raise _invalid()
    issued, _, browser, browser_hash = _STATE.unpack_from(content)
    found = Authorisation(
        origin=Origin(content[_STATE.size :].decode(), browser_hash.hex()),
        issued_at=datetime.fromtimestamp(issued, UTC),
        browser_digest=browser,
        verifier=_verifier(secret, content),
        digest=sha256(content).hexdigest(),
    )
    if found.issued_at + LIFETIME <= now:
        raise _expired()
    if browser_token is None or not hmac.compare_digest(browser, browser_digest(browser_token)):
        raise NotAllowed(
            "sign_in.not_bound",
            "Your browser did not let Waymark recognise it after you agreed. Cookies must be allowed for Waymark. "
            "Then press Connect on the page of your course again.",
        )
    return found


def spend(session: Session, authorisation: Authorisation) -> None:
    """Use the state up: of any number of callers exactly one gets past this. Raises NotAllowed `sign_in.used`."""
    values = {"digest": authorisation.digest, "expires_at": authorisation.issued_at + LIFETIME}
    if not insert_once(session, SpentState, values):
        raise NotAllowed(
            "sign_in.used",
            "This answer was used already. Look at the page of your course: if the gradebook is not connected there, "
            "press Connect again.",
        )


def _verifier(secret: str, content: bytes) -> str:
    return as_text(derived_bytes(secret, Purpose.AUTHORISATION_VERIFIER, content))


def _invalid() -> NotAllowed:
    return NotAllowed(
        "sign_in.invalid",
        "Waymark does not recognise this step of connecting. Press Connect on the page of your course again.",
    )


def _expired() -> NotAllowed:
    return NotAllowed(
        "sign_in.expired",
        "Connecting took too long. Open the page of your course again and press Connect there.",
    )
