"""A name is looked up once, checked, and exactly that address is called."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from lti_tool import public_addresses
from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.http import OutboundSession


@pytest.fixture
def greeted() -> Iterator[tuple[int, list[bytes]]]:
    """A port that takes one connection, keeps what it first hears, and hangs up."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.recv(4096))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        thread.join(5)


def test_the_address_that_was_checked_is_the_one_that_is_called(
    greeted: tuple[int, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, heard = greeted
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])  # as a hostile name server answers: first well, then not
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return next(answers)

    monkeypatch.setattr(public_addresses, "_resolve", resolve)
    monkeypatch.setattr(public_addresses, "_is_public", lambda address: address == "127.0.0.1")
    with OutboundSession(read_retries=0) as outbound, pytest.raises(PlatformUnavailable):
        outbound.get(f"https://lms.example:{port}/")
    assert asked == ["lms.example"]
    assert b"lms.example" in heard[0], "the certificate is asked for by name"


@pytest.mark.parametrize(
    "found",
    [["93.184.216.34", "10.0.0.1"], ["::1"], ["fd00::1"], ["fe80::1"], ["0.0.0.0"], ["::ffff:10.0.0.1"]],
)
def test_one_private_address_among_several_is_enough_to_refuse(
    found: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public_addresses, "_resolve", lambda _host: found)
    with OutboundSession() as outbound, pytest.raises(PlatformRefused) as refused:
        outbound.get("https://lms.example/")
    assert refused.value.code == "platform.address_refused"


def test_a_local_origin_stands_for_exactly_its_port() -> None:
    with OutboundSession(local_origins=["http://127.0.0.1:1"]) as outbound, pytest.raises(PlatformRefused):
        outbound.get("http://127.0.0.1:10/")
