"""The tool as it runs: a worker process, a web process, and ways to stop them that they cannot resist.

Tool, platform and test have the machine's clock here. A lease is ended by the test, as a minute of waiting would.
"""

from __future__ import annotations

import itertools
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import requests
from sqlalchemy import make_url, select, text, update

from lti_tool.db import Database
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.models.launches import LaunchSession
from lti_tool.settings import Settings, load_settings
from lti_tool.usecases import skill_maps
from lti_tool.web.browser import COOKIE
from lti_tool.worker import make_triggers
from tests.factories import SKILL_MAPS, make_teacher
from tests.faults.bench import Bench, through
from tests.faults.proxy import Proxy
from tests.grades.linked_course import SECRET, RealClock, link_course
from tests.grades.strict_platform import Platform
from tests.integration.demo import free_ports

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0


@dataclass
class Browser:
    """A student's browser inside one launch, talking to the web process."""

    address: str
    launch_id: str
    token: str

    def get(self, path: str) -> requests.Response:
        """The page at `path`, relative to the launch."""
        return requests.get(f"{self.address}/l/{self.launch_id}/{path}", headers=self._headers(), timeout=60)

    def post(self, path: str, **fields: object) -> requests.Response:
        """Send a form; no redirect is followed."""
        page = self.get("next").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        return requests.post(
            f"{self.address}/l/{self.launch_id}/{path}",
            data={"csrf_token": token, **fields},
            headers=self._headers(),
            allow_redirects=False,
            timeout=60,
        )

    def _headers(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self.token}"}


