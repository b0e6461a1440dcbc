"""The way out, beyond single refusals: nothing of the surroundings leads it elsewhere, and its waits add up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from lti_tool import http, public_addresses
from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.grades.delivery import REQUEST_TIME
from lti_tool.http import OutboundSession


@pytest.fixture
def heard() -> dict[str, str]:
    """The headers of the latest request."""
    return {}


@pytest.fixture
def origin(heard: dict[str, str]) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.clear()
            heard.update(self.headers.items())
            self.send_response(200)
            self.send_header("Content-Length", "4")
            self.end_headers()
            self.wfile.write(b"fine")

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_proxies_and_passwords_of_the_surroundings_are_not_used(
    origin: str, heard: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    secrets = tmp_path / "netrc"
    secrets.write_text("machine 127.0.0.1 login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(secrets))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with OutboundSession(local_origins=[origin]) as outbound:
        assert outbound.get(f"{origin}/").text == "fine"
    assert "Authorization" not in heard


def test_platforms_can_tell_who_calls(origin: str, heard: dict[str, str]) -> None:
    with OutboundSession(local_origins=[origin]) as outbound:
        outbound.get(f"{origin}/")
    assert heard["User-Agent"].startswith("Waymark/")


@pytest.mark.parametrize(
    "address", ["https:///path", "https://user@lms.example/", "https://user:word@lms.example/"]
)
def test_an_address_without_a_host_or_with_a_name_in_it_is_not_looked_up(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_addresses, "_resolve", lambda _host: ["93.184.216.34"])
    with OutboundSession() as outbound, pytest.raises(PlatformRefused) as refused:
        outbound.get(address, timeout=0.01)
    assert refused.value.code == "platform.address_refused"


def test_another_origin_on_the_machine_of_a_local_platform_is_not_called(origin: str) -> None:
    port = int(origin.rpartition(":")[2])
    for other in (f"http://127.0.0.1:{port + 1}/", f"http://127.0.0.1:{port}@evil.example/"):
        with OutboundSession(local_origins=[origin]) as outbound, pytest.raises(PlatformRefused) as refused:
            outbound.get(other)
        assert refused.value.code == "platform.address_refused"


def test_an_unknown_host_is_a_platform_that_cannot_be_reached() -> None:
    with OutboundSession() as outbound, pytest.raises(PlatformUnavailable) as failed:
        outbound.get("https://no-such-host.invalid/")
    assert (failed.value.code, failed.value.ambiguous) == ("platform.unreachable", False)


def test_a_request_is_over_before_the_lease_of_what_it_delivers() -> None:
    assert REQUEST_TIME.total_seconds() > http.CONNECT_TIMEOUT_SECONDS + http.READ_TIMEOUT_SECONDS
