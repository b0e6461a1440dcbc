"""The second factor of administrators: time-based one-time passwords (RFC 6238) and recovery codes.

The shared secret is encrypted at rest. Each code is accepted once, from one step before to one after the
present one (RFC 6238 section 5.2). After wrong codes the wait grows; it is counted in the table, because a
guesser could spread tries over server processes and addresses. Only who knows the password gets this far,
so strangers cannot make anybody wait.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from cryptography.fernet import InvalidToken
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotAllowed
from lti_tool.launch import audit
from lti_tool.launch.secrets import Purpose, cipher, token_hash
from lti_tool.models.platforms import Administrator, RecoveryCode

STEPS_AROUND = 1
RECOVERY_CODES = 10
FREE_TRIES = 5
FIRST_WAIT = timedelta(minutes=5)
LONGEST_WAIT = timedelta(days=1)
# Crockford's alphabet: nothing in it is easily taken for something else (https://www.crockford.com/base32.html).
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_MISREAD = str.maketrans("oil", "011", " -\t")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: the secret to type, and the address to scan with both in it."""

    secret: str
    uri: str


def begin_enrolment(session: Session, administrator: Administrator, *, secret: str, host: str) -> Enrolment:
    """The secret for the app; the same one until it is confirmed, so that a reload changes nothing.

    Raises NotAllowed `second_factor.already` once it is confirmed: it is never shown again.
    """
    if administrator.totp_confirmed_at is not None:
        raise NotAllowed(
            "second_factor.already",
            "An app is set up already. Whoever runs the server can reset it: "
            f"waymark admin reset-second-factor {administrator.login}",
        )
    box = cipher(secret, Purpose.SECOND_FACTOR)
    if administrator.encrypted_totp_secret is None:
        administrator.encrypted_totp_secret = box.encrypt(pyotp.random_base32().encode()).decode()
        session.flush()
    shared = _shared_secret(administrator, secret)
    uri = pyotp.TOTP(shared).provisioning_uri(name=administrator.login, issuer_name=f"Waymark {host}")
    return Enrolment(shared, uri)


def confirm_enrolment(
    session: Session, administrator: Administrator, code: str, *, secret: str, now: datetime
) -> list[str]:
    """Take the app's first code and give the recovery codes; none when the code is wrong, which is counted.

    Raises NotAllowed: `second_factor.already`, `second_factor.wait`.
    """
    if administrator.totp_confirmed_at is not None:
        raise NotAllowed("second_factor.already", "An app is set up already; sign in with its code.")
    _require_no_wait(administrator, now)
    if not _spend_app_code(session, administrator, _plain(code), secret=secret, now=now):
        _count_failure(session, administrator, now)
        return []
    administrator.totp_confirmed_at = now
    _forget_failures(administrator)
    _note(session, administrator, "second_factor.set_up", now)
    return _make_recovery_codes(session, administrator)


def check_code(
    session: Session, administrator: Administrator, code: str, *, secret: str, now: datetime
) -> bool:
    """Whether the code is right: of the app or a recovery code. It is spent; a wrong one is counted.

    Raises NotAllowed `second_factor.wait` (429) after too many wrong ones, Fixable `second_factor.unreadable`.
    """
    _require_no_wait(administrator, now)
    typed = _plain(code)
    if not (
        _spend_app_code(session, administrator, typed, secret=secret, now=now)
        or _spend_recovery_code(session, administrator, typed, now)
    ):
        _count_failure(session, administrator, now)
        return False
    _forget_failures(administrator)
    return True


def new_recovery_codes(session: Session, administrator: Administrator, now: datetime) -> list[str]:
    """Fresh recovery codes; the old ones are worth nothing any longer."""
    codes = _make_recovery_codes(session, administrator)
    _note(session, administrator, "recovery_codes.renewed", now)
    return codes


def recovery_codes_left(session: Session, administrator: Administrator) -> int:
    """How many recovery codes can still be used."""
    return (
        session.scalar(
            select(func.count())
            .select_from(RecoveryCode)
            .where(RecoveryCode.administrator_id == administrator.id, RecoveryCode.used_at.is_(None))
        )
        or 0
    )


def reset_second_factor(session: Session, administrator: Administrator, *, actor: str, now: datetime) -> None:
    """Forget app and recovery codes: the next sign-in sets up a new app. For the command line."""
    administrator.encrypted_totp_secret = administrator.totp_confirmed_at = None
    administrator.totp_last_step = None
    _forget_failures(administrator)
    session.execute(delete(RecoveryCode).where(RecoveryCode.administrator_id == administrator.id))
    audit.record(session, actor=actor, action="second_factor.reset", subject=administrator.login, now=now)


