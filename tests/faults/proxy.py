"""A TCP proxy between tool and platform that breaks connections in the ways in which networks do.

It carries one request on each connection: the platform behind it closes after every answer.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_LONGEST_SECONDS = 60.0
_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Exchange:
    """One request of the tool, before anything became of it."""

    tool: socket.socket
    request: bytes
    _platform: tuple[str, int]

    def ask(self) -> bytes:
        """Hand the request to the platform; all of its answer."""
        with socket.create_connection(self._platform, timeout=_LONGEST_SECONDS) as platform:
            platform.sendall(self.request)
            return b"".join(iter(lambda: platform.recv(65536), b""))

    def give(self, data: bytes) -> None:
        """Let the tool have these bytes."""
        with suppress(OSError):  # it gave up
            self.tool.sendall(data)

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        self.tool.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def is_over(self) -> bool:
        """Whether the tool closed its side."""
        with suppress(OSError):
            self.tool.setblocking(False)
            try:
                return self.tool.recv(1) == b""
            except BlockingIOError:
                return False
            finally:
                self.tool.settimeout(_LONGEST_SECONDS)
        return True

    def wait_for_end(self) -> None:
        """Keep silent until the tool gives up."""
        with suppress(OSError):
            while self.tool.recv(4096):
                pass


Trouble = Callable[[Exchange], None]


def black_hole(exchange: Exchange) -> None:
    """The request vanishes, and nothing ever comes back."""
    exchange.wait_for_end()


def silence(exchange: Exchange) -> None:
    """The platform takes the request, and nothing ever comes back."""
    exchange.ask()
    exchange.wait_for_end()


def reset(exchange: Exchange) -> None:
    """The connection is reset before the platform hears of the request."""
    exchange.reset()


def reset_after_the_request(exchange: Exchange) -> None:
    """The platform takes the request, then the connection is reset."""
    exchange.ask()
    exchange.reset()


def cut_after(number: int) -> Trouble:
    """Only so many bytes of the answer arrive; a negative number leaves so many out."""

    def cut(exchange: Exchange) -> None:
        exchange.give(exchange.ask()[:number])

    return cut


def instead(status: str, *headers: str, body: str = "") -> Trouble:
    """The platform takes the request, and this arrives as its answer."""

    def answer_otherwise(exchange: Exchange) -> None:
        exchange.ask()
        exchange.give("\r\n".join([f"HTTP/1.1 {status}", *headers, "Connection: close", "", body]).encode())

    return answer_otherwise


def late(seconds: float) -> Trouble:
    """The answer takes its time."""

    def answer_late(exchange: Exchange) -> None:
        answer = exchange.ask()
        time.sleep(seconds)
        exchange.give(answer)

    return answer_late


def drip(*, seconds: float) -> Trouble:
    """Slow-loris: the answer comes byte by byte, each after `seconds`."""

    def answer_in_drops(exchange: Exchange) -> None:
        for byte in exchange.ask():
            if exchange.is_over():
                return
            exchange.give(bytes([byte]))
            time.sleep(seconds)

    return answer_in_drops


@dataclass
class Held:
    """A request that stands still, before or after the platform heard of it, until the test lets it go.

    `reached` is set when it stands there; `before_going` is called before it goes on.
    """

    after_the_platform: bool
    reached: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    before_going: Callable[[], object] = lambda: None
    _go: threading.Event = field(default_factory=threading.Event)
    _dropped: bool = False

    def __call__(self, exchange: Exchange) -> None:
        answer = exchange.ask() if self.after_the_platform else b""
        self.reached.set()
        self._go.wait(_LONGEST_SECONDS)
        if not self._dropped:
            self.before_going()
            exchange.give(answer or exchange.ask())
        self.over.set()

    def let_go(self) -> None:
        """Go on as if nothing had been."""
        self._go.set()

    def drop(self) -> None:
        """Close the connection; what the platform has not heard of, it never will."""
        self._dropped = True
        self._go.set()


@dataclass
class _Planned:
    trouble: Trouble
    matches: Callable[[bytes], bool]
    times: int


class Proxy:
    """Listens at `origin` for one platform; troubles are taken in the order in which they were planned."""

    def __init__(self) -> None:
        self._listener = _listen(0)
        self.port: int = self._listener.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.upstream: tuple[str, int] = ("", 0)
        self.requests: list[tuple[float, str]] = []
        self._planned: list[_Planned] = []
        self._lock = threading.Lock()
        self._accept()

    def plan(self, trouble: Trouble, *, path: str = "", method: str = "", times: int = 1) -> None:
        """Let `trouble` come over the next requests whose path contains `path`."""

        def matches(head: bytes) -> bool:
            return head.startswith(method.encode()) and path.encode() in head

        with self._lock:
            self._planned.append(_Planned(trouble, matches, times))

    def hold(self, *, path: str, method: str = "", after_the_platform: bool = False) -> Held:
        """Let the next such request stand still."""
        held = Held(after_the_platform)
        self.plan(held, path=path, method=method)
        return held

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        with self._lock:
            self._planned.clear()

    @contextmanager
    def nobody_listens(self) -> Iterator[None]:
        """Connections are refused."""
        self._close()
        try:
            yield
        finally:
            self._listener = _listen(self.port)
            self._accept()

    @contextmanager
    def unreachable(self) -> Iterator[None]:
        """Packets are lost: a connection is neither accepted nor refused."""
        self._close()
        full = _listen(self.port, backlog=0)
        fillers = []
        while True:
            filler = socket.socket()
            filler.settimeout(0.2)
            fillers.append(filler)
            try:
                filler.connect(("127.0.0.1", self.port))
            except TimeoutError:
                break
        try:
            yield
        finally:
            for each in (*fillers, full):
                each.close()
            self._listener = _listen(self.port)
            self._accept()

    def close(self) -> None:
        """Listen no more."""
        self._close()

    def _close(self) -> None:
        with suppress(OSError):  # wakes the thread that accepts
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        threading.Thread(target=self._serve, args=[self._listener], daemon=True).start()

    def _serve(self, listener: socket.socket) -> None:
        while True:
            try:
                tool, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=[tool], daemon=True).start()

    def _carry(self, tool: socket.socket) -> None:
        tool.settimeout(_LONGEST_SECONDS)
        with suppress(OSError), tool:
            request = _read_request(tool)
            if not request:
                return
            head = request.split(b"\r\n", 1)[0]
            trouble = self._take(head)
            trouble(Exchange(tool, request, self.upstream))

    def _take(self, head: bytes) -> Trouble:
        with self._lock:
            self.requests.append((time.monotonic(), head.decode("latin-1").rpartition(" ")[0]))
            for planned in self._planned:
                if planned.matches(head):
                    planned.times -= 1
                    if planned.times <= 0:
                        self._planned.remove(planned)
                    return planned.trouble
        return _carry_over


def _carry_over(exchange: Exchange) -> None:
    exchange.give(exchange.ask())


def _listen(port: int, backlog: int = 64) -> socket.socket:
    return socket.create_server(("127.0.0.1", port), backlog=backlog)


def _read_request(tool: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = tool.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    while length and len(body) < int(length[1]):
        body += tool.recv(65536)
    return head + b"\r\n\r\n" + body
