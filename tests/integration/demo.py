"""The whole demo as its user starts it, on free ports and in a folder of its own."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.migrated import migrated_sqlite

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Demo:
    """Addresses of a running demo, what the administrator signs in with, and what it has printed so far."""

    lms: str
    tool: str
    password: str
    codes: list[str]
    output: Path

    def log(self) -> str:
        """Everything that the demo's parts have printed."""
        return self.output.read_text(encoding="utf-8")


@contextmanager
def running_demo(folder: Path, *options: str) -> Iterator[Demo]:
    """Start `python -m lti_tool demo` and stop it again, with everything that it started."""
    tool_port, lms_port = free_ports(2)
    output = folder / "output.txt"
    command = [sys.executable, "-m", "lti_tool", "demo", "--folder", str(folder / "demo")]
    command += ["--tool-port", str(tool_port), "--lms-port", str(lms_port), *options]
    with output.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, cwd=ROOT, stdout=stream, stderr=subprocess.STDOUT)
    try:
        password, codes = _administrator(process, output)
        yield Demo(f"http://localhost:{lms_port}", f"http://127.0.0.1:{tool_port}", password, codes, output)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


@contextmanager
def prepared_demo(folder: Path, profile: str, *options: str) -> Iterator[Demo]:
    """`running_demo`, where its first start is not what the test is about: the database has its tables already."""
    (folder / "demo" / profile).mkdir(parents=True)
    migrated_sqlite(folder / "demo" / profile / "waymark.sqlite")
    with running_demo(folder, "--profile", profile, *options) as demo:
        yield demo


def free_ports(count: int) -> list[int]:
    """Ports of this machine that nobody uses at the moment."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def _administrator(process: subprocess.Popen[bytes], output: Path) -> tuple[str, list[str]]:
    """The password and the codes of the second step, once they are printed."""
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        text = output.read_text(encoding="utf-8")
        found = re.search(r"\(admin / (\S+)\)\n.*each works once: ([-\w ]+)\n", text)
        if found:
            return found.group(1), found.group(2).split()
        time.sleep(0.1)
    raise AssertionError("The demo did not start:\n" + output.read_text(encoding="utf-8"))