def encrypt_secrets_again(session: Session, secret: str) -> int:
    """Encrypt every app's secret with the newest line of the installation's secret; gives their number.

    Raises Fixable `second_factor.unreadable`; then nothing is changed.
    """
    box = cipher(secret, Purpose.SECOND_FACTOR)
    enrolled = session.scalars(
        select(Administrator).where(Administrator.encrypted_totp_secret.is_not(None)).with_for_update()
    ).all()
    for administrator in enrolled:
        shared = _shared_secret(administrator, secret)
        administrator.encrypted_totp_secret = box.encrypt(shared.encode()).decode()
    return len(enrolled)


def _spend_app_code(
    session: Session, administrator: Administrator, typed: str, *, secret: str, now: datetime
) -> bool:
    """Whether this is a code of the app that was not used before; the table decides, once for each step."""
    if administrator.encrypted_totp_secret is None:
        return False
    app = pyotp.TOTP(_shared_secret(administrator, secret))
    try:
        step = app.verify_and_get_timecode(typed, for_time=now, valid_window=STEPS_AROUND)
    except OTPVerificationError:
        return False
    spent = session.execute(
        update(Administrator)
        .where(
            Administrator.id == administrator.id,
            or_(Administrator.totp_last_step.is_(None), Administrator.totp_last_step < step),
        )
        .values(totp_last_step=step)
        .returning(Administrator.id)
    ).first()
    return spent is not None


def _spend_recovery_code(session: Session, administrator: Administrator, typed: str, now: datetime) -> bool:
    spent = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.administrator_id == administrator.id,
            RecoveryCode.code_hash == token_hash(typed.lower().translate(_MISREAD)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    ).first()
    if spent is None:
        return False
    left = recovery_codes_left(session, administrator)
    audit.record(
        session,
        actor=administrator.login,
        action="recovery_code.used",
        subject=administrator.login,
        now=now,
        left=str(left),
    )
    return True


def _make_recovery_codes(session: Session, administrator: Administrator) -> list[str]:
    """Ten codes of 80 random bits each; only their hashes are kept."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.administrator_id == administrator.id))
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(administrator_id=administrator.id, code_hash=token_hash(code)) for code in codes
    )
    session.flush()
    return [in_groups(code, "-") for code in codes]


def in_groups(text: str, between: str = " ") -> str:
    """The text in groups of four, easier to read and to type."""
    return between.join(text[start : start + 4] for start in range(0, len(text), 4))


def _shared_secret(administrator: Administrator, secret: str) -> str:
    try:
        stored = (administrator.encrypted_totp_secret or "").encode()
        return cipher(secret, Purpose.SECOND_FACTOR).decrypt(stored).decode()
    except InvalidToken:
        raise Fixable(
            "second_factor.unreadable",
            "The second factor cannot be checked with the present secret key of Waymark; put back the secret key "
            f"that was in use before, or run: waymark admin reset-second-factor {administrator.login}",
        ) from None


def _require_no_wait(administrator: Administrator, now: datetime) -> None:
    over = administrator.failed_codes - FREE_TRIES
    if over < 0 or administrator.failed_code_at is None:
        return
    wait = min(FIRST_WAIT * 2 ** min(over, 10), LONGEST_WAIT)
    left = administrator.failed_code_at + wait - now
    if left > timedelta(0):
        minutes = -(-int(left.total_seconds()) // 60)
        raise NotAllowed(
            "second_factor.wait",
            f"Too many codes were wrong. Wait {max(minutes, 1)} minutes, then try again with the newest code.",
            status=429,
        )


def _count_failure(session: Session, administrator: Administrator, now: datetime) -> None:
    administrator.failed_codes += 1
    administrator.failed_code_at = now
    _note(session, administrator, "second_factor.refused", now)


def _forget_failures(administrator: Administrator) -> None:
    administrator.failed_codes, administrator.failed_code_at = 0, None


def _note(session: Session, administrator: Administrator, action: str, now: datetime) -> None:
    login = administrator.login
    audit.record(session, actor=login, action=action, subject=login, now=now)


def _plain(code: str) -> str:
    """The code without the spaces and hyphens that people type."""
    return "".join(character for character in code[:64] if character not in " -\t")
