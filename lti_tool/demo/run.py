"""The demo: the tool, its worker and a demo LMS as three processes, connected over the real protocol."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import click
import requests

from lti_tool import migrations
from lti_tool.db import Database
from lti_tool.demo.administrator import DemoAdministrator, demo_administrator
from lti_tool.demo.connect import connect_demo
from lti_tool.errors import Fixable
from lti_tool.settings import PREFIX, Settings, load_settings

START_TIMEOUT_SECONDS = 30
STOP_TIMEOUT_SECONDS = 10
CODES_SHOWN = 4
# The other platforms show tools only where a teacher has placed them.
_TOOLS_IN_NAVIGATION = {"strict", "canvas"}


def run_demo(*, folder: Path, tool_port: int, lms_port: int, profile: str, connect: bool) -> None:
    """Run the demo until it is interrupted.

    Raises Fixable when a port is taken, the folder cannot be written, or a part does not start.
    """
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, _interrupt)  # so that the parts are stopped, whoever ends the demo and however
    # LMS and tool are different sites (localhost and 127.0.0.1), so third-party cookie rules really apply.
    lms_address, tool_address = f"http://localhost:{lms_port}", f"http://127.0.0.1:{tool_port}"
    for port in (tool_port, lms_port):
        _require_free(port)
    folder = folder / profile
    environment = _environment(folder, tool_address, lms_address)
    settings = load_settings(environment)

    click.echo("Preparing the database …")
    database = Database(settings.database_url)
    migrations.upgrade(database)
    administrator = demo_administrator(database, settings, folder)

    click.echo("Starting the demo LMS, the tool and its worker …")
    python = [sys.executable, "-m"]
    lms = [*python, "lti_tool.demo_lms", "--port", str(lms_port), "--profile", profile]
    lms += ["--database", str(folder / "lms.sqlite"), "--address", lms_address]
    commands = {
        "demo LMS": lms,
        "tool": [*python, "lti_tool", "serve", "--bind", f"127.0.0.1:{tool_port}"],
        "worker": [*python, "lti_tool", "worker"],
    }
    with ExitStack() as stack:
        parts = {
            name: stack.enter_context(_running(command, environment)) for name, command in commands.items()
        }
        _wait_for(f"{lms_address}/", parts["demo LMS"])
        _wait_for(f"{tool_address}/health", parts["tool"])
        if connect:
            click.echo("Connecting them by dynamic registration …")
            connect_demo(database, settings=settings, lms_address=lms_address)
        click.echo(_what_to_click(lms_address, settings, administrator, profile=profile, connected=connect))
        _until_interrupted(parts)


def _what_to_click(
    lms_address: str, settings: Settings, administrator: DemoAdministrator, *, profile: str, connected: bool
) -> str:
    open_waymark = (
        "open the course, then “Waymark” in its navigation."
        if profile in _TOOLS_IN_NAVIGATION
        else "open the course, choose “Add activities from Waymark” in a\n     module, place “Waymark: your next step”, and open it."
    )
    by_hand = (
        ""
        if connected
        else f"""
  First connect the two: at {settings.address}/admin/ choose “Invite a platform” and copy the address;
  in the LMS sign in as the administrator, choose “External tools”, paste it, and activate the tool;
  then approve the registration in the tool's administration.
"""
    )
    return f"""
The demo is ready. Stop it with Ctrl-C.

  Demo LMS               {lms_address}
  Tool's administration  {settings.address}/admin/   (admin / {administrator.password})
                         codes for the second step, each works once: {" ".join(administrator.codes[:CODES_SHOWN])}
{by_hand}
  1. In the LMS sign in as Ms. Rivera (teacher), {open_waymark}
     Accept the sample skill map; look at Today; approve, swap or turn down a step, approve the rest.
  2. Open the gradebook of the LMS, “Columns of tools”: the column “Next step” carries words and no points.
  3. Sign in as any student, open “Waymark”, start the next step or choose “I know this already”; answer the check.
  4. Sign in as a family member: only the own child's report is there.
  5. As Ms. Rivera choose “Add activities” in a module, and place three activities with their own columns.
"""


def _environment(folder: Path, tool_address: str, lms_address: str) -> dict[str, str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "secret"
        if not secret.exists():
            secret.touch(mode=0o600)
            secret.write_text(secrets.token_hex(32), encoding="ascii")
    except OSError as error:
        raise Fixable(
            "demo.folder",
            f"The folder {folder} cannot be written ({error.strerror}); choose another with --folder.",
        ) from error
    own = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    return own | {
        PREFIX + "ADDRESS": tool_address,
        PREFIX + "DATABASE_URL": os.environ.get(
            PREFIX + "DATABASE_URL", f"sqlite:///{(folder / 'waymark.sqlite').resolve()}"
        ),
        PREFIX + "SECRET_KEY_FILE": str(secret.resolve()),
        PREFIX + "LOCAL_PLATFORMS": lms_address,
        PREFIX + "LOG_LEVEL": os.environ.get(PREFIX + "LOG_LEVEL", "warning"),
    }


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Fixable(
                "demo.port_in_use",
                f"Port {port} is in use by another program. Stop that one, or choose other ports: "
                "python -m lti_tool demo --tool-port 9080 --lms-port 9081",
            ) from None


@contextmanager
def _running(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env=dict(environment), start_new_session=True)  # noqa: S603  our own programs
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(requests.RequestException):
            if requests.get(url, timeout=2).ok:
                return
        time.sleep(0.1)
    raise Fixable("demo.no_answer", f"{url} does not answer; the reason is in the lines above.")


def _until_interrupted(parts: Mapping[str, subprocess.Popen[bytes]]) -> None:
    try:
        while True:
            for name, process in parts.items():
                if process.poll() is not None:
                    raise Fixable(
                        "demo.part_stopped",
                        f"The {name} stopped by itself; the reason is in the lines above.",
                    )
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("Stopping …")


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
