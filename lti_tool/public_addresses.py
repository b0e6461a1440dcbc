"""Calls to the public internet only: a host name is looked up once, checked, and that very address is called.

Checking a name and then letting the library look it up again would leave a gap: whoever runs the name's
server can answer the second time with an address inside our network ("DNS rebinding", OWASP Server-Side
Request Forgery Prevention Cheat Sheet). The certificate is still checked against the name.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import Any

from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError
from urllib3.util.connection import create_connection

from lti_tool.deadlines import PunctualResponse
from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.trust import TrustingAdapter


class PublicAdapter(TrustingAdapter):
    """For `requests`: https to public addresses only.

    Sending raises PlatformRefused (`platform.address_refused`) for a name that leads anywhere else, and
    PlatformUnavailable (`platform.unreachable`) for a name that leads nowhere.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As the library does, with our own kind of connection."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


class _PublicConnection(HTTPSConnection):
    response_class = PunctualResponse

    def _new_conn(self) -> socket.socket:
        failure: Exception | None = None
        for address in public_addresses(self.host):
            try:
                return create_connection(
                    (address, self.port),
                    self.timeout,
                    source_address=self.source_address,
                    socket_options=self.socket_options,
                )
            except TimeoutError:
                failure = ConnectTimeoutError(self, "no connection in time")
            except OSError as error:
                failure = NewConnectionError(self, type(error).__name__)
        raise failure or NewConnectionError(self, "no address")


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


def public_addresses(host: str) -> list[str]:
    """The addresses of `host`, all of them public. Raises as `PublicAdapter` says."""
    found = _resolve(host)
    if not all(_is_public(address) for address in found):
        raise PlatformRefused(
            "platform.address_refused",
            "An address of the learning platform points into a private network and is not called.",
            detail=host,
        )
    return found


def _resolve(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise PlatformUnavailable(
            "platform.unreachable",
            "The learning platform's address cannot be found; check that it is spelled right.",
            detail=host,
        ) from None
    return list(dict.fromkeys(str(entry[4][0]).split("%")[0] for entry in found))


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address)
    return parsed.is_global and not parsed.is_multicast
