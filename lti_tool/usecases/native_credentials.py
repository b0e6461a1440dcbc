"""Credentials for the LMS's own API: encrypted as soon as they arrive, opened for a reading, shown never."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from cryptography.fernet import InvalidToken
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Access, Place
from lti_tool.http import OutboundSession
from lti_tool.launch.secrets import Purpose, cipher
from lti_tool.models.gradebook import NativeConnection


def seal(credential: str, secret: str) -> str:
    """What is kept of a credential; `secret` is the installation's."""
    return cipher(secret, Purpose.NATIVE_CREDENTIALS).encrypt(credential.encode()).decode()


def unseal(connection: NativeConnection, secret: str) -> str:
    """The credential of a connection. Raises Fixable `native.unreadable` where the secret has changed."""
    try:
        opened = cipher(secret, Purpose.NATIVE_CREDENTIALS).decrypt(connection.encrypted_secret.encode())
    except InvalidToken:
        raise Fixable(
            "native.unreadable",
            "The kept token cannot be read any more. Make a new one in your learning platform and connect again.",
        ) from None
    return opened.decode()


def native_access(
    connection: NativeConnection, outbound: OutboundSession, secret: str, clock: Callable[[], datetime]
) -> Access:
    """What calls by this connection need. Raises Fixable `native.unreadable`."""
    return Access(
        place=Place(Product(connection.product), connection.root, connection.course),
        secret=unseal(connection, secret),
        outbound=outbound,
        clock=lambda: clock().timestamp(),
        key=connection.key,
    )


def encrypt_credentials_again(session: Session, secret: str) -> int:
    """Encrypt every kept credential with the newest line of `secret`; gives back how many are readable.

    One that no line of it opens is left as it is: its connection says that it has to be given again.
    """
    found = 0
    for connection in session.scalars(select(NativeConnection).with_for_update()):
        with suppress(InvalidToken):
            renewed = cipher(secret, Purpose.NATIVE_CREDENTIALS).rotate(connection.encrypted_secret.encode())
            connection.encrypted_secret = renewed.decode()
            found += 1
    return found
