"""Our own signing keys: one pair per registration, private part encrypted at rest, public key set.

LTI 1.3 Core asks for RSA keys and RS256 (1EdTech Security Framework 1.0, section 5.1). A `kid` is never
used again; a retired key stays in the public set for a while, because platforms cache.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import RSAKey
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch.secrets import cipher, random_token
from lti_tool.models.platforms import Registration, ToolKey

KEY_BITS = 3072
OVERLAP = timedelta(days=14)


class SigningKey(NamedTuple):
    """A key to sign with: its id in the public set, and the private part as PEM text."""

    kid: str
    private_key: str


def new_signing_key(
    session: Session, registration: Registration | None, secret: str, now: datetime, *, bits: int = KEY_BITS
) -> ToolKey:
    """Make and store a key pair for `registration`, or for one that is just being made (None)."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kid = random_token(bits=128)
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


def signing_key(session: Session, registration: Registration, secret: str) -> SigningKey:
    """The newest key of `registration` that is not retired.

    Raises Fixable (`keys.missing`, `keys.unreadable`) when there is none, or the secret has changed.
    """
    key = session.scalar(
        select(ToolKey)
        .where(ToolKey.registration_id == registration.id, ToolKey.retired_at.is_(None))
        .order_by(ToolKey.id.desc())
        .limit(1)
    )
    if key is None:
        raise Fixable(
            "keys.missing", "This platform has no signing key yet; make one on the administration pages."
        )
    try:
        pem = cipher(secret).decrypt(key.encrypted_private_key.encode())
    except InvalidToken:
        raise Fixable(
            "keys.unreadable",
            "Waymark's signing keys cannot be read with the present secret key; put back the secret key "
            "that was in use when the platform was registered.",
        ) from None
    return SigningKey(key.kid, pem.decode())


def public_key_set(session: Session, now: datetime) -> dict[str, Any]:
    """The public keys that platforms check our signatures with (RFC 7517)."""
    keys = session.scalars(
        select(ToolKey.public_jwk)
        .where(or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > now - OVERLAP))
        .order_by(ToolKey.id)
    )
    return {"keys": list(keys)}
