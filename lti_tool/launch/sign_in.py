"""Signing in as an administrator: first the password, then the second factor.

After the password alone a session is good for the second factor and for nothing else, and only for minutes.
The second factor gives a session with a new token, so that nobody can prepare one for somebody else. Only
hashes of tokens are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import NotAllowed
from lti_tool.launch import audit
from lti_tool.launch.passwords import hashed_anew, is_right
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.models.platforms import Administrator, AdministratorSession

FOR_THE_CODE = timedelta(minutes=10)
IDLE = timedelta(minutes=60)
LIFETIME = timedelta(hours=8)
# The end moves with use, but is not written at every request.
_MOVED_AT_MOST_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in, and how far: before `confirmed`, only the password was right."""

    administrator_id: int
    login: str
    confirmed: bool
    enrolled: bool
    prolong: bool


def begin_sign_in(session: Session, login: str, password: str, now: datetime) -> str:
    """Check the password and open a session for the second factor; gives the token for its cookie.

    Raises NotAllowed (`administrator.refused`), the same for a wrong name and a wrong password.
    """
    found = session.scalar(select(Administrator).where(Administrator.login == login.strip()))
    right = is_right(password, None if found is None else found.password_hash)
    if found is None or not right:
        raise NotAllowed(
            "administrator.refused", "The name or the password is not right; try again.", status=401
        )
    found.password_hash = hashed_anew(password, found.password_hash)
    session.execute(delete(AdministratorSession).where(AdministratorSession.expires_at <= now))
    return _open(session, found.id, now, expires_at=now + FOR_THE_CODE, confirmed_at=None)


def finish_sign_in(session: Session, token: str, now: datetime) -> str:
    """The second factor was right: end the session of `token` and open the real one; gives its token."""
    begun = _session(session, token, now)
    if begun is None:
        raise NotAllowed(
            "administrator.signed_out", "That took too long; sign in again with your password.", status=401
        )
    login = session.get_one(Administrator, begun.administrator_id).login
    session.delete(begun)
    audit.record(session, actor=login, action="administrator.signed_in", subject=login, now=now)
    return _open(session, begun.administrator_id, now, expires_at=now + IDLE, confirmed_at=now)


def signed_in(session: Session, token: str, now: datetime) -> SignedIn | None:
    """Who is signed in with this token; None when nobody is, any longer."""
    found = _session(session, token, now)
    if found is None:
        return None
    administrator = session.get_one(Administrator, found.administrator_id)
    return SignedIn(
        administrator_id=administrator.id,
        login=administrator.login,
        confirmed=found.confirmed_at is not None,
        enrolled=administrator.totp_confirmed_at is not None,
        prolong=_later_end(found, now) - found.expires_at >= _MOVED_AT_MOST_EVERY,
    )


def prolong(session: Session, token: str, now: datetime) -> None:
    """Move the end of a session that is in use, never beyond its whole lifetime."""
    found = _session(session, token, now)
    if found is not None:
        found.expires_at = _later_end(found, now)


def sign_out(session: Session, token: str) -> None:
    """End the session of this token."""
    session.execute(delete(AdministratorSession).where(AdministratorSession.token_hash == token_hash(token)))


def sign_out_everywhere(session: Session, administrator_id: int, *, but: str = "") -> None:
    """End every session of an administrator, save the one with the token `but`."""
    session.execute(
        delete(AdministratorSession).where(
            AdministratorSession.administrator_id == administrator_id,
            AdministratorSession.token_hash != token_hash(but),
        )
    )


def _open(
    session: Session,
    administrator_id: int,
    now: datetime,
    *,
    expires_at: datetime,
    confirmed_at: datetime | None,
) -> str:
    token = random_token()
    session.add(
        AdministratorSession(
            administrator_id=administrator_id,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=expires_at,
            confirmed_at=confirmed_at,
        )
    )
    session.flush()
    return token


def _session(session: Session, token: str, now: datetime) -> AdministratorSession | None:
    return session.scalar(
        select(AdministratorSession).where(
            AdministratorSession.token_hash == token_hash(token), AdministratorSession.expires_at > now
        )
    )


def _later_end(found: AdministratorSession, now: datetime) -> datetime:
    """When the session would end if it is used now; waiting for the code is not prolonged."""
    if found.confirmed_at is None:
        return found.expires_at
    return min(now + IDLE, found.created_at + LIFETIME)
