"""Our own signing keys: one pair per registration, private part encrypted at rest, public key set.

LTI 1.3 Core asks for RSA keys and RS256 (1EdTech Security Framework 1.0, section 5.1). When a key is public
and when it signs is said in `key_schedule`; this module applies it to the table. A key that is over is
deleted with its private part; its `kid` is random and so never used again, and stays in the audit log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex
from typing import Any, NamedTuple

from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import RSAKey
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch import audit, key_schedule
from lti_tool.launch.key_schedule import KeyLife
from lti_tool.launch.secrets import cipher
from lti_tool.models.platforms import Registration, RegistrationStatus, ToolKey

KEY_BITS = 3072
WORKER = "worker"


class SigningKey(NamedTuple):
    """A key to sign with: its id in the public set, and the private part as PEM text."""

    kid: str
    private_key: str


@dataclass(frozen=True, slots=True)
class RegistrationKeys:
    """The keys of one registration from the oldest to the newest, and which of them signs."""

    registration_id: int
    label: str
    keys: tuple[KeyLife, ...]
    signing_kid: str


def new_signing_key(
    session: Session, registration: Registration | None, secret: str, now: datetime, *, bits: int = KEY_BITS
) -> ToolKey:
    """Make and store a key pair for `registration`, or for one that is just being made (None)."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kid = token_hex(16)  # no sign that a command line would take for an option
    key = ToolKey(
        registration_id=None if registration is None else registration.id,
        kid=kid,
        encrypted_private_key=cipher(secret).encrypt(pem).decode(),
        public_jwk=dict(
            RSAKey.import_key(private.public_key(), {"kid": kid, "use": "sig", "alg": "RS256"}).as_dict(
                private=False
            )
        ),
        created_at=now,
    )
    session.add(key)
    session.flush()
    return key


def keys_of(session: Session, registration_id: int) -> Sequence[ToolKey]:
    """The keys of a registration from the oldest to the newest."""
    return session.scalars(
        select(ToolKey).where(ToolKey.registration_id == registration_id).order_by(ToolKey.id)
    ).all()


def signing_key(session: Session, registration: Registration, secret: str, now: datetime) -> SigningKey:
    """The key of `registration` that signs at `now`.

    Raises Fixable (`keys.missing`, `keys.unreadable`) when there is none, or the secret has changed.
    """
    keys = {key.kid: key for key in keys_of(session, registration.id)}
    chosen = key_schedule.signing([_life(key) for key in keys.values()], now)
    if chosen is None:
        raise Fixable(
            "keys.missing", "This platform has no signing key yet; make one on the administration pages."
        )
    try:
        pem = cipher(secret).decrypt(keys[chosen.kid].encrypted_private_key.encode())
    except InvalidToken:
        raise Fixable(
            "keys.unreadable",
            "Waymark's signing keys cannot be read with the present secret key; put back the secret key "
            "that was in use when the platform was registered.",
        ) from None
    return SigningKey(chosen.kid, pem.decode())


def public_key_set(session: Session, now: datetime) -> dict[str, Any]:
    """The public keys that platforms check our signatures with (RFC 7517)."""
    keys = session.scalars(select(ToolKey).order_by(ToolKey.id))
    return {"keys": [key.public_jwk for key in keys if _life(key).is_public(now)]}


def rotate_key(
    session: Session,
    registration_id: int,
    *,
    secret: str,
    actor: str,
    now: datetime,
    at_once: bool = False,
    bits: int = KEY_BITS,
) -> ToolKey:
    """Make the next key of a registration: public now, signing after the head start or, if asked, at once.

    Raises NotVisible `registration.not_found`.
    """
    registration = session.get(Registration, registration_id, with_for_update=True)
    if registration is None:
        raise NotVisible("registration.not_found", "There is no such platform.")
    keys = keys_of(session, registration_id)
    lives = key_schedule.succeeded([_life(key) for key in keys], now, at_once=at_once)
    for key, life in zip(keys, lives, strict=True):
        key.retired_at = life.stops_at
    made = new_signing_key(session, registration, secret, now, bits=bits)
    action = "key.rotated_at_once" if at_once else "key.rotated"
    audit.record(session, actor=actor, action=action, subject=_subject(registration), now=now, kid=made.kid)
    return made


