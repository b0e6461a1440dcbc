"""Asking for a new reading of the course, and where the latest one stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.models.courses import Context, SyncState


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


def request_reading(context: Context, *, now: datetime) -> None:
    """Ask for a reading; the worker finds the wish in the database even when its trigger is lost."""
    if context.sync_state is not SyncState.RUNNING:
        context.sync_requested_at = now
        context.sync_progress = ""


def reading_is_due(context: Context, *, now: datetime, freshness: timedelta) -> bool:
    """Whether what we know is older than `freshness` and nobody was asked to read yet."""
    if context.sync_requested_at is not None or context.sync_state is SyncState.RUNNING:
        return False
    read_at = context.gradebook_read_at or context.roster_read_at
    return read_at is None or now - read_at > freshness
