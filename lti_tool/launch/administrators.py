"""The people who run this installation: their accounts. How they sign in is in `sign_in`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch import audit
from lti_tool.launch.passwords import hash_password, is_right
from lti_tool.models.platforms import Administrator, AdministratorSession

LONGEST_LOGIN = 120


def create_administrator(session: Session, login: str, password: str, now: datetime) -> Administrator:
    """Add an administrator.

    Raises Fixable: `administrator.login` (empty, too long or taken), `administrator.password` (easily guessed).
    """
    login = login.strip()
    if not 0 < len(login) <= LONGEST_LOGIN or not login.isprintable():
        raise Fixable("administrator.login", f"Choose a sign-in name of 1 to {LONGEST_LOGIN} characters.")
    password_hash = hash_password(password, login=login)
    if session.scalar(select(Administrator.id).where(Administrator.login == login)) is not None:
        raise Fixable(
            "administrator.login", "There is an administrator of this name already; choose another."
        )
    administrator = Administrator(login=login, password_hash=password_hash, created_at=now)
    session.add(administrator)
    session.flush()
    audit.record(session, actor=login, action="administrator.created", subject=login, now=now)
    return administrator


def all_administrators(session: Session) -> Sequence[Administrator]:
    """Every administrator, by name."""
    return session.scalars(select(Administrator).order_by(Administrator.login)).all()


def has_administrators(session: Session) -> bool:
    """Whether there is one at all."""
    return session.scalar(select(Administrator.id).limit(1)) is not None


def find_administrator(session: Session, login: str) -> Administrator:
    """The administrator of this name. Raises NotVisible `administrator.not_found`."""
    found = session.scalar(select(Administrator).where(Administrator.login == login.strip()))
    if found is None:
        raise NotVisible("administrator.not_found", f"There is no administrator called {login}.")
    return found


def change_own_password(
    session: Session, administrator: Administrator, *, current: str, new: str, now: datetime
) -> None:
    """Change a password, knowing the present one. Raises Fixable (`administrator.password`)."""
    require_password(administrator, current)
    set_password(session, administrator, new, actor=administrator.login, now=now)


def require_password(administrator: Administrator, password: str) -> None:
    """Ask once more who is at the keyboard. Raises Fixable `administrator.password_wrong`."""
    if not is_right(password, administrator.password_hash):
        raise Fixable("administrator.password_wrong", "The present password is not right; try again.")


def set_password(
    session: Session, administrator: Administrator, password: str, *, actor: str, now: datetime
) -> None:
    """Give a new password and end the wait after wrong codes. Raises Fixable `administrator.password`.

    Ending the sessions of whoever knew the old one is up to the caller, see `sign_in.sign_out_everywhere`.
    """
    administrator.password_hash = hash_password(password, login=administrator.login)
    administrator.failed_codes, administrator.failed_code_at = 0, None
    audit.record(
        session, actor=actor, action="administrator.password_changed", subject=administrator.login, now=now
    )


def remove_administrator(session: Session, login: str, *, actor: str, now: datetime) -> None:
    """Take away an account with its sessions and codes.

    Raises NotVisible `administrator.not_found`, Fixable `administrator.last`.
    """
    found = find_administrator(session, login)
    if session.scalar(select(func.count()).select_from(Administrator)) == 1:
        raise Fixable(
            "administrator.last", "This is the only administrator; create another one before removing it."
        )
    session.execute(delete(AdministratorSession).where(AdministratorSession.administrator_id == found.id))
    session.execute(delete(Administrator).where(Administrator.id == found.id))
    audit.record(session, actor=actor, action="administrator.removed", subject=login.strip(), now=now)
