"""Random tokens, their hashes, and keys derived from the installation's one secret.

Only hashes of tokens are stored. Each purpose has its own derived key, so that a signature or ciphertext
made for one can never serve another.

While the secret is being changed it has several lines: the new one first, then those that may still be
needed to read what was stored before.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from enum import StrEnum
from functools import cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class Purpose(StrEnum):
    """What a derived key is for."""

    KEYS_AT_REST = "keys-at-rest"
    SECOND_FACTOR = "second-factor"
    ANTI_FORGERY = "anti-forgery"
    LOGIN_STATE = "login-state"
    LOGIN_NONCE = "login-nonce"
    NATIVE_CREDENTIALS = "native-credentials"
    AUTHORISATION_TICKET = "authorisation-ticket"
    AUTHORISATION_STATE = "authorisation-state"
    AUTHORISATION_VERIFIER = "authorisation-verifier"
    QUEUE = "queue"


def random_token(*, bits: int = 256) -> str:
    """A token that cannot be guessed, safe in addresses, cookies and forms."""
    return secrets.token_urlsafe(bits // 8)


def token_hash(token: str) -> str:
    """What is stored of a token. A plain hash suffices: the tokens are random and long."""
    return hashlib.sha256(token.encode()).hexdigest()


@cache
def derived_key(secret: str, purpose: Purpose) -> bytes:
    """32 bytes derived from the newest line of the installation's secret for one purpose (RFC 5869)."""
    return _derived(secret_lines(secret)[0], purpose)


def cipher(secret: str, purpose: Purpose = Purpose.KEYS_AT_REST) -> MultiFernet:
    """Encryption at rest: with the newest line of the secret, and reading with any of them."""
    return MultiFernet(
        [Fernet(base64.urlsafe_b64encode(_derived(line, purpose))) for line in secret_lines(secret)]
    )


def secret_lines(secret: str) -> list[str]:
    """The secret's lines, the newest first."""
    return [line for line in (line.strip() for line in secret.splitlines()) if line] or [secret]


def _derived(line: str, purpose: Purpose) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"waymark {purpose}".encode()).derive(
        line.encode()
    )
