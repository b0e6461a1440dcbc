"""Work in the background: reading courses and delivering scores, run by Huey.

The database is the truth about what is to be done; a task is only a trigger that says "look now". So a
lost trigger, a killed worker or two workers at once lose and double nothing: a sweep every minute finds
what nobody is working on.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from huey import SqliteHuey, crontab
from huey.consumer import Consumer
from sqlalchemy import delete
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import SettingsError
from lti_tool.http import OutboundSession
from lti_tool.launch.keys import delete_keys_that_are_over, registrations_due, rotate_if_due
from lti_tool.logs import configure_logs
from lti_tool.models.gradebook import GradebookUpload
from lti_tool.models.launches import LaunchSession, SpentState
from lti_tool.models.platforms import AdministratorSession, PlatformNotice
from lti_tool.models.privacy import LearnerExport, NameAccess
from lti_tool.settings import Settings
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.deliver_scores import Courier
from lti_tool.usecases.deliver_steps import StepCourier
from lti_tool.usecases.gradebook_uploads import KEEP_UPLOADS
from lti_tool.usecases.reading import request_daily_readings
from lti_tool.usecases.subscribe_to_notices import subscribe_due
from lti_tool.usecases.sync_course import sync_course, waiting_courses

THREADS = 4
# Readings may take minutes; two at a time leave threads for deliveries.
PARALLEL_READINGS = 2
# An idle thread looks this often for a trigger, so that a score leaves well within a second.
LONGEST_POLL_SECONDS = 0.2
# A due moment this near is waited for; Huey's own clock for later ones ticks once a second.
WAIT_AT_MOST_SECONDS = 2.0
# With a dead worker triggers pile up to here; the sweep needs none of them.
MOST_TRIGGERS = 200
SHUTDOWN_SECONDS = 25
KEEP_EXPIRED = timedelta(days=1)
# Longer than any platform's token lives, so that a repeated notice is still known.
KEEP_NOTICES = timedelta(days=30)

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Work:
    """What the tasks do, with all that they need. `address` is our own origin."""

    database: Database
    outbound: OutboundSession
    secret: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    address: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)
    _readings: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(PARALLEL_READINGS)
    )
    _courier: Courier = field(init=False)
    _step_courier: StepCourier = field(init=False)
    _wake_up_at: datetime | None = None

    def __post_init__(self) -> None:
        self._courier = Courier(
            self.database, self.outbound, self.secret, self.clock, stopping=self._is_stopping
        )
        self._step_courier = StepCourier(
            self.database, self.outbound, self.secret, self.clock, stopping=self._is_stopping
        )

    def sync(self, context_key: int) -> bool:
        """Read one course. False when enough courses are being read already: try again a little later."""
        if not self._readings.acquire(blocking=False):
            return False
        try:
            sync_course(
                self.database,
                self.outbound,
                self.secret,
                context_key,
                clock=self.clock,
                on_read=after_sync,
            )
        finally:
            self._readings.release()
        return True

    def deliver(self) -> float | None:
        """Deliver what is due; gives back after how many seconds to look again, None when not needed."""
        while not self.stopping.is_set():
            next_due_at = self._courier.deliver_due().next_due_at
            if next_due_at is None:
                return None
            seconds = (next_due_at - self.clock()).total_seconds()
            if seconds > WAIT_AT_MOST_SECONDS:
                return self._wake_up(next_due_at, seconds)
            self.stopping.wait(max(seconds, 0.01))
        return None

    def deliver_steps(self) -> None:
        """Bring approved steps to students by the channels of their courses; the sweep comes back for what waits."""
        self._step_courier.deliver_due()

    def subscribe(self) -> None:
        """Tell platforms that offer notices where we want them."""
        subscribe_due(self.database, self.outbound, self.secret, address=self.address, clock=self.clock)

    def waiting_courses(self) -> tuple[int, ...]:
        """Courses whose reading was asked for and that nobody works on."""
        with self.database.read() as session:
            return waiting_courses(session, now=self.clock())

    def request_daily_readings(self) -> None:
        """Ask for the readings that active courses get each day, whether or not a teacher comes."""
        with self.database.transaction() as session:
            request_daily_readings(session, now=self.clock())

    def purge(self) -> None:
        """Delete logins and sessions that have been over for a day."""
        with self.database.transaction() as session:
            purge_expired(session, now=self.clock())

    def renew_keys(self) -> None:
        """Make the next signing key where one is due, and delete those that are over."""
        now = self.clock()
        with self.database.read() as session:
            due = registrations_due(session, now)
        for registration_id in due:  # one at a time: making a key takes a moment, and others want to write
            with self.database.transaction() as session:
                rotate_if_due(session, registration_id, secret=self.secret, now=now)
        with self.database.transaction() as session:
            delete_keys_that_are_over(session, now)

    def _is_stopping(self) -> bool:
        return self.stopping.is_set()

    def _wake_up(self, moment: datetime, seconds: float) -> float | None:
        """`seconds`, unless a wake-up at `moment` or earlier is on its way already."""
        if self._wake_up_at is not None and self.clock() < self._wake_up_at <= moment:
            return None
        self._wake_up_at = moment
        return seconds


@dataclass(frozen=True, slots=True)
class Queue:
    """Huey with our tasks. In a web process the tasks are only ever sent, never run."""

    huey: SqliteHuey
    sync: Any
    deliver: Any
    deliver_steps: Any
    subscribe: Any
    sweep: Any
    renew_keys: Any


def make_queue(settings: Settings, work: Work | None = None) -> Queue:
    """The queue of `settings`; `work` is given by the process that runs the tasks.

    Raises SettingsError when it has no place to be.
    """
    path = queue_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    huey = SqliteHuey("waymark", filename=str(path), results=False, timeout=10)

    def running() -> Work:
        if work is None:
            raise RuntimeError("tasks run in the worker process only")
        return work

    def read_course(context_key: int) -> None:
        if not running().sync(context_key):
            sync.schedule((context_key,), delay=1)

    def deliver_scores() -> None:
        seconds = running().deliver()
        if seconds is not None:
            deliver.schedule(delay=seconds)

    def subscribe_to_notices() -> None:
        running().subscribe()

    def look_around() -> None:
        deliver()
        deliver_steps()
        subscribe()
        running().request_daily_readings()
        for context_key in running().waiting_courses():
            sync(context_key)
        running().purge()

    sync = huey.task(name="sync")(read_course)
    deliver = huey.task(name="deliver", priority=10)(deliver_scores)
    deliver_steps = huey.task(name="deliver_steps")(lambda: running().deliver_steps())
    subscribe = huey.task(name="subscribe")(subscribe_to_notices)
    sweep = huey.periodic_task(crontab(minute="*"), name="sweep")(look_around)
    # Looked at every hour, so that a worker that was off at some hour of the day misses nothing.
    renew_keys = huey.periodic_task(crontab(minute="23"), name="renew_keys")(lambda: running().renew_keys())
    return Queue(
        huey=huey,
        sync=sync,
        deliver=deliver,
        deliver_steps=deliver_steps,
        subscribe=subscribe,
        sweep=sweep,
        renew_keys=renew_keys,
    )


def make_triggers(settings: Settings) -> tuple[Callable[[int], None], Callable[[], None]]:
    """`(request_sync, request_delivery)` for the web: each only wakes the worker.

    Call them after the commit. What is to be done must stand in the database (`Context.sync_requested_at`,
    outbox entries), so a trigger that cannot be sent is noted and otherwise harmless.
    """
    queue = make_queue(settings)

    def request_sync(context_key: int) -> None:
        _send(queue, lambda: queue.sync(context_key))

    def request_delivery() -> None:
        _send(queue, queue.deliver)
        _send(queue, queue.deliver_steps)

    return request_sync, request_delivery


def run_worker(settings: Settings) -> None:
    """Work until told to stop (SIGTERM or SIGINT); what is under way is finished or given back."""
    configure_logs(settings.log_level)
    database = Database(settings.database_url)
    outbound = OutboundSession(local_origins=settings.local_platforms, ca_bundle=settings.ca_bundle)
    work = Work(database, outbound, settings.secret_key.get_secret_value(), address=settings.address)
    queue = make_queue(settings, work)
    consumer = Consumer(
        queue.huey,
        workers=THREADS,
        initial_delay=0.05,
        max_delay=LONGEST_POLL_SECONDS,
        shutdown_timeout=SHUTDOWN_SECONDS,
        graceful_signal="TERM",
    )
    work.stopping = consumer.stop_flag
    queue.sweep()
    queue.renew_keys()
    try:
        consumer.run()
    finally:
        database.close()
        outbound.close()


def queue_path(settings: Settings) -> Path:
    """Where triggers are kept: as set, else beside a SQLite database. Raises SettingsError."""
    if settings.queue_path:
        return Path(settings.queue_path)
    address = make_url(settings.database_url)
    if address.get_backend_name() == "sqlite" and address.database not in {None, "", ":memory:"}:
        database = Path(str(address.database))
        return database.with_name(f"{database.stem}-queue.sqlite")
    raise SettingsError(
        [
            "LTI_TOOL_QUEUE_PATH is missing; with PostgreSQL, name a file that web and worker processes share, "
            "such as /var/lib/waymark/queue.sqlite"
        ]
    )


def purge_expired(session: Session, *, now: datetime) -> None:
    """Delete what ended a day ago or earlier (logins, sessions, permissions), old notices, uploads nobody took."""
    for table in (SpentState, LaunchSession, AdministratorSession, NameAccess, LearnerExport):
        session.execute(delete(table).where(table.expires_at <= now - KEEP_EXPIRED))
    session.execute(delete(GradebookUpload).where(GradebookUpload.created_at <= now - KEEP_UPLOADS))
    session.execute(delete(PlatformNotice).where(PlatformNotice.received_at <= now - KEEP_NOTICES))


def _send(queue: Queue, send: Callable[[], object]) -> None:
    try:
        if queue.huey.pending_count() < MOST_TRIGGERS:
            send()
    except sqlite3.Error as error:
        logger.warning("trigger.lost", reason=type(error).__name__)
