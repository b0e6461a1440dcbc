"""Credentials for the LMS's own API: encrypted as soon as they arrive, opened for a reading, shown never."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain
from typing import Final

from cryptography.fernet import InvalidToken
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.launch.secrets import Purpose, cipher
from lti_tool.models.gradebook import NativeConnection, PlatformConnection

LONGEST: Final = 1024
# Every column that holds one.
_SEALED: Final = ("encrypted_secret", "encrypted_access", "encrypted_client_secret")


def is_credential(text: str) -> bool:
    """Whether this can be a token, key or secret of an LMS at all."""
    return 8 <= len(text) <= LONGEST and text.isascii() and text.isprintable() and " " not in text


def seal(credential: str, secret: str) -> str:
    """What is kept of a credential; `secret` is the installation's."""
    return cipher(secret, Purpose.NATIVE_CREDENTIALS).encrypt(credential.encode()).decode()


def unseal(sealed: str, secret: str) -> str:
    """The credential that is kept so. Raises Fixable `native.unreadable` where the secret has changed."""
    try:
        opened = cipher(secret, Purpose.NATIVE_CREDENTIALS).decrypt(sealed.encode())
    except InvalidToken:
        raise Fixable(
            "native.unreadable",
            "The kept token cannot be read any more. Make a new one in your learning platform and connect again.",
        ) from None
    return opened.decode()


def encrypt_credentials_again(session: Session, secret: str) -> int:
    """Encrypt every kept credential with the newest line of `secret`; gives back how many are readable.

    One that no line of it opens is left as it is: its connection says that it has to be given again.
    """
    found = 0
    rows = chain(
        session.scalars(select(NativeConnection).with_for_update()),
        session.scalars(select(PlatformConnection).with_for_update()),
    )
    for row in rows:
        for name in _SEALED:
            sealed = getattr(row, name, None)
            if not sealed:
                continue
            with suppress(InvalidToken):
                renewed = cipher(secret, Purpose.NATIVE_CREDENTIALS).rotate(sealed.encode())
                setattr(row, name, renewed.decode())
                found += 1
    return found
