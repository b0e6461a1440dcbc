"""Read a course from its platform: roster, columns, results; then let the rest of the tool follow.

Each call takes its turn in the platform's lane (`reading_lane`). No transaction is open during a request. What was
read completely is stored, what failed leaves the earlier data untouched, and `Context.sync_*` says at any moment how
far the reading is or why it ended. A reading that its platform did not let through, in part or altogether, comes again
by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.db import Database
from lti_tool.errors import PlatformRefused, PlatformUnavailable, WaymarkError
from lti_tool.grades import lanes
from lti_tool.grades.lanes import READINGS, Use
from lti_tool.grades.line_items import PlatformColumn, read_line_items, store_line_items
from lti_tool.grades.results import PlatformResult, read_results, store_results
from lti_tool.grades.roster import read_roster, store_roster
from lti_tool.grades.service_client import ServiceClient
from lti_tool.http import OutboundSession
from lti_tool.models.courses import Context, Membership, Person, SyncState
from lti_tool.models.lanes import Lane
from lti_tool.models.platforms import Deployment
from lti_tool.usecases.compare_deliveries import compare_deliveries
from lti_tool.usecases.read_native_gradebook import (
    NativeReading,
    read_native_gradebook,
    store_native_gradebook,
)
from lti_tool.usecases.reading_lane import ReadingLane
from lti_tool.usecases.resume_deliveries import resume_deliveries
from lti_tool.usecases.service_clients import service_client

# A reading that did not get its turn looks again a little later.
AGAIN_AFTER = timedelta(minutes=1)
# Where the LMS's own API fails time after time, the whole course is not read anew each minute for it.
NATIVE_AGAIN_AFTER = timedelta(minutes=15)
# A reading that says nothing for so long was cut off with its worker.
STALE_AFTER = timedelta(minutes=5)

_WAITING = "Waiting for the learning platform, where other work goes first…"

OnRead = Callable[[Session, Context, datetime], None]
Results = dict[str, tuple[PlatformResult, ...]]

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading under way: the course as it stood at the beginning, and the ways to database and platform."""

    database: Database
    client: ServiceClient
    outbound: OutboundSession
    secret: str
    context: Context
    clock: Callable[[], datetime]
    lane: ReadingLane

    def progress(self, text: str) -> None:
        _progress(self.database, self.context.id, text, self.clock())


def sync_course(
    database: Database,
    outbound: OutboundSession,
    secret: str,
    context_key: int,
    *,
    clock: Callable[[], datetime],
    on_read: OnRead,
    process: str = "",
) -> SyncState:
    """Read roster and gradebook of one course and give back how it ended; `process` is the worker's (`heartbeat`).

    Does nothing while another worker reads the same course. `on_read(session, context, now)` is called in
    the transaction that stores the gradebook. Failures of the platform end up in `Context.sync_error`;
    only errors of our own are raised, after being noted there.
    """
    context = _begin(database, context_key, clock())
    if context is None:
        return SyncState.RUNNING
    registration = context.deployment.registration
    lane = ReadingLane(
        database,
        registration.id,
        clock,
        use=Use.NIGHTLY_READING if context.sync_nightly else Use.READING,
        process=process,
        waits=lambda: _progress(database, context_key, _WAITING, clock()),
    )
    try:
        client = service_client(
            database, registration, outbound=outbound, secret=secret, clock=clock, gate=lane.call
        )
        reading = _Reading(database, client, outbound, secret, context, clock, lane)
        people_warnings = _read_people(reading)
        gradebook_warnings, again_at = _read_gradebook(reading, on_read)
    except WaymarkError as error:
        logger.warning("sync.failed", context=context_key, code=error.code, detail=error.detail)
        again_at = _again_at(database, registration.id, error, clock())
        return _end(database, context_key, SyncState.FAILED, error.message, again_at)
    except Exception:
        _end(
            database, context_key, SyncState.FAILED, "Reading failed inside Waymark; it was noted for repair."
        )
        raise
    logger.info("sync.done", context=context_key)
    warnings = " ".join([*people_warnings, *gradebook_warnings])
    return _end(database, context_key, SyncState.DONE, warnings or None, again_at)


