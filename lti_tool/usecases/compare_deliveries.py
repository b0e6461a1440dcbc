"""After a reading: does the gradebook show what was delivered? An accepted score is not yet a recorded one."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import PlatformRefused
from lti_tool.grades.backoff import NEVER
from lti_tool.grades.cell_values import same_score
from lti_tool.grades.delivery import changed_at_platform
from lti_tool.grades.leases import CHANGED_AT_PLATFORM
from lti_tool.grades.outbox import send_once_more
from lti_tool.grades.results import PlatformResult
from lti_tool.models.courses import Context, Membership
from lti_tool.models.gradebook import Column, Delivery, OutboxEntry, Result

# A platform may take a score and record it a little later.
TIME_TO_RECORD = timedelta(minutes=10)
REMOVED = "score.removed_at_platform"
NOT_RECORDED = "score.not_recorded"
# What a comparison noted, and takes back by itself when the gradebook shows our value again.
_NOTED = frozenset({CHANGED_AT_PLATFORM, REMOVED, NOT_RECORDED})

logger = structlog.get_logger(__name__)


def compare_deliveries(
    session: Session, *, context: Context, line_items: Collection[int], begun_at: datetime, now: datetime
) -> None:
    """Compare scores that were delivered a while before the reading began with what it found in these columns.

    A score that never showed up is sent once more. Everything else waits for a person: another value, and an empty
    cell that showed ours before, were changed by hand.
    """
    enrolled = select(Membership.person_id).where(
        Membership.context_id == context.id, Membership.active, Membership.is_learner
    )
    entries = session.scalars(
        select(OutboxEntry)
        .join(Column, OutboxEntry.column_id == Column.id)
        .options(joinedload(OutboxEntry.column))
        .where(
            OutboxEntry.context_id == context.id,
            OutboxEntry.state.in_([Delivery.DELIVERED, Delivery.ATTENTION]),
            OutboxEntry.score_given.is_not(None),
            OutboxEntry.delivered_at <= begun_at - TIME_TO_RECORD,
            Column.line_item_id.in_(line_items),
            OutboxEntry.person_id.in_(enrolled),
        )
        .with_for_update(of=OutboxEntry)
    ).all()
    rows = session.scalars(select(Result).where(Result.line_item_id.in_(line_items)))
    results = {(row.line_item_id, row.person_id): row for row in rows}
    for entry in entries:
        if entry.delivered_version == entry.version or entry.problem_code in _NOTED:
            _compare(entry, results.get((entry.column.line_item_id or 0, entry.person_id)), now)


def _compare(entry: OutboxEntry, row: Result | None, now: datetime) -> None:
    result = None
    if row is not None and row.result_score is not None:
        result = PlatformResult("", row.result_score, row.result_maximum)
    if result is None:
        if entry.state is Delivery.ATTENTION:
            return
        if entry.seen_version == entry.version:
            _wait(
                entry,
                PlatformRefused(
                    REMOVED,
                    "Somebody removed this score from the gradebook, and Waymark leaves it empty. Send again to put "
                    "it back.",
                ),
            )
        elif entry.resent_version == entry.version:
            _wait(
                entry,
                PlatformRefused(
                    NOT_RECORDED,
                    "The learning platform accepts this score and does not show it. Look at the column's settings in "
                    "the gradebook, then send again.",
                ),
            )
        else:
            logger.warning("delivery.not_recorded", entry=entry.id)
            send_once_more(entry, now=now)
    elif same_score(result, entry.score_given or 0.0, entry.score_maximum or 1.0):
        entry.seen_version = entry.version
        if entry.state is Delivery.ATTENTION:
            entry.state, entry.problem_code, entry.problem_message = Delivery.DELIVERED, None, None
    elif entry.state is not Delivery.ATTENTION:
        _wait(entry, changed_at_platform(result, entry))


def _wait(entry: OutboxEntry, problem: PlatformRefused) -> None:
    logger.warning("delivery.differs", entry=entry.id, code=problem.code)
    entry.state, entry.next_attempt_at = Delivery.ATTENTION, NEVER
    entry.problem_code, entry.problem_message = problem.code, problem.message
