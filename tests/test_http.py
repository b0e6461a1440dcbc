"""The one way out: bounded, without redirects, https and public addresses only."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from lti_tool import deadlines, http
from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.http import OutboundSession, retry_after_seconds
from tests.factories import NOW


class _Server(ThreadingHTTPServer):
    seen: list[str]
    cookies: list[str | None]


class _Platform(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/secret")
            self.end_headers()
        elif self.path.startswith("/bytes/"):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * int(self.path.rpartition("/")[2]))
        elif self.path == "/drip":
            self.send_response(200)
            self.end_headers()
            with suppress(OSError):  # the other side gives up
                for _ in range(50):
                    self.wfile.write(b"x")
                    time.sleep(0.1)
        elif self.path == "/drip-from-the-head-on":
            with suppress(OSError):
                for byte in b"HTTP/1.1 200 OK\r\nX-Filler: " + 50 * b"x":
                    self.wfile.write(bytes([byte]))
                    time.sleep(0.1)
        elif self.path in {"/busy", "/broken"}:
            self.send_response(503)
            if self.path == "/busy":
                self.send_header("Retry-After", "120")
            self.end_headers()
        elif self.path == "/slow":
            time.sleep(1)
            self.send_response(200)
            self.end_headers()
        else:
            self.server.cookies.append(self.headers.get("Cookie"))
            self.send_response(200)
            self.send_header("Set-Cookie", "session=of-this-school; Path=/")
            self.end_headers()
            self.wfile.write(b"fine")

    do_POST = do_GET  # noqa: N815 - the name that the library asks for

    def log_message(self, *_args: object) -> None:
        """Be quiet."""


@pytest.fixture
def platform() -> Iterator[_Server]:
    server = _Server(("127.0.0.1", 0), _Platform)
    server.seen, server.cookies = [], []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def origin(platform: _Server) -> str:
    return f"http://127.0.0.1:{platform.server_port}"


@pytest.fixture
def outbound(origin: str) -> Iterator[OutboundSession]:
    with OutboundSession(local_origins=[origin]) as session:
        yield session


def test_a_local_platform_that_was_named_is_reached(outbound: OutboundSession, origin: str) -> None:
    assert outbound.get(f"{origin}/").text == "fine"


@pytest.mark.parametrize(
    "address",
    [
        "http://lms.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://224.0.0.1/",
        "https://user@lms.example/",
        "ftp://lms.example/",
    ],
)
def test_plain_http_and_private_addresses_are_not_called(
    outbound: OutboundSession, platform: _Server, address: str
) -> None:
    with pytest.raises(PlatformRefused) as refusal:
        outbound.get(address)
    assert refusal.value.code == "platform.address_refused"
    assert platform.seen == []


def test_a_redirect_is_an_answer_and_is_not_followed(
    outbound: OutboundSession, platform: _Server, origin: str
) -> None:
    assert outbound.get(f"{origin}/redirect").status_code == 302
    assert platform.seen == ["/redirect"]


class _Noting(HTTPAdapter):
    waits: object = None

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        self.waits = options["timeout"]
        return super().send(request, *args, **options)


def test_a_platform_has_five_seconds_to_be_reached_and_ten_for_each_part_of_its_answer(
    outbound: OutboundSession, origin: str
) -> None:
    noting = _Noting()
    outbound.mount(f"{origin}/", noting)
    assert outbound.get(f"{origin}/").text == "fine"
    assert noting.waits == (5.0, 10.0)


def test_a_request_has_thirty_seconds_altogether_and_its_answer_twenty_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert http.TOTAL_SECONDS == 30.0
    moments = iter((0.0, 0.0, 19.9, 20.0))
    monkeypatch.setattr(deadlines, "monotonic", lambda: next(moments))
    platform, tool = socket.socketpair()
    with platform, tool:
        response = deadlines.PunctualResponse(tool)
        for _ in range(2):
            platform.sendall(b"x")
            assert response.fp.read(1) == b"x"
        with pytest.raises(TimeoutError):
            response.fp.read(1)
        response.close()


def test_an_answer_of_more_than_five_megabytes_is_refused(outbound: OutboundSession, origin: str) -> None:
    largest = 5 * 1024 * 1024
    assert len(outbound.get(f"{origin}/bytes/{largest}").content) == largest
    with pytest.raises(PlatformRefused) as refusal:
        outbound.get(f"{origin}/bytes/{largest + 1}")
    assert refusal.value.code == "platform.answer_too_big"


def test_a_time_out_after_sending_may_have_taken_effect(outbound: OutboundSession, origin: str) -> None:
    with pytest.raises(PlatformUnavailable) as failure:
        outbound.post(f"{origin}/slow", timeout=(1, 0.1))
    assert failure.value.ambiguous


@pytest.mark.parametrize("path", ["/drip", "/drip-from-the-head-on"])
def test_a_slow_drip_is_cut_although_each_byte_arrives_in_time(
    outbound: OutboundSession, origin: str, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(deadlines, "ANSWER_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(PlatformUnavailable) as failure:
        outbound.post(f"{origin}{path}")
    assert failure.value.code == "platform.timeout"
    assert time.monotonic() - started < 3


def test_whoever_says_when_to_come_back_is_not_asked_again_before(
    outbound: OutboundSession, platform: _Server, origin: str
) -> None:
    assert outbound.get(f"{origin}/busy").status_code == 503
    assert platform.seen == ["/busy"]
    assert outbound.get(f"{origin}/broken").status_code == 503
    assert platform.seen == ["/busy"] + 3 * ["/broken"]


def test_a_reading_that_takes_too_long_is_called_that_although_it_was_retried(
    outbound: OutboundSession, origin: str
) -> None:
    with pytest.raises(PlatformUnavailable) as failure:
        outbound.get(f"{origin}/slow", timeout=(1, 0.1))
    assert failure.value.code == "platform.timeout"


def test_a_platform_that_is_not_there_is_a_clear_sentence() -> None:
    nobody = "http://127.0.0.1:9"
    with OutboundSession(local_origins=[nobody]) as session, pytest.raises(PlatformUnavailable) as failure:
        session.get(nobody)
    assert "cannot be reached" in failure.value.message


def test_a_cookie_of_one_answer_goes_with_no_later_call(
    outbound: OutboundSession, platform: _Server, origin: str
) -> None:
    outbound.get(f"{origin}/")
    outbound.get(f"{origin}/again")
    assert platform.cookies == [None, None]


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (None, None),
        ("", None),
        (" ", None),
        ("soon", None),
        ("-5", None),
        ("0", 1.0),
        (" 120 ", 120.0),
        ("86400", 3600.0),
        ("Mon, 02 Mar 2026 09:02:00 GMT", 120.0),
        ("Sun, 01 Mar 2026 09:00:00 GMT", 1.0),
    ],
)
def test_a_platform_may_ask_for_a_wait_between_a_second_and_an_hour(
    said: str | None, seconds: float | None
) -> None:
    response = requests.Response()
    if said is not None:
        response.headers["Retry-After"] = said
    assert retry_after_seconds(response, now=NOW.timestamp()) == seconds
