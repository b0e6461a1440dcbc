"""Work in the background: reading courses and delivering scores, run by Huey.

The database is the truth about what is to be done; a task is only a trigger that says "look now". So a
lost trigger, a killed worker or two workers at once lose and double nothing: a sweep every minute finds
what nobody is working on. Any number of worker processes may run, on one machine or several.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from huey import Huey, crontab
from huey.consumer import Consumer
from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.http import OutboundSession
from lti_tool.launch.keys import delete_keys_that_are_over, registrations_due, rotate_if_due
from lti_tool.logs import configure_logs
from lti_tool.models.families import FamilyLink
from lti_tool.models.gradebook import GradebookUpload
from lti_tool.models.lanes import WorkerProcess
from lti_tool.models.launches import LaunchSession, SpentState
from lti_tool.models.learning import SkillMapDraft
from lti_tool.models.platforms import AdministratorSession, PlatformNotice
from lti_tool.models.privacy import LearnerExport, NameAccess
from lti_tool.queues import open_storage
from lti_tool.settings import Settings
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.deliver_scores import Courier
from lti_tool.usecases.deliver_steps import StepCourier
from lti_tool.usecases.family_links import KEEP_ENDED, ended_before
from lti_tool.usecases.gradebook_uploads import KEEP_UPLOADS
from lti_tool.usecases.heartbeat import Heartbeat
from lti_tool.usecases.kept_evaluations import evaluate_due_courses
from lti_tool.usecases.reading import is_nightly, request_daily_readings
from lti_tool.usecases.school_model import try_school_models
from lti_tool.usecases.skill_map_drafts import KEEP_DRAFTS
from lti_tool.usecases.subscribe_to_notices import Subscriber
from lti_tool.usecases.sync_course import sync_course, waiting_courses
from lti_tool.usecases.turns import take_turn

# Huey's own threads; deliveries have theirs (`usecases.crews`).
THREADS = 4
# Readings may take minutes; so many at a time leave a thread for everything else, and the night one for the day.
PARALLEL_READINGS = 3
NIGHTLY_READINGS = 2
# An idle thread looks this often for a trigger where it is not woken, so that a score leaves well within a second.
LONGEST_POLL_SECONDS = 0.2
# One that is woken only waits between tries to reach a queue that is away.
LONGEST_REST_SECONDS = 5.0
# With a dead worker triggers pile up to here; the sweep needs none of them.
MOST_TRIGGERS = 200
# Within half a minute a worker has stopped: first its tasks, deliveries beside them, then what hangs is given back.
TASKS_FINISH_SECONDS = 15
DELIVERIES_FINISH_SECONDS = 10
STEPS_FINISH_SECONDS = 2.0
# Each process looks at the clock every minute (and hour); a little less, because clocks differ.
SWEEP_EVERY = timedelta(seconds=50)
RENEW_KEYS_EVERY = timedelta(minutes=50)
# A school's turn comes once a week; this often we look whose, and whether there is evidence enough by now.
TRY_MODELS_EVERY = timedelta(hours=23)
# Once a day, so that administrators see last night's numbers and teachers need not wait for theirs.
EVALUATE_COURSES_EVERY = timedelta(hours=23)
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
    _readings: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(PARALLEL_READINGS)
    )
    _nightly_readings: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(NIGHTLY_READINGS)
    )
    _heartbeat: Heartbeat = field(init=False)
    _courier: Courier = field(init=False)
    _step_courier: StepCourier = field(init=False)
    _subscriber: Subscriber = field(init=False)

    def __post_init__(self) -> None:
        self._heartbeat = Heartbeat(self.database)
        surroundings = (self.database, self.outbound, self.secret, self.clock)
        self._courier = Courier(*surroundings, process=self._heartbeat.name)
        self._step_courier = StepCourier(*surroundings, process=self._heartbeat.name)
        self._subscriber = Subscriber(*surroundings, address=self.address, process=self._heartbeat.name)

    def sync(self, context_key: int) -> bool:
        """Read one course. False when enough courses are being read already: try again a little later."""
        with self.database.read() as session:
            nightly = is_nightly(session, context_key)
        places = [self._nightly_readings, self._readings] if nightly else [self._readings]
        with ExitStack() as taken:
            for place in places:
                if not place.acquire(blocking=False):
                    return False
                taken.callback(place.release)
            sync_course(
                self.database,
                self.outbound,
                self.secret,
                context_key,
                clock=self.clock,
                on_read=after_sync,
                process=self._heartbeat.name,
            )
        return True

    def deliver(self) -> None:
        """Let deliveries look what is due."""
        self._courier.wake()

    def keep_delivering(self, stopping: threading.Event) -> None:
        """Deliver in threads beside the tasks until `stopping`, whatever hangs."""
        self._courier.stopping = self._step_courier.stopping = self._subscriber.stopping = stopping
        self._heartbeat.begin()
        threading.Thread(target=self._courier.keep_delivering, daemon=True).start()

    def finish(self) -> None:
        """Let deliveries under way come to their end, or give them back."""
        self._courier.finish(DELIVERIES_FINISH_SECONDS)
        self._step_courier.finish(STEPS_FINISH_SECONDS)
        self._heartbeat.over.set()

    def takes_turn(self, name: str, *, every: timedelta) -> bool:
        """Whether this process does what comes round now; another one may have done it just before."""
        with self.database.transaction() as session:
            return take_turn(session, name, every=every, now=self.clock())

    def deliver_steps(self) -> None:
        """Bring approved steps to students by the channels of their courses; the sweep comes back for what waits."""
        self._step_courier.begin_due()

    def subscribe(self) -> None:
        """Begin to tell platforms that offer notices where we want them; the sweep comes back for what waits."""
        self._subscriber.begin_due()

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

    def try_models(self) -> None:
        """Fit the learner model of every school that has not had a try for a week."""
        try_school_models(self.database, clock=self.clock, stopping=self._courier.stopping.is_set)

    def evaluate_courses(self) -> None:
        """Work out what predictions and steps were worth, in courses where something has changed."""
        evaluate_due_courses(self.database, clock=self.clock, stopping=self._courier.stopping.is_set)


@dataclass(frozen=True, slots=True)
class Queue:
    """Huey with our tasks. In a web process the tasks are only ever sent, never run."""

    huey: Huey
    errors: tuple[type[Exception], ...]
    longest_poll_seconds: float
    sync: Any
    deliver: Any
    deliver_steps: Any
    look_around: Any
    renew_keys: Any


def make_queue(settings: Settings, work: Work | None = None) -> Queue:
    """The queue of `settings`; `work` is given by the process that runs the tasks.

    Raises SettingsError or Fixable `queue.unreachable` when it has no place to be.
    """
    storage = open_storage(settings)
    huey = storage.huey

    def running() -> Work:
        if work is None:
            raise RuntimeError("tasks run in the worker process only")
        return work

    def read_course(context_key: int) -> None:
        if not running().sync(context_key):
            sync.schedule((context_key,), delay=1)

    def deliver_scores() -> None:
        running().deliver()

    def subscribe_to_notices() -> None:
        running().subscribe()

    def look_everywhere() -> None:
        deliver()
        deliver_steps()
        subscribe()
        running().request_daily_readings()
        for context_key in running().waiting_courses():
            sync(context_key)
        running().purge()

    def renew() -> None:
        running().renew_keys()

    def every_minute() -> None:
        if running().takes_turn("sweep", every=SWEEP_EVERY):
            look_everywhere()

    def every_hour() -> None:
        if running().takes_turn("renew_keys", every=RENEW_KEYS_EVERY):
            renew()
        if running().takes_turn("try_models", every=TRY_MODELS_EVERY):
            running().try_models()
        if running().takes_turn("evaluate_courses", every=EVALUATE_COURSES_EVERY):
            running().evaluate_courses()

    sync = huey.task(name="sync")(read_course)
    deliver = huey.task(name="deliver", priority=10)(deliver_scores)
    deliver_steps = huey.task(name="deliver_steps")(lambda: running().deliver_steps())
    subscribe = huey.task(name="subscribe")(subscribe_to_notices)
    look_around = huey.task(name="look_around")(look_everywhere)
    renew_keys = huey.task(name="renew_keys")(renew)
    huey.periodic_task(crontab(minute="*"), name="every_minute")(every_minute)
    # Looked at every hour, so that a worker that was off at some hour of the day misses nothing.
    huey.periodic_task(crontab(minute="23"), name="every_hour")(every_hour)
    return Queue(
        huey=huey,
        errors=storage.errors,
        longest_poll_seconds=LONGEST_REST_SECONDS if storage.blocks else LONGEST_POLL_SECONDS,
        sync=sync,
        deliver=deliver,
        deliver_steps=deliver_steps,
        look_around=look_around,
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
        max_delay=queue.longest_poll_seconds,
        shutdown_timeout=TASKS_FINISH_SECONDS,
        graceful_signal="TERM",
    )
    queue.look_around()
    queue.renew_keys()
    work.keep_delivering(consumer.stop_flag)
    try:
        consumer.run()
    finally:
        work.finish()
        database.close()
        outbound.close()
        queue.huey.storage.close()


def purge_expired(session: Session, *, now: datetime) -> None:
    """Delete what ended a day ago or earlier (logins, sessions, permissions), old notices, uploads nobody took, and
    links for families three months after their end."""
    for table in (SpentState, LaunchSession, AdministratorSession, NameAccess, LearnerExport):
        session.execute(delete(table).where(table.expires_at <= now - KEEP_EXPIRED))
    session.execute(delete(FamilyLink).where(ended_before(now - KEEP_ENDED)))
    session.execute(delete(WorkerProcess).where(WorkerProcess.seen_at <= now - KEEP_EXPIRED))
    session.execute(delete(GradebookUpload).where(GradebookUpload.created_at <= now - KEEP_UPLOADS))
    session.execute(delete(SkillMapDraft).where(SkillMapDraft.changed_at <= now - KEEP_DRAFTS))
    session.execute(delete(PlatformNotice).where(PlatformNotice.received_at <= now - KEEP_NOTICES))


def _send(queue: Queue, send: Callable[[], object]) -> None:
    try:
        if queue.huey.pending_count() < MOST_TRIGGERS:
            send()
    except queue.errors as error:
        logger.warning("trigger.lost", reason=type(error).__name__)