def waiting_courses(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Keys of the courses whose reading was asked for and that nobody is working on, those of the night last.

    Readings that their platform did not let through come again with it: one at a time until it answers.
    """
    stale = or_(Context.sync_requested_at.is_(None), Context.sync_requested_at <= now - STALE_AFTER)
    asked_for = or_(
        and_(Context.sync_state != SyncState.RUNNING, Context.sync_requested_at.is_not(None)),
        and_(Context.sync_state == SyncState.RUNNING, stale),
    )
    asked = session.scalars(select(Context.id).where(asked_for).order_by(Context.sync_nightly, Context.id))
    again = session.execute(
        select(Context.id, Deployment.registration_id, Lane.careful)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .outerjoin(Lane, Lane.registration_id == Deployment.registration_id)
        .where(~asked_for, Context.sync_again_at <= now, lanes.is_open(now))
        .order_by(Context.sync_nightly, Context.id)
    ).all()
    first = {row.registration_id: row.id for row in reversed(again)}
    return (*asked, *(row.id for row in again if not row.careful or first[row.registration_id] == row.id))


def _begin(database: Database, context_key: int, now: datetime) -> Context | None:
    """Take the course for reading; None when somebody else is reading it.

    While a reading runs, `sync_requested_at` is its latest sign of life.
    """
    with database.transaction() as session:
        context = session.scalar(
            select(Context)
            .where(Context.id == context_key)
            .options(joinedload(Context.deployment).joinedload(Deployment.registration))
            .with_for_update(of=Context)
        )
        if context is None:
            return None
        seen = context.sync_requested_at
        if context.sync_state is SyncState.RUNNING and seen is not None and seen > now - STALE_AFTER:
            return None
        context.sync_state = SyncState.RUNNING
        context.sync_progress = "Reading the roster…"
        context.sync_requested_at = context.sync_begun_at = now
        context.sync_again_at = None
    return context


def _progress(database: Database, context_key: int, text: str, now: datetime) -> None:
    with database.transaction() as session:
        context = session.get_one(Context, context_key)
        context.sync_progress = text
        context.sync_requested_at = max(context.sync_requested_at or now, now)


def _again_at(
    database: Database, registration_id: int, error: WaymarkError, now: datetime
) -> datetime | None:
    """When a reading that failed is tried again by itself: when its lane opens, or has room; else not today."""
    if not isinstance(error, PlatformUnavailable):
        return None
    with database.read() as session:
        closed_until = lanes.closed_until(session, registration_id, now=now)
    return closed_until or (now + AGAIN_AFTER if error.code == "reading.no_slot" else None)


def _native_again_at(reading: _Reading, native: NativeReading | None) -> datetime | None:
    """When the course is read again for the part that comes by the LMS's own API; later where it failed before."""
    if native is None or native.problem is None:
        return None
    now = reading.clock()
    again_at = _again_at(reading.database, reading.lane.registration_id, native.problem, now)
    return max(again_at, now + NATIVE_AGAIN_AFTER) if again_at and native.failed_before else again_at


def _end(
    database: Database,
    context_key: int,
    state: SyncState,
    error: str | None,
    again_at: datetime | None = None,
) -> SyncState:
    with database.transaction() as session:
        context = session.get(Context, context_key)
        if context is not None:
            context.sync_state = state
            context.sync_progress = ""
            context.sync_error = error[:255] if error else None
            context.sync_requested_at = None
            context.sync_again_at = again_at
    return state


def _read_people(reading: _Reading) -> list[str]:
    """Read and store the roster; gives back warnings for teachers."""
    if reading.context.memberships_url is None:
        return [
            "The learning platform does not offer its list of people here; those who opened Waymark count."
        ]
    members = read_roster(reading.client, reading.context)
    now = reading.clock()
    with reading.database.transaction() as session:
        context = session.get_one(Context, reading.context.id)
        change = store_roster(session, context=context, members=members, now=now)
    return [change.warning] if change.warning else []


def _read_gradebook(reading: _Reading, on_read: OnRead) -> tuple[list[str], datetime | None]:
    """Read columns and results, store them, and let `on_read` follow; gives back warnings, and when to read again
    what the platform did not let through."""
    warnings: list[str] = []
    columns: tuple[PlatformColumn, ...] = ()
    results: Results = {}
    if reading.context.line_items_url is None:
        warnings.append(
            "The learning platform does not offer its gradebook here; scores stay inside Waymark."
        )
    else:
        reading.progress("Reading the columns…")
        columns = read_line_items(reading.client, reading.context)
        results, refused = _read_all_results(reading, columns)
        if refused:
            warnings.append(f"Not read, so shown as before: {', '.join(column.label for column in refused)}.")
    native = _read_natively(reading)
    again_at = _native_again_at(reading, native)
    return warnings + _store_gradebook(reading, columns, results, native, on_read), again_at


def _read_natively(reading: _Reading) -> NativeReading | None:
    return read_native_gradebook(
        reading.database,
        reading.outbound,
        reading.secret,
        reading.context.id,
        clock=reading.clock,
        progress=lambda: reading.progress("Reading the rest of the gradebook…"),
        gate=replace(reading.lane, with_our_key=False).call,
    )


def _read_all_results(
    reading: _Reading, columns: Sequence[PlatformColumn]
) -> tuple[Results, list[PlatformColumn]]:
    """Results by column address, and the columns that the platform refused; raises when it refused all.

    Any failure that may pass ends the whole reading: part of a gradebook is not a gradebook.
    """
    results: Results = {}
    refused: list[PlatformColumn] = []
    refusal: PlatformRefused | None = None
    with ThreadPoolExecutor(max_workers=READINGS) as pool:
        waiting = {
            pool.submit(read_results, reading.client, reading.context, line_item_url=column.url): column
            for column in columns
        }
        try:
            for future in as_completed(waiting):
                try:
                    results[waiting[future].url] = future.result()
                except PlatformRefused as error:
                    refused.append(waiting[future])
                    refusal = error
                _show_progress(reading, done=len(results) + len(refused), total=len(columns))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
    if refusal is not None and not results:
        raise refusal
    return results, refused


def _show_progress(reading: _Reading, *, done: int, total: int) -> None:
    step = max(1, total // 8)  # every note is a write to the database
    if done % step == 0:
        reading.progress(f"Reading results: {done} of {total} columns")


def _store_gradebook(
    reading: _Reading,
    columns: Sequence[PlatformColumn],
    results: Results,
    native: NativeReading | None,
    on_read: OnRead,
) -> list[str]:
    """Keep all that was read in one transaction, and let `on_read` follow; gives back warnings."""
    now, warnings = reading.clock(), []
    read: list[int] = []
    with reading.database.transaction() as session:
        context = session.get_one(Context, reading.context.id)
        if context.line_items_url is not None:
            people = _people(session, context)
            for item in store_line_items(session, context=context, columns=columns, now=now):
                if item.url in results:
                    store_results(session, line_item=item, results=results[item.url], people=people, now=now)
                    read.append(item.id)
            session.flush()
            begun_at = reading.context.sync_begun_at or now
            compare_deliveries(session, context=context, line_items=read, begun_at=begun_at, now=now)
            resume_deliveries(session, context=context, now=now)
            context.gradebook_read_at = now
            session.flush()
        if native is not None:
            warnings = store_native_gradebook(session, context=context, native=native, now=now)
            context.gradebook_read_at = now if native.reading is not None else context.gradebook_read_at
            session.flush()
        on_read(session, context, now)
    return warnings


def _people(session: Session, context: Context) -> dict[str, int]:
    """Row ids by user id of everybody in the course but test students."""
    rows = session.execute(
        select(Person.user_id, Person.id)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.context_id == context.id, ~Membership.is_test)
    )
    return {row.user_id: row.id for row in rows}
