"""State and nonce of a login: issued together, bound to one browser, spent exactly once.

OpenID Connect Core 1.0 sections 3.1.2.1 and 15.5.2, and 1EdTech Security Framework 1.0 section 5.1.1. Both
values and the browser's cookie are random 256 bit; one row binds them to each other and to the
registration, by their hashes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hmac import compare_digest

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import LaunchRefused
from lti_tool.launch.secrets import token_hash
from lti_tool.models.launches import LoginState
from lti_tool.models.platforms import Registration

LIFETIME = timedelta(minutes=10)
# A spent or expired state is remembered a little, so that a person reads "used" or "too old", not "unknown".
_REMEMBERED = timedelta(hours=1)
_SWEEP_EVERY = 50


def issue_state(
    session: Session,
    *,
    state: str,
    nonce: str,
    browser_token: str,
    registration: Registration,
    target_link_uri: str,
    storage_target: str | None,
    now: datetime,
) -> LoginState:
    """Remember a login that was sent to the platform."""
    row = LoginState(
        state_hash=token_hash(state),
        nonce_hash=token_hash(nonce),
        browser_hash=token_hash(browser_token),
        registration_id=registration.id,
        target_link_uri=target_link_uri,
        storage_target=storage_target,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    session.add(row)
    session.flush()
    if row.id % _SWEEP_EVERY == 0:  # keeps the table bounded without a clock of its own
        session.execute(delete(LoginState).where(LoginState.expires_at < now - _REMEMBERED))
    return row


def find_state(session: Session, state: str, now: datetime) -> LoginState:
    """The login that `state` belongs to, with its registration loaded.

    Raises LaunchRefused: `launch.state_missing`, `launch.state_invalid`, `launch.state_used`,
    `launch.state_expired`.
    """
    if not state:
        raise LaunchRefused(
            "launch.state_missing",
            "This launch did not start at Waymark; open the link again from your course.",
            status=400,
        )
    row = session.scalar(
        select(LoginState)
        .where(LoginState.state_hash == token_hash(state))
        .options(joinedload(LoginState.registration))
    )
    if row is None:
        raise LaunchRefused(
            "launch.state_invalid",
            "Waymark does not recognise this launch; open the link again from your course.",
        )
    if row.spent_at is not None:
        raise _used()
    if row.expires_at <= now:
        raise LaunchRefused(
            "launch.state_expired", "This launch took too long; open the link again from your course."
        )
    return row


def is_bound(row: LoginState, browser_token: str | None) -> bool:
    """Whether the browser that holds `browser_token` began the login."""
    return browser_token is not None and compare_digest(row.browser_hash, token_hash(browser_token))


def require_bound(row: LoginState, browser_token: str | None) -> None:
    """Raise LaunchRefused (`launch.state_not_bound`) unless this browser began the login."""
    if not is_bound(row, browser_token):
        raise LaunchRefused(
            "launch.state_not_bound",
            "Your browser did not let Waymark recognise it between two steps of the launch. Open the link "
            "again from your course, if it can be chosen in a new window; cookies must be allowed there.",
        )


def require_nonce(row: LoginState, nonce: object) -> None:
    """Raise LaunchRefused (`launch.nonce_invalid`) unless `nonce` was issued together with this state."""
    if not isinstance(nonce, str) or not compare_digest(row.nonce_hash, token_hash(nonce)):
        raise LaunchRefused(
            "launch.nonce_invalid",
            "The learning platform's answer belongs to another launch; open the link again from your course.",
        )


def spend_state(session: Session, row: LoginState, now: datetime) -> None:
    """Use the state up. Of any number of simultaneous callers exactly one gets past this line.

    Raises LaunchRefused (`launch.state_used`) for the others.
    """
    spent = session.execute(
        update(LoginState)
        .where(LoginState.id == row.id, LoginState.spent_at.is_(None))
        .values(spent_at=now)
        .returning(LoginState.id)
    ).first()
    if spent is None:
        raise _used()


def _used() -> LaunchRefused:
    return LaunchRefused(
        "launch.state_used", "This launch has been used already; open the link again from your course."
    )