def active_registrations(session: Session) -> list[int]:
    """The registrations that let people in."""
    return list(
        session.scalars(
            select(Registration.id)
            .where(Registration.status == RegistrationStatus.ACTIVE)
            .order_by(Registration.id)
        )
    )


def registrations_due(session: Session, now: datetime) -> list[int]:
    """Active registrations that need a new key, by the rule of `key_schedule`."""
    return [key for key in active_registrations(session) if _is_due(session, key, now)]


def rotate_if_due(session: Session, registration_id: int, *, secret: str, now: datetime) -> bool:
    """Make the next key of a registration, unless somebody else has just done so."""
    session.get(Registration, registration_id, with_for_update=True)
    if not _is_due(session, registration_id, now):
        return False
    rotate_key(session, registration_id, secret=secret, actor=WORKER, now=now)
    return True


def delete_keys_that_are_over(session: Session, now: datetime) -> int:
    """Delete the keys that are no longer public, with their private parts; gives their number."""
    over = [key for key in session.scalars(select(ToolKey)) if not _life(key).is_public(now)]
    for key in over:
        _forget(session, key, action="key.deleted", actor=WORKER, now=now)
    return len(over)


def withdraw_key(session: Session, kid: str, *, actor: str, now: datetime) -> None:
    """Delete a key that has fallen into wrong hands, without waiting; a key that still signs stays.

    Raises NotVisible `keys.not_found`, Fixable `keys.in_use`.
    """
    key = session.scalar(select(ToolKey).where(ToolKey.kid == kid))
    if key is None:
        raise NotVisible("keys.not_found", "There is no such key.")
    if not _life(key).has_stopped(now):
        raise Fixable(
            "keys.in_use",
            "This key still signs or is about to. First make a new one that signs at once, then withdraw this one.",
        )
    _forget(session, key, action="key.withdrawn", actor=actor, now=now)


def all_keys(session: Session, now: datetime) -> list[RegistrationKeys]:
    """Every registration with its keys, by name."""
    found = []
    for registration in session.scalars(select(Registration).order_by(Registration.label, Registration.id)):
        lives = tuple(_life(key) for key in keys_of(session, registration.id))
        chosen = key_schedule.signing(lives, now)
        found.append(
            RegistrationKeys(registration.id, registration.label, lives, chosen.kid if chosen else "")
        )
    return found


def encrypt_keys_again(session: Session, secret: str) -> int:
    """Encrypt every private key with the newest line of the secret; gives their number.

    Raises Fixable `keys.unreadable` when one can be read with none of its lines; then nothing is changed.
    """
    keys = session.scalars(select(ToolKey).with_for_update()).all()
    box = cipher(secret)
    try:
        for key in keys:
            key.encrypted_private_key = box.rotate(key.encrypted_private_key.encode()).decode()
    except InvalidToken:
        raise Fixable(
            "keys.unreadable",
            "A signing key cannot be read with any line of the secret key. Put the secret that was in use "
            "before on a line of its own below the new one, and try again.",
        ) from None
    return len(keys)


def _is_due(session: Session, registration_id: int, now: datetime) -> bool:
    return key_schedule.is_due([_life(key) for key in keys_of(session, registration_id)], now)


def _forget(session: Session, key: ToolKey, *, action: str, actor: str, now: datetime) -> None:
    session.execute(delete(ToolKey).where(ToolKey.id == key.id))
    subject = "key" if key.registration_id is None else f"registration {key.registration_id}"
    audit.record(session, actor=actor, action=action, subject=subject, now=now, kid=key.kid)


def _life(key: ToolKey) -> KeyLife:
    return KeyLife(key.kid, key.created_at, key.retired_at)


def _subject(registration: Registration) -> str:
    return f"registration {registration.id}"
