"""The people who run this installation: they sign in here with a password, not through a launch."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotAllowed
from lti_tool.launch import audit
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.models.platforms import Administrator, AdministratorSession

LIFETIME = timedelta(hours=8)
LEAST_PASSWORD = 12
_HASHER = PasswordHasher()


def create_administrator(session: Session, login: str, password: str, now: datetime) -> Administrator:
    """Add an administrator.

    Raises Fixable: `administrator.login` (empty, too long or taken), `administrator.password` (too short).
    """
    login = login.strip()
    if not 0 < len(login) <= 120 or not login.isprintable():
        raise Fixable("administrator.login", "Choose a sign-in name of 1 to 120 characters.")
    if len(password) < LEAST_PASSWORD:
        raise Fixable("administrator.password", f"Choose a password of at least {LEAST_PASSWORD} characters.")
    if session.scalar(select(Administrator.id).where(Administrator.login == login)) is not None:
        raise Fixable(
            "administrator.login", "There is an administrator of this name already; choose another."
        )
    administrator = Administrator(login=login, password_hash=_HASHER.hash(password), created_at=now)
    session.add(administrator)
    session.flush()
    audit.record(session, actor=login, action="administrator.created", subject=login, now=now)
    return administrator


def sign_in(session: Session, login: str, password: str, now: datetime) -> str:
    """Check the password and open a session; gives the token for its cookie.

    Raises NotAllowed (`administrator.refused`), the same for a wrong name and a wrong password.
    """
    found = session.scalar(select(Administrator).where(Administrator.login == login.strip()))
    try:
        _HASHER.verify(_nobodys_hash() if found is None else found.password_hash, password)
    except Argon2Error:
        found = None
    if found is None:
        raise NotAllowed(
            "administrator.refused", "The name or the password is not right; try again.", status=401
        )
    if _HASHER.check_needs_rehash(found.password_hash):
        found.password_hash = _HASHER.hash(password)
    token = random_token()
    session.execute(delete(AdministratorSession).where(AdministratorSession.expires_at <= now))
    session.add(
        AdministratorSession(
            administrator_id=found.id,
            token_hash=token_hash(token),
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    audit.record(session, actor=found.login, action="administrator.signed_in", subject=found.login, now=now)
    return token


def signed_in(session: Session, token: str, now: datetime) -> Administrator | None:
    """Who is signed in with this token; None when nobody is, any longer."""
    return session.scalar(
        select(Administrator)
        .join(AdministratorSession, AdministratorSession.administrator_id == Administrator.id)
        .where(AdministratorSession.token_hash == token_hash(token), AdministratorSession.expires_at > now)
    )


def sign_out(session: Session, token: str) -> None:
    """End the session of this token."""
    session.execute(delete(AdministratorSession).where(AdministratorSession.token_hash == token_hash(token)))


def has_administrators(session: Session) -> bool:
    """Whether there is one at all."""
    return session.scalar(select(Administrator.id).limit(1)) is not None


@cache
def _nobodys_hash() -> str:
    """Checked where the login is unknown, so that the time of the answer does not tell."""
    return _HASHER.hash(random_token())
