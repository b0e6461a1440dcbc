"""What we want the platform's gradebook to show, kept beside the decision that caused it.

An outbox entry is the *desired state* of one (column, person), not a message: a newer wish replaces an
older one that was not sent yet, and the row commits or rolls back together with its cause. Sending is
`usecases.deliver_scores`; who may send and what became of it is `leases`.

Timestamps of what is sent strictly grow by at least a second per (column, person), because some
platforms compare whole seconds and refuse what is not newer (AGS section 3.4.4).
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.grades.vocab import ActivityProgress, GradingProgress
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Column, Delivery, LineItem, OutboxEntry

TIMESTAMP_STEP = timedelta(seconds=1)
LONGEST_LABEL = 255

Row = TypeVar("Row", Column, OutboxEntry)
# score given, score maximum, comment, activity progress, grading progress
Wish = tuple[float | None, float | None, str | None, str, str]


def wanted_column(
    session: Session,
    *,
    context: Context,
    tag: str,
    resource_id: str,
    label: str,
    score_maximum: float,
    now: datetime,
) -> Column:
    """The column that we want in the course's gradebook, one for each tag and resource id.

    It is made at the platform by the first delivery, unless the platform lists such a column already.
    """
    query = select(Column).where(
        Column.context_id == context.id, Column.tag == tag, Column.resource_id == resource_id
    )
    column = session.scalar(query)
    if column is None:
        column = Column(
            context_id=context.id,
            tag=tag,
            resource_id=resource_id,
            label=label[:LONGEST_LABEL],
            score_maximum=score_maximum,
            created_at=now,
        )
        column = _insert_once(session, column, query)
    if column.line_item_id is None:
        column.line_item_id = session.scalar(
            select(LineItem.id)
            .where(
                LineItem.context_id == context.id,
                LineItem.tag == tag,
                LineItem.resource_id == resource_id,
                LineItem.present,
            )
            .order_by(LineItem.id)
            .limit(1)
        )
        session.flush()
    return column


def want_score(
    session: Session,
    *,
    column: Column,
    person: Person,
    score_given: float | None,
    score_maximum: float | None,
    comment: str | None,
    now: datetime,
    activity_progress: str = ActivityProgress.COMPLETED,
    grading_progress: str = GradingProgress.FULLY_GRADED,
    withdraws: bool = False,
) -> OutboxEntry:
    """Say what `person`'s cell in `column` shall show; delivered later, in the newest version only.

    Without `score_given` the cell gets words and no points. What `withdraws` may leave for a course that lets us
    write nothing new. The same wish again changes nothing. Raises
    ValueError where the wish would erase a grade: a progress other than FullyGraded, or no score where
    one was wanted before.
    """
    _check(score_given=score_given, score_maximum=score_maximum, grading_progress=grading_progress)
    query = select(OutboxEntry).where(OutboxEntry.column_id == column.id, OutboxEntry.person_id == person.id)
    entry = session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if entry is None:
        entry = OutboxEntry(
            registration_id=column.context.deployment.registration_id,
            context_id=column.context_id,
            column_id=column.id,
            person_id=person.id,
            version=0,
            activity_progress=activity_progress,
            grading_progress=grading_progress,
            state=Delivery.PENDING,
            attempts=0,
            score_timestamp=now,
            first_due_at=now,
            next_attempt_at=now,
        )
        entry = _insert_once(session, entry, query)
    if score_given is None and entry.score_given is not None:
        raise ValueError("words without points would erase the score in this cell")
    entry.withdraws = withdraws
    wish = (score_given, score_maximum, comment or None, activity_progress, grading_progress)
    if entry.version == 0 or wish != _wish(entry):
        _replace_wish(entry, wish, now)
        session.flush()
    return entry


def send_again(entry: OutboxEntry, *, now: datetime, may_replace: bool = True) -> None:
    """Try an entry that needs attention once more, at a person's request. Does nothing to any other.

    It counts as a new wish with a later timestamp: with `may_replace` it replaces what was entered at the platform
    meanwhile. A column that was deleted there is made anew.
    """
    if entry.state is not Delivery.ATTENTION:
        return
    _replace_wish(entry, _wish(entry), now)
    entry.may_replace = may_replace
    line_item = entry.column.line_item
    if line_item is not None and not line_item.present:
        entry.column.line_item = None


def send_once_more(entry: OutboxEntry, *, now: datetime) -> None:
    """Send a delivered wish once more, because the platform does not show it; a later timestamp makes it count."""
    _replace_wish(entry, _wish(entry), now)
    entry.resent_version = entry.version


def sendable_at(timestamp: datetime, *, now: datetime) -> datetime:
    """When a score with `timestamp` may go: not before that moment, since platforms refuse the future.

    A timestamp far ahead comes of a clock that was set back; waiting for it would stall, so it goes now.
    """
    return timestamp if now < timestamp <= now + 2 * TIMESTAMP_STEP else now


def _wish(entry: OutboxEntry) -> Wish:
    return (
        entry.score_given,
        entry.score_maximum,
        entry.comment,
        entry.activity_progress,
        entry.grading_progress,
    )


def _replace_wish(entry: OutboxEntry, wish: Wish, now: datetime) -> None:
    # A version that was never sent does not use up its timestamp.
    was_sent = entry.attempts > 0 or entry.state is Delivery.DELIVERED
    earliest = entry.score_timestamp + TIMESTAMP_STEP if was_sent else entry.score_timestamp
    (
        entry.score_given,
        entry.score_maximum,
        entry.comment,
        entry.activity_progress,
        entry.grading_progress,
    ) = wish
    entry.version += 1
    entry.score_timestamp = max(now, earliest)
    entry.attempts = 0
    if entry.state is Delivery.SENDING:
        return  # the lease stays: nobody else may send until the older version's fate is known
    if entry.state is not Delivery.PENDING:
        entry.first_due_at = now
    entry.state = Delivery.PENDING
    entry.next_attempt_at = sendable_at(entry.score_timestamp, now=now)
    entry.problem_code = entry.problem_message = None


def _check(*, score_given: float | None, score_maximum: float | None, grading_progress: str) -> None:
    if grading_progress != GradingProgress.FULLY_GRADED:
        raise ValueError("a progress other than FullyGraded erases grades on common platforms")
    if score_given is None:
        return
    if score_maximum is None or not (math.isfinite(score_given) and math.isfinite(score_maximum)):
        raise ValueError("a score needs a maximum, and both must be numbers")
    if score_given < 0 or score_maximum <= 0:
        raise ValueError("a score is not negative and its maximum is positive")


def _insert_once(session: Session, row: Row, query: Select[Row]) -> Row:
    """Insert `row`, or give back the one that another transaction inserted at the same moment."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return session.scalars(query.with_for_update()).one()
    return row
