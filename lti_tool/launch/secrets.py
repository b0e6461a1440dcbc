"""Random tokens, their hashes, and keys derived from the installation's one secret.

Only hashes of tokens are stored. Each purpose has its own derived key, so that a signature or ciphertext
made for one can never serve another.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from enum import StrEnum

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Purpose(StrEnum):
    """What a derived key is for."""

    KEYS_AT_REST = "keys-at-rest"
    ANTI_FORGERY = "anti-forgery"


def random_token(*, bits: int = 256) -> str:
    """A token that cannot be guessed, safe in addresses, cookies and forms."""
    return secrets.token_urlsafe(bits // 8)


def token_hash(token: str) -> str:
    """What is stored of a token. A plain hash suffices: the tokens are random and long."""
    return hashlib.sha256(token.encode()).hexdigest()


def derived_key(secret: str, purpose: Purpose) -> bytes:
    """32 bytes derived from the installation's secret for one purpose (RFC 5869)."""
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"waymark {purpose}".encode()).derive(
        secret.encode()
    )


def cipher(secret: str) -> Fernet:
    """Encryption for our own private keys at rest."""
    return Fernet(base64.urlsafe_b64encode(derived_key(secret, Purpose.KEYS_AT_REST)))
