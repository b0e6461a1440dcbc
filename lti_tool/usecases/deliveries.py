"""What we write to the platform's gradebook, and where each of it stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import NotVisible
from lti_tool.grades import outbox, step_wishes
from lti_tool.grades.claims import may_leave
from lti_tool.models.channels import StepDelivery
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Column, Delivery, OutboxEntry
from lti_tool.usecases.announce_step import NEXT_STEP_TAG
from lti_tool.usecases.channel_labels import channel_label, step_state_label
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
    """One line of the deliveries page: a cell of the gradebook, or a step that goes out by a channel (`is_step`)."""

    entry_key: int
    name: str
    column: str
    comment: str
    score_text: str
    delivery: DeliveryView
    changed_at: datetime
    is_step: bool = False


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
    rows += _step_rows(session, context, words)
    rows.sort(key=lambda row: row.changed_at, reverse=True)
    return tuple(sorted(rows, key=lambda row: row.delivery.state != Delivery.ATTENTION))


def stopped_or_late(session: Session, *, context: Context, now: datetime) -> tuple[int, int]:
    """How many deliveries wait for a person, and how many are tried for longer than they should take."""
    counts = [_stopped_or_late(session, kind, context, now) for kind in (OutboxEntry, StepDelivery)]
    return sum(stopped for stopped, _late in counts), sum(late for _stopped, late in counts)


def _stopped_or_late(
    session: Session, kind: type[OutboxEntry | StepDelivery], context: Context, now: datetime
) -> tuple[int, int]:
    late = and_(kind.state.in_([Delivery.PENDING, Delivery.SENDING]), kind.first_due_at <= now - LATE_AFTER)
    stopped = kind.state == Delivery.ATTENTION
    withdraws = OutboxEntry.withdraws.is_(True) if kind is OutboxEntry else StepDelivery.wanted.is_(None)
    row = session.execute(
        select(func.count().filter(stopped), func.count().filter(late))
        .join(Context, kind.context_id == Context.id)
        .where(kind.context_id == context.id, may_leave(withdraws))  # what is held back is nobody's trouble
    ).one()
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


def _step_rows(session: Session, context: Context, words: Words) -> list[DeliveryRow]:
    found = session.scalars(
        select(StepDelivery)
        .options(joinedload(StepDelivery.person))
        .where(StepDelivery.context_id == context.id)
    )
    return [
        DeliveryRow(
            entry_key=row.id,
            name=full_name(row.person, words),
            column=channel_label(row.channel, words),
            comment=row.wanted["title"] if row.wanted else "",
            score_text="",
            delivery=DeliveryView(
                state=row.state.value, label=step_state_label(row, words), message=row.problem_message or ""
            ),
            changed_at=row.delivered_at or row.wanted_at,
            is_step=True,
        )
        for row in found
    ]


def send_step_again(session: Session, *, context: Context, delivery_key: int, now: datetime) -> None:
    """Try to bring a step again now. Raises NotVisible `delivery.not_found` for another course's."""
    row = session.scalar(
        select(StepDelivery).where(StepDelivery.context_id == context.id, StepDelivery.id == delivery_key)
    )
    if row is None:
        raise _not_found()
    step_wishes.send_again(row, now=now)


def send_again(session: Session, *, context: Context, entry_key: int, now: datetime) -> None:
    """Try a delivery again now. Raises NotVisible `delivery.not_found` for another course's."""
    entry = session.scalar(
        select(OutboxEntry).where(OutboxEntry.context_id == context.id, OutboxEntry.id == entry_key)
    )
    if entry is None:
        raise _not_found()
    outbox.send_again(entry, now=now)


def _not_found() -> NotVisible:
    return NotVisible("delivery.not_found", "There is no such delivery in this course.")
