"""Which step each channel shall bring to a student: the desired state, kept beside the decision that caused it.

A newer wish replaces an older one that was not delivered yet. Delivering is `usecases.deliver_steps`; who may and what
became of it is `step_leases`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lti_tool.grades import claims
from lti_tool.grades.channels.channel import Channel, Step
from lti_tool.models.channels import StepDelivery
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery


def want_step(
    session: Session,
    *,
    context: Context,
    channel: Channel,
    person: Person,
    step: Step,
    now: datetime,
    anew: bool = False,
) -> None:
    """Let `channel` bring `step` to `person`, in place of an earlier one.

    The same wish again changes nothing, unless it shall be looked at `anew`.
    """
    mine = select(StepDelivery).where(
        StepDelivery.context_id == context.id,
        StepDelivery.channel == channel.name,
        StepDelivery.person_id == person.id,
    )
    row = session.scalar(mine.with_for_update().execution_options(populate_existing=True))
    if row is None:
        row = StepDelivery(
            context_id=context.id,
            channel=channel.name,
            person_id=person.id,
            version=0,
            wanted_at=now,
            state=Delivery.PENDING,
            attempts=0,
            first_due_at=now,
            next_attempt_at=now,
        )
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            row = session.scalars(mine.with_for_update()).one()
    if anew or row.wanted != step.to_mapping():
        _replace(row, step, now)
    session.flush()


def take_back(
    session: Session,
    *,
    context: Context,
    now: datetime,
    person: Person | None = None,
    channel: str | None = None,
) -> set[int]:
    """Let no channel, or not this one, hold a step any more, for this person or for all; gives back for whom."""
    held = select(StepDelivery).where(StepDelivery.context_id == context.id, StepDelivery.wanted.is_not(None))
    if person is not None:
        held = held.where(StepDelivery.person_id == person.id)
    if channel is not None:
        held = held.where(StepDelivery.channel == channel)
    rows = session.scalars(held.with_for_update().execution_options(populate_existing=True)).all()
    for row in rows:
        _replace(row, None, now)
    session.flush()
    return {row.person_id for row in rows}


def send_again(row: StepDelivery, *, now: datetime) -> None:
    """Try what needs attention once more, at a person's request. Does nothing to any other."""
    if row.state is Delivery.ATTENTION:
        claims.renew(row, now=now)


def _replace(row: StepDelivery, step: Step | None, now: datetime) -> None:
    row.wanted, row.wanted_at = (step.to_mapping() if step else None), now
    claims.renew(row, now=now)