@dataclass
class Workshop:
    """A course behind the proxy, and the processes that serve it."""

    bench: Bench
    settings: Settings
    folder: Path
    rounds: int = 1
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    webs: list[subprocess.Popen[bytes]] = field(default_factory=list)
    names: Iterator[str] = field(default_factory=lambda: (f"quiz{number}" for number in itertools.count()))

    @property
    def database(self) -> Database:
        return self.bench.course.database

    @property
    def proxy(self) -> Proxy:
        return self.bench.proxy

    # -- processes -----------------------------------------------------------------------------------

    def worker(self) -> subprocess.Popen[bytes]:
        """The running worker; one is started where there is none."""
        alive = [process for process in self.workers if process.poll() is None]
        return alive[0] if alive else self.another_worker()

    def another_worker(self) -> subprocess.Popen[bytes]:
        """One more worker beside those that run."""
        process = self._start("worker")
        self.workers.append(process)
        return process

    def web(self) -> subprocess.Popen[bytes]:
        """The running web process, ready to answer."""
        alive = [process for process in self.webs if process.poll() is None]
        if alive:
            return alive[0]
        bind = self.settings.address.removeprefix("http://")
        process = self._start("serve", "--bind", bind, "--processes", "1")
        self.webs.append(process)
        self.wait_until(self._answers)
        return process

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """`kill -9` for the process and all that it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE_SECONDS)

    def end_all(self) -> None:
        """No process outlives the test."""
        for process in (*self.workers, *self.webs):
            if process.poll() is None:
                self.kill(process)

    @contextmanager
    def full_disk(self, process: subprocess.Popen[bytes]) -> Iterator[None]:
        """No file of the process grows any more, as on a full disk (setrlimit(2), RLIMIT_FSIZE).

        PostgreSQL's files are its server's: there the outbox says what the server says of a full disk.
        """
        if self.database.engine.name != "sqlite":
            self._run(*_FULL_ON_POSTGRESQL)
            yield
            self._run("DROP TRIGGER full_disk ON outbox_entries")
            return
        family = [process.pid, *(child.pid for child in psutil.Process(process.pid).children(recursive=True))]
        for pid in family:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        try:
            yield
        finally:
            for pid in family:
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def _run(self, *statements: str) -> None:
        with self.database.transaction() as session:
            for statement in statements:
                session.execute(text(statement))

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "lti_tool", *command],
            cwd=ROOT,
            env={**os.environ, **_environment(self.settings)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _answers(self) -> bool:
        try:
            return requests.get(f"{self.settings.address}/health", timeout=5).ok
        except requests.ConnectionError:
            return False

    # -- the database --------------------------------------------------------------------------------

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Nobody else can write to the outbox, whatever he did before in his transaction (PostgreSQL)."""
        if self.database.engine.name == "sqlite":
            with _sqlite_lock(str(self.database.engine.url.database)):
                yield
            return
        with self.database.engine.connect() as connection:
            connection.execute(text("LOCK TABLE outbox_entries IN EXCLUSIVE MODE"))
            yield
            connection.rollback()

    @contextmanager
    def locked_queue(self) -> Iterator[None]:
        """No trigger can be sent."""
        with _sqlite_lock(str(make_url(self.settings.queue_url).database)):
            yield

    @contextmanager
    def slow_marking(self) -> Iterator[None]:
        """Marking a row as delivered stops in the middle of its transaction, after the row was changed."""
        sqlite = self.database.engine.name == "sqlite"
        self._run(*(_SLOW_ON_SQLITE if sqlite else _SLOW_ON_POSTGRESQL))
        try:
            yield
        finally:
            if not sqlite:  # the server notices a dead client at the end of its statement only
                self._run(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
                )
            self._run(f"DROP TRIGGER slow_marking{'' if sqlite else ' ON outbox_entries'}")

    def is_writing(self) -> bool:
        """Whether somebody is in the middle of a transaction that writes."""
        if self.database.engine.name == "sqlite":
            connection = sqlite3.connect(
                str(self.database.engine.url.database), timeout=0, isolation_level=None
            )
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return True
            finally:
                connection.close()
            return False
        with self.database.read() as session:
            asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
            return bool(session.scalar(text(asleep)))

    def let_leases_run_out(self) -> None:
        """What a minute of waiting does."""
        over = datetime.now(UTC) - timedelta(seconds=1)
        with self.database.transaction() as session:
            session.execute(
                update(OutboxEntry).where(OutboxEntry.lease_until.is_not(None)).values(lease_until=over)
            )
            session.execute(
                update(OutboxEntry).where(OutboxEntry.state == Delivery.PENDING).values(next_attempt_at=over)
            )

    # -- what people do ------------------------------------------------------------------------------

    def want(self, score: float, *, activity: str) -> None:
        """Wish for a score of the student, and send the trigger as the web does."""
        self.bench.want("u1", score, activity=activity)
        self.trigger()

    def trigger(self) -> None:
        """Wake the worker."""
        _, request_delivery = make_triggers(self.settings)
        request_delivery()

    def delivered(self, activity: str) -> None:
        """Wait until the row is marked as delivered."""
        self.wait_until(lambda: self.bench.rows()[activity, "u1"].state is Delivery.DELIVERED)

    def recover(self, activity: str) -> None:
        """A worker comes, the lease is over, the row is delivered."""
        self.let_leases_run_out()
        self.worker()
        self.trigger()
        self.delivered(activity)

    def wait_until(self, holds: Callable[[], object]) -> None:
        """Wait until `holds`; nothing here depends on how long it takes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)

    def browser(self) -> Browser:
        """The student opened the course."""
        token, now = random_token(), datetime.now(UTC)
        with self.database.transaction() as session:
            context = session.get_one(Context, self.bench.course.context_key)
            launch = LaunchSession(
                public_id=random_token(bits=128),
                browser_hash=token_hash(token),
                deployment_id=context.deployment_id,
                person_id=session.scalars(select(Person.id).where(Person.user_id == "u1")).one(),
                context_id=context.id,
                roles=["learner"],
                mentee_user_ids=[],
                locale="",
                created_at=now,
                last_seen_at=now,
                expires_at=now + timedelta(hours=1),
                message_type="LtiResourceLinkRequest",
            )
            session.add(launch)
            session.flush()
            return Browser(self.settings.address, launch.public_id, token)

    def check(self) -> None:
        """Everybody has what he wants, and the three rules hold."""
        self.wait_until(
            lambda: all(
                row.state in {Delivery.DELIVERED, Delivery.ATTENTION} for row in self.bench.rows().values()
            )
        )
        self.bench.check()


@contextmanager
def open_workshop(database: Database, folder: Path, *, rounds: int = 1) -> Iterator[Workshop]:
    """A workshop in which no process runs yet."""
    clock, proxy, platform = RealClock(), Proxy(), Platform()
    [port] = free_ports(1)
    with through(proxy, platform):
        bench = Bench(link_course(database, platform, clock), proxy=proxy)
        bench.add_students("u1")
        _adopt_map(bench)
        settings = load_settings(
            {
                "LTI_TOOL_ADDRESS": f"http://127.0.0.1:{port}",
                "LTI_TOOL_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
                "LTI_TOOL_QUEUE_URL": f"sqlite:///{folder / 'queue.sqlite'}",
                "LTI_TOOL_SECRET_KEY": SECRET,
                "LTI_TOOL_LOCAL_PLATFORMS": proxy.origin,
            }
        )
        workshop = Workshop(bench, settings, folder, rounds=rounds)
        try:
            yield workshop
        finally:
            workshop.end_all()
            bench.course.outbound.close()


def _adopt_map(bench: Bench) -> None:
    """The sample skill map is in use in the course."""
    with bench.course.database.transaction() as session:
        context = session.get_one(Context, bench.course.context_key)
        skill_maps.adopt(
            session,
            context=context,
            folder=Path(SKILL_MAPS),
            sample_id="grade6-ratios",
            tags={},
            teacher=make_teacher(session, context),
            now=datetime.now(UTC),
        )


def _environment(settings: Settings) -> dict[str, str]:
    return {
        "LTI_TOOL_ADDRESS": settings.address,
        "LTI_TOOL_DATABASE_URL": settings.database_url,
        "LTI_TOOL_QUEUE_URL": settings.queue_url,
        "LTI_TOOL_SECRET_KEY": settings.secret_key.get_secret_value(),
        "LTI_TOOL_LOCAL_PLATFORMS": ",".join(settings.local_platforms),
    }


@contextmanager
def _sqlite_lock(path: str) -> Iterator[None]:
    connection = sqlite3.connect(path, timeout=20, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


_SLOW_ON_SQLITE: Sequence[str] = (
    "CREATE TRIGGER slow_marking AFTER UPDATE OF state ON outbox_entries WHEN new.state = 'delivered' BEGIN"
    " SELECT count(*) FROM (WITH RECURSIVE numbers (n) AS"
    " (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000000) SELECT n FROM numbers); END",
)
_SLOW_ON_POSTGRESQL: Sequence[str] = (
    "CREATE OR REPLACE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_sleep(60); RETURN new; END $$",
    "CREATE TRIGGER slow_marking AFTER UPDATE OF state ON outbox_entries FOR EACH ROW"
    " WHEN (new.state = 'delivered') EXECUTE FUNCTION take_long()",
)
_FULL_ON_POSTGRESQL: Sequence[str] = (
    "CREATE OR REPLACE FUNCTION no_space() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$",
    "CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON outbox_entries FOR EACH ROW EXECUTE FUNCTION no_space()",
)
