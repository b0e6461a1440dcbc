"""The server that people run: what it answers when a request breaks off or is no HTTP, and what it keeps to itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool.launch.secrets import random_token
from lti_tool.web.family_cookie import COOKIE

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps its database, and what it says."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def port(folder: Path, sqlite_template: Path) -> Iterator[int]:
    """`lti_tool serve` with one process, on an empty database."""
    database = folder / "waymark.sqlite"
    database.write_bytes(sqlite_template.read_bytes())
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    environment = {
        "LTI_TOOL_ADDRESS": f"http://127.0.0.1:{port}",
        "LTI_TOOL_DATABASE_URL": f"sqlite:///{database}",
        "LTI_TOOL_QUEUE_URL": f"sqlite:///{folder / 'queue.sqlite'}",
        "LTI_TOOL_SECRET_KEY": random_token(),
    }
    command = [sys.executable, "-m", "lti_tool", "serve", "--bind", f"127.0.0.1:{port}", "--processes", "1"]
    with (folder / "said.txt").open("w") as said:
        process = subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, **environment}, stdout=said, stderr=subprocess.STDOUT
        )
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()
            process.wait(timeout=30)


@pytest.mark.parametrize(
    "body", [b"zz\r\n", b"5\r\nabcdeXX0\r\n\r\n", b"0\r\nbad trailer\r\n\r\n", b"0;\r=\r\n\r\n"]
)
def test_a_body_in_broken_pieces_is_the_senders_fault(port: int, body: bytes) -> None:
    head = (
        f"POST /lti/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nTransfer-Encoding: chunked\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    answer = _answer(port, head.encode() + body)
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:200]
    assert b"request.http_400" in answer


def test_no_log_has_the_secret_of_a_family_s_link(port: int, folder: Path) -> None:
    token = random_token(bits=128)
    for request, status in (
        (f"GET /f/{token}", b"303"),
        (f"GET /f/{token}/more", b"404"),
        (f"GET /f/{token}.", b"404"),
        (f"DELETE /f/{token}", b"405"),
        ("GET /f/report", b"404"),  # with the cookie
    ):
        head = f"{request} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {COOKIE}={token}\r\n\r\n"
        assert _answer(port, head.encode())[9:12] == status
    said = (folder / "said.txt").read_text()
    assert "family_link.ended" in said
    assert token not in said


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while not _answer(port, f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()):
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.1)


def _answer(port: int, request: bytes) -> bytes:
    """All that comes back before the server or we close; empty where nobody listens."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))
    except ConnectionError:
        return b""
