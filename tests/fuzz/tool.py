"""The tool as people run it, in processes of its own: answers, log, memory, stored state."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import func, select

from lti_tool import migrations
from lti_tool.db import Base, Database
from lti_tool.launch import second_factor
from lti_tool.launch.administrators import create_administrator
from lti_tool.launch.keys import new_signing_key
from lti_tool.models.platforms import Deployment, Registration
from tests.benchmarks.launches.servers import free_port, wait_for
from tests.launch.platform import SigningPlatform, add_registration, running_platform
from tests.web.administrator import PASSWORD
from tests.web.school import NAMES, SECRET, open_school

ROOT = Path(__file__).resolve().parents[2]
LONGEST_SECONDS = 5.0
_GIVE_UP_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back until the server closed; status 0 when nothing did."""

    status: int
    seconds: float
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")

    def header(self, name: str) -> str:
        found = re.search(rf"^{name}: (.*?)\r$", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""

    def cookie(self, name: str) -> str:
        found = re.search(rf"^Set-Cookie: {name}=([^;\r]+)", self.text, re.MULTILINE | re.IGNORECASE)
        return found[1] if found else ""


@dataclass
class Tool:
    """The running server, its platform and its database."""

    port: int
    platform: SigningPlatform
    process: psutil.Process
    database: Database
    folder: Path
    processes: int
    students: tuple[str, ...]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(self, data: bytes, source: str = "127.0.0.1") -> Answer:
        """Send these bytes from a loopback address and nothing more; everything that is answered.

        Our half of the connection is closed, so that a request that promises more than it has ends at once:
        waiting for slow senders is the business of the web server in front.
        """
        received, started = b"", time.monotonic()
        with suppress(OSError), self._connection(source) as connection:
            with suppress(OSError):  # refused before it was read to its end
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
            started = time.monotonic()
            while part := connection.recv(65536):
                received += part
        status = re.match(rb"HTTP/1\.[01] (\d{3})", received)
        return Answer(int(status[1]) if status else 0, time.monotonic() - started, received)

    def _connection(self, source: str) -> socket.socket:
        return socket.create_connection(
            ("127.0.0.1", self.port), timeout=_GIVE_UP_SECONDS, source_address=(source, 0)
        )

    def log(self) -> list[str]:
        """Everything that the server has written so far, in entries; a traceback is one.

        Its processes write to one file, so two entries may stand on one line.
        """
        text = (self.folder / "log").read_text(encoding="utf-8", errors="replace")
        return re.split(r"\n(?=[{\[])|(?<=})(?={\")", text)

    def log_line(self, error_id: str) -> dict[str, Any]:
        """What the log says of the refusal with this id."""
        entry = next((entry for entry in reversed(self.log()) if f'"{error_id}"' in entry), "{}")
        try:
            found, _ = json.JSONDecoder().raw_decode(entry)
        except ValueError:  # torn by another process's line
            return {"kind": entry}
        return found if isinstance(found, dict) else {}

    def workers(self) -> list[int]:
        """The server's processes; another number means that one died."""
        return sorted(child.pid for child in self.process.children())

    def resident(self) -> int:
        """Bytes of memory of all of them."""
        total = 0
        for process in (self.process, *self.process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                total += process.memory_info().rss
        return total

    def stored(self) -> dict[str, int]:
        """Rows of each table, and the bytes of the database's files."""
        with self.database.read() as session:
            rows = {
                table.name: session.scalar(select(func.count()).select_from(table)) or 0
                for table in Base.metadata.sorted_tables
            }
        files = self.folder.glob("waymark.sqlite*")
        return rows | {
            "bytes of files": sum(path.stat().st_size for path in files if path.suffix != ".sqlite-shm")
        }


@contextmanager
def running(processes: int) -> Iterator[Tool]:
    """The tool on SQLite with a course, two administrators and a platform that signs, registered twice."""
    with tempfile.TemporaryDirectory(prefix="waymark-") as name, running_platform() as platform:
        folder, port = Path(name), free_port()
        url = f"sqlite:///{folder / 'waymark.sqlite'}"
        database = Database(url)
        migrations.upgrade(database)
        students = _fill(database, url, platform, folder, port)
        command = [
            *(sys.executable, "-m", "lti_tool", "serve", "--bind", f"127.0.0.1:{port}"),
            *("--processes", str(processes)),
        ]
        environment = {
            "LTI_TOOL_ADDRESS": f"http://127.0.0.1:{port}",
            "LTI_TOOL_DATABASE_URL": url,
            "LTI_TOOL_QUEUE_URL": f"sqlite:///{folder / 'queue.sqlite'}",
            "LTI_TOOL_SECRET_KEY": SECRET,
            "LTI_TOOL_LOCAL_PLATFORMS": platform.issuer,
        }
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=log)
        try:
            wait_for(f"http://127.0.0.1:{port}/health")
            yield Tool(port, platform, psutil.Process(process.pid), database, folder, processes, students)
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            database.close()


def _fill(
    database: Database, url: str, platform: SigningPlatform, folder: Path, port: int
) -> tuple[str, ...]:
    """A course as the tests of the pages have it, at our platform; gives the students' ids there."""
    now = datetime.now(UTC)
    with open_school(url, folder / "queue.sqlite") as school, database.transaction() as session:
        registration = session.scalars(select(Registration)).one()
        registration.issuer, registration.client_id = platform.issuer, platform.client_id
        registration.auth_login_url = platform.issuer + "/auth"
        registration.auth_token_url = platform.issuer + "/token"
        registration.key_set_url = platform.issuer + "/keys"
        new_signing_key(session, registration, SECRET, now)
        session.scalars(select(Deployment)).one().deployment_id = platform.deployment_id
        add_registration(session, platform, client_id="client-2", deployment_id="deployment-2")
        create_administrator(session, "bob", PASSWORD, now)
        ada = create_administrator(session, "ada", PASSWORD, now)
        second_factor.begin_enrolment(session, ada, secret=SECRET, host=f"127.0.0.1:{port}")
        ada.totp_confirmed_at = now
        return tuple(f"user of {name}" for name in NAMES[: len(school.learner_keys)])
