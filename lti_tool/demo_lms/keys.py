"""The platform's signing keys and its public key set (LTI Security Framework 1.0, section 6.3)."""

import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.demo_lms.tables import PlatformKey

KEY_BITS = 2048
# A retired key stays in the set until the last token that it signed has expired.
OVERLAP = timedelta(hours=1)


def make_key(session: Session, *, now: datetime) -> PlatformKey:
    """A new key, which signs from now on."""
    kid = secrets.token_hex(10)
    pem = RSAKey.generate_key(KEY_BITS, private=True).as_pem(private=True).decode()
    row = PlatformKey(kid=kid, private_pem=pem, created_at=now)
    session.add(row)
    return row


def rotate_keys(session: Session, *, now: datetime) -> PlatformKey:
    """Retire the signing key and make a new one."""
    for row in session.scalars(select(PlatformKey).where(PlatformKey.retired_at.is_(None))):
        row.retired_at = now
    return make_key(session, now=now)


def public_key_set(session: Session, *, now: datetime) -> dict[str, Any]:
    """The key set that tools fetch."""
    rows = session.scalars(select(PlatformKey).order_by(PlatformKey.id.desc()))
    return {
        "keys": [
            _imported(row).as_dict(private=False)
            for row in rows
            if row.retired_at is None or row.retired_at + OVERLAP > now
        ]
    }


def sign(session: Session, claims: dict[str, Any]) -> str:
    """A token signed with the present key (RS256)."""
    row = session.scalars(
        select(PlatformKey).where(PlatformKey.retired_at.is_(None)).order_by(PlatformKey.id.desc())
    ).first()
    if row is None:
        raise LookupError("The demo LMS has no signing key; remove its database file and start it again.")
    return jwt.encode(
        {"typ": "JWT", "alg": "RS256", "kid": row.kid}, claims, _imported(row), algorithms=["RS256"]
    )


def _imported(row: PlatformKey) -> RSAKey:
    return _parsed(row.kid, row.private_pem)


@lru_cache(maxsize=16)
def _parsed(kid: str, pem: str) -> RSAKey:
    # Parsing checks the primes, which takes much longer than a signature.
    return RSAKey.import_key(pem, {"kid": kid, "use": "sig", "alg": "RS256"})
