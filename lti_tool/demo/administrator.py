"""The demo's administrator: a real account with a real second step, set up as a person would set it up.

Nobody has the app, so each start of the demo makes fresh recovery codes to sign in with.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pyotp
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.launch import second_factor
from lti_tool.launch.administrators import create_administrator, set_password
from lti_tool.models.platforms import Administrator
from lti_tool.settings import Settings

LOGIN = "admin"
ACTOR = "demo"


@dataclass(frozen=True, slots=True)
class DemoAdministrator:
    """What it takes to sign in: the password, and codes of which each works once."""

    password: str
    codes: list[str]


def demo_administrator(database: Database, settings: Settings, folder: Path) -> DemoAdministrator:
    """The demo's administrator, made once; the password stands in the demo's own folder."""
    note, now = folder / "administrator-password", datetime.now(UTC)
    secret, host = settings.secret_key.get_secret_value(), urlsplit(settings.address).netloc
    password = note.read_text(encoding="ascii") if note.exists() else secrets.token_urlsafe(12)
    with database.transaction() as session:
        person = session.scalar(select(Administrator).where(Administrator.login == LOGIN))
        if person is None:
            person = create_administrator(session, login=LOGIN, password=password, now=now)
        elif not note.exists():
            set_password(session, person, password, actor=ACTOR, now=now)
        if person.totp_confirmed_at is not None:
            codes = second_factor.new_recovery_codes(session, person, now)
        else:
            app = second_factor.begin_enrolment(session, person, secret=secret, host=host)
            code = pyotp.TOTP(app.secret).at(now)
            codes = second_factor.confirm_enrolment(session, person, code, secret=secret, now=now)
    note.touch(mode=0o600)
    note.write_text(password, encoding="ascii")
    return DemoAdministrator(password, codes)
