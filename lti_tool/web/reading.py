"""When a course is read from its platform: because a teacher asks, or because what we know is old."""

from __future__ import annotations

from datetime import datetime, timedelta

from lti_tool.models.courses import Context, SyncState
from lti_tool.web.services import services


def is_under_way(context: Context) -> bool:
    """Whether a reading is running or has been asked for."""
    return context.sync_state is SyncState.RUNNING or context.sync_requested_at is not None


def is_due(context: Context, now: datetime) -> bool:
    """Whether the latest reading is older than the settings allow. A failed one is left to a person."""
    if is_under_way(context) or context.sync_state is SyncState.FAILED:
        return False
    read_at = context.gradebook_read_at
    return read_at is None or read_at < now - timedelta(minutes=services().settings.freshness_minutes)


def ask_for(context: Context, now: datetime) -> None:
    """Note that a reading is wanted; `request_sync` wakes the worker after the commit."""
    if not is_under_way(context):
        context.sync_requested_at = now
