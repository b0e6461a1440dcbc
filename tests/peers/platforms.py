"""Running peers: each is a process of its own, in its own environment."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class OpenEdx:
    """Where Open edX's platform code answers."""

    address: str

    def connect(self, tool: str) -> dict[str, str]:
        """Enter the tool's addresses; gives what the tool's administrator has to enter."""
        addresses = {
            "login_url": f"{tool}/lti/login",
            "launch_url": f"{tool}/lti/launch",
            "key_set_url": f"{tool}/lti/jwks",
        }
        response = requests.post(f"{self.address}/studio/connect", addresses, timeout=10)
        assert response.ok, response.text
        shown: dict[str, str] = response.json()
        return shown

    def inspect(self, table: str) -> list[dict[str, Any]]:
        """The rows of one of `content_items`, `line_items`, `scores`, `grades`."""
        rows: list[dict[str, Any]] = requests.get(f"{self.address}/inspect", timeout=10).json()[table]
        return rows


@contextmanager
def running_openedx(folder: Path) -> Iterator[OpenEdx]:
    """Start it with an empty database in `folder`; install it first where that was not done yet."""
    made = subprocess.run(["make", "peer"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert made.returncode == 0, (
        f"Open edX's platform code could not be installed:\n{made.stdout}{made.stderr}"
    )
    said = folder / "openedx.txt"
    command = [str(ROOT / "var/peer/bin/python"), "-m", "tests.peers.openedx", str(folder / "openedx.sqlite")]
    with (
        said.open("w", encoding="utf-8") as errors,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, text=True) as process,
    ):
        try:
            assert process.stdout is not None
            address = process.stdout.readline().strip()
            assert address, f"Open edX's platform code did not start:\n{said.read_text(encoding='utf-8')}"
            yield OpenEdx(address)
        finally:
            process.terminate()
        print(said.read_text(encoding="utf-8")[-3000:])  # for whoever reads a failure
