"""An answer that must have ended in time, head and body: connections for `http` that see to it.

The time-out of a socket begins anew with every byte. Whoever sends one byte a second, from the status line on, would
hold a worker for hours ("slow-loris"; `requests` documents that its time-outs are not for the whole answer).
"""

from __future__ import annotations

import io
from http.client import HTTPResponse
from socket import socket
from time import monotonic
from typing import Any, cast

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from lti_tool.trust import TrustingAdapter

ANSWER_SECONDS = 20.0


class PunctualResponse(HTTPResponse):
    """An answer whose reading ends with TimeoutError when its time is over."""

    def __init__(self, sock: socket, *args: Any, **options: Any) -> None:
        super().__init__(cast(socket, _Watched(sock)), *args, **options)


class PunctualAdapter(TrustingAdapter):
    """For `requests`: any address, with punctual answers."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """As the library does, with our own kind of connection."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PunctualPool, "https": _PunctualSecurePool}


class _PunctualConnection(HTTPConnection):
    response_class = PunctualResponse


class _PunctualPool(HTTPConnectionPool):
    ConnectionCls = _PunctualConnection


class _PunctualSecureConnection(HTTPSConnection):
    response_class = PunctualResponse


class _PunctualSecurePool(HTTPSConnectionPool):
    ConnectionCls = _PunctualSecureConnection


class _Watched:
    """What the library's answer wants of a socket."""

    def __init__(self, sock: socket) -> None:
        self._socket = sock

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self._socket))


class _Reader(io.RawIOBase):
    def __init__(self, sock: socket) -> None:
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._longest = sock.gettimeout() or ANSWER_SECONDS
        self._deadline = monotonic() + ANSWER_SECONDS

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long")
        self._socket.settimeout(min(left, self._longest))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()
