"""A district with its platforms, a database full of scores that wait, a web server and workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psutil
from sqlalchemy import func, insert, select

from lti_tool import migrations
from lti_tool.db import Database
from lti_tool.launch.keys import new_signing_key
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.gradebook import Column, Delivery, OutboxEntry
from lti_tool.models.platforms import Deployment, Registration
from lti_tool.usecases.reading import request_reading
from tests.benchmarks.launches.servers import (
    CLIENT_ID,
    DEPLOYMENT_ID,
    ROOT,
    free_port,
    register,
    running_process,
    stored_in,
    wait_for,
)
from tests.benchmarks.launches.visitors import School

SECRET = "x" * 40
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
STUDENTS_IN_A_COURSE = 100
WORKERS_START = timedelta(seconds=10)
WORKERS = {"SQLite": 1, "PostgreSQL": 2}


@dataclass(frozen=True, slots=True)
class Manner:
    """How a platform answers."""

    latency_seconds: float = 0.05
    fails: bool = False
    members: int = 0


@dataclass(frozen=True, slots=True)
class District:
    """Everything that runs."""

    kind: str
    database: Database
    environment: dict[str, str]
    platforms: tuple[str, ...]

    @contextmanager
    def workers(self) -> Iterator[list[psutil.Process]]:
        """As many worker processes as the database is for."""
        processes = [
            subprocess.Popen([sys.executable, "-m", "lti_tool", "worker"], cwd=ROOT, env=self.environment)
            for _ in range(WORKERS[self.kind])
        ]
        try:
            yield [psutil.Process(process.pid) for process in processes]
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(40)

    @contextmanager
    def web(self, issuer: str) -> Iterator[School]:
        """The web server, with launches from `issuer`."""
        address = self.environment["LTI_TOOL_ADDRESS"]
        bind = address.removeprefix("http://")
        command = [sys.executable, "-m", "lti_tool", "serve", "--bind", bind]
        with running_process(command, self.environment, f"{address}/health"):
            yield School(issuer, CLIENT_ID, DEPLOYMENT_ID, address)

    def reports(self) -> list[dict[str, Any]]:
        """What each platform saw."""
        return [json.load(urlopen(f"{platform}/report")) for platform in self.platforms]

    def delivered(self, platforms: Sequence[str]) -> int:
        """How many scores these platforms have, as far as we know."""
        with self.database.read() as session:
            return (
                session.scalar(
                    select(func.count())
                    .select_from(OutboxEntry)
                    .join(Registration, OutboxEntry.registration_id == Registration.id)
                    .where(OutboxEntry.state == Delivery.DELIVERED, Registration.issuer.in_(platforms))
                )
                or 0
            )

    def delays(self, platforms: Sequence[str]) -> list[float]:
        """Seconds from due to delivered, of each score that these platforms have."""
        with self.database.read() as session:
            rows = session.execute(
                select(OutboxEntry.first_due_at, OutboxEntry.delivered_at)
                .join(Registration, OutboxEntry.registration_id == Registration.id)
                .where(OutboxEntry.state == Delivery.DELIVERED, Registration.issuer.in_(platforms))
            ).all()
        return [(done - due).total_seconds() for due, done in rows if done is not None]

    def wait_until_delivered(self, count: int, platforms: Sequence[str], *, patience_seconds: float) -> float:
        """Seconds until these platforms have `count` scores. Raises TimeoutError."""
        started = time.monotonic()
        while (done := self.delivered(platforms)) < count:
            if time.monotonic() - started > patience_seconds:
                raise TimeoutError(f"{done} of {count}")
            time.sleep(0.2)
        return time.monotonic() - started


@contextmanager
def district(kind: str, manners: Sequence[Manner], *, issuer: str = "") -> Iterator[District]:
    """Platforms with these manners, and an empty database that knows them and, for launches, `issuer`."""
    with ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="waymark-", ignore_cleanup_errors=True))
        )
        url, _ = stack.enter_context(stored_in(folder, kind))
        database = Database(url)
        stack.callback(database.close)
        migrations.upgrade(database)
        platforms = tuple(stack.enter_context(_platform(manner)) for manner in manners)
        environment = {
            **os.environ,
            "LTI_TOOL_ADDRESS": f"http://127.0.0.1:{free_port()}",
            "LTI_TOOL_DATABASE_URL": url,
            "LTI_TOOL_SECRET_KEY": SECRET,
            "LTI_TOOL_LOCAL_PLATFORMS": ",".join(filter(None, (*platforms, issuer))),
            "LTI_TOOL_LOG_LEVEL": "error",
        }
        for origin in (*platforms, issuer):
            if origin:
                _register(database, origin)
        yield District(kind, database, environment, platforms)


def fill(district: District, each: int, *, over_seconds: float = 0.0) -> None:
    """`each` scores for every platform, due now, or one after the other within `over_seconds` once workers run."""
    start = datetime.now(UTC) + (WORKERS_START if over_seconds else timedelta())
    for platform in district.platforms:
        for first in range(0, each, STUDENTS_IN_A_COURSE):
            here = min(STUDENTS_IN_A_COURSE, each - first)
            dues = [start + timedelta(seconds=over_seconds * (first + n) / each) for n in range(here)]
            _fill_course(district.database, platform, f"course-{first}", dues, start)


def request_readings(district: District, courses: int) -> None:
    """Somebody waits for the readings of so many further courses of the first platform."""
    now = datetime.now(UTC)
    for number in range(courses):
        key = make_course(district.database, district.platforms[0], f"read-{number}", now)
        with district.database.transaction() as session:
            request_reading(session.get_one(Context, key), now=now)


def make_course(database: Database, platform: str, name: str, now: datetime) -> int:
    """A course of a platform; gives its key."""
    with database.transaction() as session:
        deployment = session.scalars(
            select(Deployment).join(Deployment.registration).where(Registration.issuer == platform)
        ).one()
        context = Context(
            deployment_id=deployment.id,
            context_id=name,
            line_items_url=f"{platform}/{name}/lineitems",
            memberships_url=f"{platform}/members",
            service_scopes=[AGS + scope for scope in ("lineitem", "result.readonly", "score")],
            created_at=now,
        )
        session.add(context)
        session.flush()
        return context.id


def _fill_course(
    database: Database, platform: str, name: str, dues: Sequence[datetime], now: datetime
) -> None:
    key = make_course(database, platform, name, now)
    with database.transaction() as session:
        context = session.get_one(Context, key)
        registration_id = context.deployment.registration_id
        column = Column(
            context_id=key, tag="t", resource_id=name, label=name, score_maximum=10, created_at=now
        )
        people = [
            Person(registration_id=registration_id, user_id=f"{name}-student-{number}")
            for number in range(len(dues))
        ]
        session.add_all([column, *people])
        session.flush()
        session.execute(
            insert(Membership),
            [
                {
                    "context_id": key,
                    "person_id": person.id,
                    "roles": ["learner"],
                    "is_learner": True,
                    "seen_at": now,
                }
                for person in people
            ],
        )
        session.execute(
            insert(OutboxEntry),
            [
                {
                    "registration_id": registration_id,
                    "context_id": key,
                    "column_id": column.id,
                    "person_id": person.id,
                    "score_given": 7.0,
                    "score_maximum": 10.0,
                    "activity_progress": "Completed",
                    "grading_progress": "FullyGraded",
                    "score_timestamp": now,
                    "first_due_at": due,
                    "next_attempt_at": due,
                    "sent_scores": [],
                }
                for person, due in zip(people, dues, strict=True)
            ],
        )


def _register(database: Database, origin: str) -> None:
    register(database, origin)
    with database.transaction() as session:
        registration = session.scalars(select(Registration).where(Registration.issuer == origin)).one()
        new_signing_key(session, registration, SECRET, datetime.now(UTC), bits=2048)


@contextmanager
def _platform(manner: Manner) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.benchmarks.deliveries.platform", str(port)),
            *(str(manner.latency_seconds), str(int(manner.fails)), str(manner.members)),
        ],
        cwd=ROOT,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/report")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
