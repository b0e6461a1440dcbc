"""What we write to the platform's gradebook, and where each of it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import NotVisible
from lti_tool.grades import outbox
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Column, Delivery, OutboxEntry
from lti_tool.usecases.announce_step import NEXT_STEP_TAG
from lti_tool.usecases.labels import delivery_label
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words

# What did not arrive by then is shown to the teacher, although Waymark still tries.
LATE_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """Where one delivery stands; `message` says why and what to do when it needs attention."""

    state: str
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One line of the deliveries page."""

    entry_key: int
    name: str
    column: str
    comment: str
    score_text: str
    delivery: DeliveryView
    changed_at: datetime


def deliveries(session: Session, *, context: Context, words: Words) -> tuple[DeliveryRow, ...]:
    """Everything that we wrote or want to write for this course; what needs attention first, then newest."""
    entries = session.scalars(
        select(OutboxEntry)
        .options(joinedload(OutboxEntry.column), joinedload(OutboxEntry.person))
        .where(OutboxEntry.context_id == context.id)
    )
    rows = [
        DeliveryRow(
            entry_key=entry.id,
            name=full_name(entry.person, words),
            column=entry.column.label,
            comment=entry.comment or "",
            score_text=(
                "" if entry.score_given is None else f"{entry.score_given:g}/{entry.score_maximum or 0:g}"
            ),
            delivery=delivery_view(entry, words),
            changed_at=entry.delivered_at or entry.score_timestamp,
        )
        for entry in entries
    ]
    rows.sort(key=lambda row: row.changed_at, reverse=True)
    return tuple(sorted(rows, key=lambda row: row.delivery.state != Delivery.ATTENTION))


def stopped_or_late(session: Session, *, context: Context, now: datetime) -> tuple[int, int]:
    """How many deliveries wait for a person, and how many are tried for longer than they should take."""
    late = and_(
        OutboxEntry.state.in_([Delivery.PENDING, Delivery.SENDING]),
        OutboxEntry.first_due_at <= now - LATE_AFTER,
    )
    stopped = OutboxEntry.state == Delivery.ATTENTION
    counts = select(func.count().filter(stopped), func.count().filter(late)).where(
        OutboxEntry.context_id == context.id
    )
    row = session.execute(counts).one()
    return row[0], row[1]


def step_deliveries(session: Session, *, context: Context, words: Words) -> dict[int, DeliveryView]:
    """Where the words about each student's next step stand, by person key."""
    entries = session.scalars(
        select(OutboxEntry)
        .join(Column, OutboxEntry.column_id == Column.id)
        .where(OutboxEntry.context_id == context.id, Column.tag == NEXT_STEP_TAG)
    )
    return {entry.person_id: delivery_view(entry, words) for entry in entries}


def delivery_view(entry: OutboxEntry, words: Words) -> DeliveryView:
    """Where one entry stands, in words."""
    return DeliveryView(
        state=entry.state.value,
        label=delivery_label(entry.state, words),
        message=entry.problem_message or "",
    )


def send_again(session: Session, *, context: Context, entry_key: int, now: datetime) -> None:
    """Try a delivery again now. Raises NotVisible `delivery.not_found` for another course's."""
    entry = session.scalar(
        select(OutboxEntry).where(OutboxEntry.context_id == context.id, OutboxEntry.id == entry_key)
    )
    if entry is None:
        raise NotVisible("delivery.not_found", "There is no such delivery in this course.")
    outbox.send_again(entry, now=now)
