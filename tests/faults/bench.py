"""A course whose platform is reached through the proxy, and time that passes as fast as a test wants."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from werkzeug.wrappers import Request, Response

from lti_tool.db import Database
from lti_tool.http import OutboundSession
from lti_tool.models.courses import Context, SyncState
from lti_tool.models.gradebook import Delivery, OutboxEntry
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.deliveries import send_again, stopped_or_late
from lti_tool.usecases.sync_course import sync_course, waiting_courses
from tests.faults import ledger
from tests.faults.proxy import Proxy
from tests.grades.linked_course import Clock, link_course
from tests.grades.strict_platform import Fault, Platform, running
from tests.usecases.desk import Desk

HURRIED = (0.4, 1.0)


class HurriedSession(OutboundSession):
    """The way out of the deliveries, with time-outs that a test can wait for."""

    def __init__(self, clock: Clock, *origins: str) -> None:
        super().__init__(local_origins=origins, read_retries=0, clock=lambda: clock().timestamp())

    def request(self, method: str | bytes, url: str | bytes, *args: object, **options: object) -> object:  # type: ignore[override]
        options["timeout"] = HURRIED
        return super().request(method, url, *args, **options)


@dataclass
class Bench(Desk):
    """A desk with the proxy in between, and cells into which teachers wrote after our last delivery."""

    proxy: Proxy = field(default_factory=Proxy)
    entered: list[tuple[str, str]] = field(default_factory=list)

    @property
    def clock(self) -> Clock:
        return self.course.clock

    def wait(self, *, every: float | None = None, **units: float) -> None:
        """Let time pass with a worker at work: it looks when something is due, and at least every minute.

        With `every` it looks each time when so many seconds have passed, which is soon over for long times.
        """
        end = self.clock() + timedelta(**units)
        while self.clock() < end:
            due = self.deliver().next_due_at or end
            if every is not None:
                self.clock.now = min(self.clock() + timedelta(seconds=every), end)
                continue
            soonest = self.clock() + timedelta(milliseconds=50)
            self.clock.now = min(max(due, soonest), self.clock() + timedelta(minutes=1), end)
        self.deliver()

    def watch(self, path: str = "", *, method: str | None = None) -> list[datetime]:
        """The moments of all requests from now on whose path contains `path`."""
        moments: list[datetime] = []

        def note(request: Request) -> bool:
            if path in request.path and method in (None, request.method):
                moments.append(self.clock())
            return False

        self.platform.faults.insert(0, Fault("cut", note))
        return moments

    def refuse(self, *answers: Response, path: str = "/scores", user_id: str = "") -> None:
        """The platform gives these answers in turn, for good, to requests for `path` about this person."""
        given = [0]

        def matches(request: Request) -> bool:
            meant = path in request.path and f'"{user_id}"'.encode() in request.get_data() + b'""'
            if meant:
                fault.kind = answers[given[0] % len(answers)]
                given[0] += 1
            return meant

        fault = Fault(answers[0], matches, times=10**9)
        self.platform.faults.append(fault)

    def mend(self) -> None:
        """Whatever was wrong with platform and network is over."""
        self.platform.faults.clear()
        self.proxy.calm()

    def url(self, activity: str = "quiz") -> str:
        """The address of the column for an activity."""
        return next(url for url in self.platform.line_items if self.platform.purpose(url) == activity)

    def shown(self, user_id: str = "u1", activity: str = "quiz") -> object:
        """The score that the gradebook shows."""
        return self.platform.cells[self.url(activity), user_id]["score"]

    def rows(self) -> dict[tuple[str, str], OutboxEntry]:
        """All outbox rows by (activity, user)."""
        with self.course.database.read() as session:
            query = select(OutboxEntry).options(
                joinedload(OutboxEntry.column), joinedload(OutboxEntry.person)
            )
            return {(row.column.resource_id, row.person.user_id): row for row in session.scalars(query)}

    def standing(self, user_id: str = "u1", activity: str = "quiz") -> tuple[Delivery, str | None]:
        """State and problem code of a row."""
        row = self.rows()[activity, user_id]
        return row.state, row.problem_code

    def check(self) -> None:
        """The three rules that hold whatever broke."""
        standings = {
            key: ledger.Standing(row.state.value, row.problem_code, row.problem_message)
            for key, row in self.rows().items()
        }
        ledger.check(self.platform, self.wishes, standings, entered=self.entered)

    def press_send_again(self, user_id: str = "u1", activity: str = "quiz") -> None:
        """What the teacher's button does."""
        with self.course.database.transaction() as session:
            send_again(
                session,
                context=session.get_one(Context, self.course.context_key),
                entry_key=self.rows()[activity, user_id].id,
                now=self.clock(),
            )

    def read_course(self) -> None:
        """What a teacher's launch asks for, and what happens each night."""
        assert self.try_reading() is SyncState.DONE

    def try_reading(self) -> SyncState:
        """The same, however it ends."""
        course = self.course
        return sync_course(
            course.database,
            course.outbound,
            course.secret,
            course.context_key,
            clock=course.clock,
            on_read=after_sync,
        )

    def awaited_readings(self) -> tuple[int, ...]:
        """The courses that the next sweep will read."""
        with self.course.database.read() as session:
            return waiting_courses(session, now=self.clock())

    def late(self) -> int:
        """How many deliveries the teacher is told to be late."""
        with self.course.database.read() as session:
            context = session.get_one(Context, self.course.context_key)
            return stopped_or_late(session, context=context, now=self.clock())[1]

    def grant(self, scopes: Sequence[str]) -> None:
        """What a launch says of the services that the tool may use."""
        with self.course.database.transaction() as session:
            session.get_one(Context, self.course.context_key).service_scopes = list(scopes)

    def registration_key(self) -> int:
        """The registration of the course."""
        return self.course.context().deployment.registration_id


@contextmanager
def in_another_thread(act: Callable[[], object]) -> Iterator[None]:
    """Let `act` run beside the block; its own errors count."""
    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(act)
        yield
        acting.result()


@contextmanager
def open_bench(database: Database, students: Sequence[str] = ("u1", "u2")) -> Iterator[Bench]:
    """A bench with these students."""
    clock, proxy = Clock(), Proxy()
    platform = Platform(clock=lambda: clock().timestamp())
    with through(proxy, platform):
        course = link_course(database, platform, clock)
        course.outbound.close()
        course.outbound = HurriedSession(clock, proxy.origin)
        bench = Bench(course, proxy=proxy)
        bench.add_students(*students)
        yield bench
        course.outbound.close()


@contextmanager
def through(proxy: Proxy, platform: Platform) -> Iterator[None]:
    """Serve `platform`, for everybody at the address of `proxy`."""
    with running(platform):
        host, _, port = platform.origin.removeprefix("http://").rpartition(":")
        proxy.upstream = (host, int(port))
        platform.origin = proxy.origin
        try:
            yield
        finally:
            proxy.close()
