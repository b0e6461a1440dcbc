"""Who may deliver a desired state now, and what became of it: the rules that all of them share.

A worker claims a row with a lease: a random token and a moment until which it holds. Marking succeeds only with the
token of the claim, so a worker that was asleep beyond its lease cannot overwrite what another did meanwhile; and
only for the version that was sent, so a newer wish stays due.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.grades.backoff import NEVER
from lti_tool.models.courses import Context, Mode
from lti_tool.models.gradebook import Deliverable, Delivery
from lti_tool.models.platforms import Deployment, DeploymentStatus, Registration, RegistrationStatus

LEASE = timedelta(seconds=60)
# A lease that seems to be taken so much ahead of us is another process's, whose look at the clock was later than ours:
# it waits for its lock afterwards, and its clock may be another. Beyond, a clock was set back since.
LOOKS_DIFFER = timedelta(minutes=5)
LONGEST_LEASE = LEASE + LOOKS_DIFFER
CRASHES_TO_QUARANTINE = 3
INTERRUPTED = "delivery.interrupted"
_WAITING = (Delivery.PENDING, Delivery.ATTENTION)


def is_due(kind: type[Deliverable], now: datetime) -> ColumnElement[bool]:
    """Rows that somebody may claim: due, or left behind by a worker whose lease is over."""
    # `next_attempt_at` of a claimed row stays where it was, so that one index finds all that may be due.
    waiting = and_(
        kind.next_attempt_at <= now,
        or_(kind.state.in_(_WAITING), and_(kind.state == Delivery.SENDING, kind.lease_until <= now)),
    )
    # No lease lasts longer: one that does was taken before the clock was set back.
    return or_(waiting, and_(kind.state == Delivery.SENDING, kind.lease_until > now + LONGEST_LEASE))


def may_be_served() -> ColumnElement[bool]:
    """Rows of platforms that are let in."""
    return and_(
        Registration.status == RegistrationStatus.ACTIVE, Deployment.status == DeploymentStatus.ACTIVE
    )


def may_leave(withdraws: ColumnElement[bool]) -> ColumnElement[bool]:
    """Rows of courses that let us write, and everywhere those that only take back what stands there.

    Nothing else goes to a platform, whatever waits: every claim asks this.
    """
    return or_(Context.mode == Mode.WRITE_BACK, withdraws)


def next_due_at(session: Session, kind: type[Deliverable], *, now: datetime) -> datetime | None:
    """When the next row is due after `now`; None when nothing waits."""
    return session.scalar(
        select(func.min(kind.next_attempt_at)).where(
            kind.state.in_(_WAITING), kind.next_attempt_at > now, kind.next_attempt_at < NEVER
        )
    )


def renew(row: Deliverable, *, now: datetime) -> None:
    """A newer wish stands in the row: it is due now, unless a worker is busy with the older one."""
    row.version += 1
    row.attempts = 0
    if row.state is Delivery.SENDING:
        return  # the lease stays: nobody else may write until the older version's fate is known
    if row.state is not Delivery.PENDING:
        row.first_due_at = now
    row.state, row.next_attempt_at = Delivery.PENDING, now
    row.problem_code = row.problem_message = None


def begin(row: Deliverable, *, now: datetime) -> str | None:
    """Take a due row: its lease, or None for one over which worker after worker died; that one waits for a person."""
    if row.state is Delivery.SENDING and _keeps_crashing(row):
        row.state, row.next_attempt_at = Delivery.ATTENTION, NEVER
        row.lease_token = row.lease_until = None
        return None
    row.state = Delivery.SENDING
    row.attempts += 1
    row.lease_token, row.lease_until = secrets.token_hex(16), now + LEASE
    return row.lease_token


def release(
    row: Deliverable,
    *,
    version: int,
    state: Delivery,
    next_attempt_at: datetime,
    newer_due_at: datetime | None = None,
    now: datetime,
) -> None:
    """Give a row back; where a newer wish came meanwhile, that one is due instead, now or at `newer_due_at`."""
    row.lease_token = row.lease_until = None
    if row.version == version:
        row.state, row.next_attempt_at = state, next_attempt_at
    else:
        row.state, row.first_due_at, row.next_attempt_at = Delivery.PENDING, now, newer_due_at or now


def _keeps_crashing(row: Deliverable) -> bool:
    """Whether worker after worker died over this row; notes this crash."""
    again = row.problem_code == INTERRUPTED
    row.problem_code = INTERRUPTED
    row.problem_message = "Sending was interrupted several times; tell whoever runs Waymark, then send again."
    return again and row.attempts >= CRASHES_TO_QUARANTINE
