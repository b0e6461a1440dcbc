"""The worker as a real process: quick, clean to stop. What happens when it is killed: tests/faults."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.models.courses import Context, Person, SyncState
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.models.launches import LaunchSession, SpentState
from lti_tool.models.platforms import ToolKey
from lti_tool.settings import Settings, load_settings
from lti_tool.worker import Work, make_triggers, purge_expired
from tests.factories import make_person
from tests.grades.linked_course import SECRET, Clock, Course, RealClock, linked_course, sqlite_copy

RUN = (
    "import os; from lti_tool import settings, worker; worker.run_worker(settings.load_settings(os.environ))"
)
PATIENCE_SECONDS = 60.0


@dataclass
class Site:
    """A course with one student, and the settings of the worker that serves it."""

    course: Course
    settings: Settings
    environ: dict[str, str]

    def want(self, score: float) -> None:
        with self.course.database.transaction() as session:
            context = session.get_one(Context, self.course.context_key)
            column = wanted_column(
                session,
                context=context,
                tag="t",
                resource_id="r",
                label="Quiz",
                score_maximum=10,
                now=self.course.clock(),
            )
            want_score(
                session,
                column=column,
                person=session.scalars(select(Person)).one(),
                score_given=score,
                score_maximum=10,
                comment=None,
                now=self.course.clock(),
            )

    def entry(self) -> OutboxEntry:
        with self.course.database.read() as session:
            return session.scalars(select(OutboxEntry)).one()

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[bytes]]:
        process = subprocess.Popen([sys.executable, "-c", RUN], env=self.environ, stderr=subprocess.DEVNULL)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@pytest.fixture
def site(tmp_path: Path, sqlite_template: Path) -> Iterator[Site]:
    with sqlite_copy(sqlite_template, tmp_path) as database, linked_course(database, RealClock()) as course:
        course.platform.add_members("u1")
        with database.transaction() as session:
            make_person(session, session.get_one(Context, course.context_key), "u1")
        values = {
            "LTI_TOOL_ADDRESS": "http://127.0.0.1:8080",
            "LTI_TOOL_DATABASE_URL": database.engine.url.render_as_string(),
            "LTI_TOOL_SECRET_KEY": SECRET,
            "LTI_TOOL_LOCAL_PLATFORMS": course.platform.origin,
        }
        yield Site(course, load_settings(values), {**os.environ, **values})


def wait_for(condition: Callable[[], bool]) -> float:
    """Wait until `condition` holds and give back the seconds that it took."""
    started = time.monotonic()
    while not condition():
        assert time.monotonic() - started < PATIENCE_SECONDS, "it did not happen"
        time.sleep(0.02)
    return time.monotonic() - started


def test_a_worker_reads_what_was_asked_for_delivers_at_once_and_stops_cleanly(site: Site) -> None:
    with site.course.database.transaction() as session:
        session.get_one(Context, site.course.context_key).sync_requested_at = site.course.clock()
    _, request_delivery = make_triggers(site.settings)
    with site.worker() as process:
        # Nobody sent a trigger for the reading: the first sweep finds it.
        wait_for(lambda: site.course.context().sync_state is SyncState.DONE)

        site.want(7.0)
        request_delivery()
        seconds = wait_for(lambda: site.entry().state is Delivery.DELIVERED)
        assert seconds < 2.0  # about 0.2 s when nothing else runs on the machine
        assert [line.body["scoreGiven"] for line in site.course.platform.ledger] == [7.0]

        site.want(8.0)
        request_delivery()
        wait_for(lambda: len(site.course.platform.ledger) == 2)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_trigger_is_harmless_when_no_worker_runs(site: Site) -> None:
    request_sync, request_delivery = make_triggers(site.settings)
    for _ in range(3):
        request_sync(site.course.context_key)
        request_delivery()


def test_logins_and_sessions_are_deleted_a_day_after_their_end(site: Site) -> None:
    now = site.course.clock()

    def remaining(age: timedelta) -> int:
        with site.course.database.transaction() as session:
            person = session.scalars(select(Person)).one()
            context = session.get_one(Context, site.course.context_key)
            session.add(SpentState(digest="d", expires_at=now - age))
            session.add(
                LaunchSession(
                    public_id="p",
                    browser_hash="b",
                    deployment_id=context.deployment_id,
                    person_id=person.id,
                    message_type="LtiResourceLinkRequest",
                    roles=[],
                    created_at=now,
                    last_seen_at=now,
                    expires_at=now - age,
                )
            )
            session.flush()
            purge_expired(session, now=now)
            left = len(session.scalars(select(SpentState)).all()) + len(
                session.scalars(select(LaunchSession)).all()
            )
            session.rollback()
            return left

    assert remaining(timedelta(hours=23)) == 2
    assert remaining(timedelta(hours=25)) == 0


def test_keys_are_renewed_where_one_is_due_and_deleted_when_they_are_over(site: Site) -> None:
    clock = Clock()
    work = Work(site.course.database, site.course.outbound, SECRET, clock)

    def kids() -> list[str]:
        with site.course.database.read() as session:
            return list(session.scalars(select(ToolKey.kid).order_by(ToolKey.id)))

    (first,) = kids()
    work.renew_keys()
    assert kids() == [first]
    clock.advance(days=90)
    work.renew_keys()
    work.renew_keys()
    first_again, second = kids()
    assert first_again == first
    clock.advance(days=15)
    work.renew_keys()
    assert kids() == [second]


def test_an_active_course_is_read_again_the_next_day_without_anybody_asking(site: Site) -> None:
    course, clock = site.course, site.course.clock
    work = Work(course.database, course.outbound, SECRET, clock)
    with course.database.transaction() as session:
        context = session.get_one(Context, course.context_key)
        context.launched_on, context.sync_requested_at = clock().date(), None
    work.request_daily_readings()
    assert work.waiting_courses() == (course.context_key,)
    assert work.sync(course.context_key)
    work.request_daily_readings()
    assert work.waiting_courses() == ()
