"""Asking for a new reading of the course, by hand and once a day, and where the latest one stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, SyncState

# A course where nobody came for so long is over, or on holiday.
ACTIVE_FOR = timedelta(days=14)
# Less than a day, so that the readings of a course do not wander through the day.
READ_AGAIN_AFTER = timedelta(hours=20)
# With a look every minute, 5,000 courses have their turn within less than six hours.
MOST_AT_ONCE = 15


@dataclass(frozen=True, slots=True)
class SyncView:
    """Where reading from the platform stands."""

    state: str
    progress: str
    error: str | None


def look_at_sync(context: Context) -> SyncView:
    """The state of the latest reading; one that was asked for counts as running."""
    state = context.sync_state
    if state is not SyncState.RUNNING and context.sync_requested_at is not None:
        state = SyncState.RUNNING
    return SyncView(state.value, context.sync_progress, context.sync_error)


def request_reading(context: Context, *, now: datetime, nightly: bool = False) -> None:
    """Ask for a reading; the worker finds the wish in the database even when its trigger is lost.

    One that nobody waits for, as `nightly` ones, lets others go first.
    """
    if context.sync_state is not SyncState.RUNNING:
        context.sync_requested_at, context.sync_nightly = now, nightly
        context.sync_progress = ""


def is_nightly(session: Session, context_key: int) -> bool:
    """Whether nobody waits for the reading of this course at a screen."""
    return bool(session.scalar(select(Context.sync_nightly).where(Context.id == context_key)))


def reading_is_due(context: Context, *, now: datetime, freshness: timedelta) -> bool:
    """Whether what we know is older than `freshness` and nobody was asked to read yet."""
    asked_for = context.sync_requested_at is not None and not context.sync_nightly
    if asked_for or context.sync_state is SyncState.RUNNING:
        return False
    read_at = context.gradebook_read_at or context.roster_read_at
    return read_at is None or now - read_at > freshness


def request_daily_readings(session: Session, *, now: datetime) -> int:
    """Ask for readings of active courses that were not read for most of a day; gives back of how many.

    The longest unread go first, a few at a time. A reading that fails is not asked for again before the next day.
    """
    courses = session.scalars(
        select(Context)
        .where(
            Context.launched_on >= (now - ACTIVE_FOR).date(),
            or_(Context.sync_begun_at.is_(None), Context.sync_begun_at <= now - READ_AGAIN_AFTER),
            Context.sync_requested_at.is_(None),
            or_(Context.memberships_url.is_not(None), Context.line_items_url.is_not(None)),
        )
        .order_by(Context.sync_begun_at.asc().nulls_first(), Context.id)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    for context in courses:
        request_reading(context, now=now, nightly=True)
    return len(courses)
