"""Who may send an outbox entry now, and what became of it.

A worker claims one entry with a lease: a random token and a moment until which it holds. Marking
succeeds only with the token of the claim, so a worker that was asleep beyond its lease cannot overwrite
what another did meanwhile; and only for the version that was sent, so a newer wish stays due. A claim
holds a slot of its platform's lane (`lanes`) until it is marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from lti_tool.grades import claims, lanes
from lti_tool.grades.backoff import NEVER
from lti_tool.grades.conclusions import Conclusion
from lti_tool.grades.lanes import Slot
from lti_tool.grades.outbox import TIMESTAMP_STEP, sendable_at
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Column, Delivery, OutboxEntry, Result
from lti_tool.models.lanes import Lane
from lti_tool.models.platforms import Deployment, DeploymentStatus, Registration, RegistrationStatus

CHANGED_AT_PLATFORM = "score.changed_at_platform"
_MOST_SENT = 50
_DEPLOYMENT_SERVED = Deployment.status == DeploymentStatus.ACTIVE


@dataclass(frozen=True, slots=True)
class Claim:
    """An entry that this worker may send until `lease_until`, with all that sending needs.

    `earlier_attempts` counts tries of the same version, which may have reached the platform. `sent_before` are the
    scores that its cell may show because we sent them, None where that is not known. The rows are detached: they are read, never changed.
    """

    entry: OutboxEntry
    column: Column
    context: Context
    registration: Registration
    slot: Slot
    user_id: str
    line_item_url: str | None
    lease_token: str
    lease_until: datetime
    earlier_attempts: int
    grade_in_cell: bool
    sent_before: tuple[tuple[float, float], ...] | None

    @property
    def version(self) -> int:
        """The version that is being sent."""
        return self.entry.version


def due_registrations(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Ids of the active registrations with an open lane that have entries to send now."""
    entry = (
        select(OutboxEntry.id)
        .join(Context, OutboxEntry.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .where(
            OutboxEntry.registration_id == Registration.id,
            claims.is_due(OutboxEntry, now),
            _DEPLOYMENT_SERVED,
        )
    )
    query = (
        select(Registration.id)
        .outerjoin(Lane, Lane.registration_id == Registration.id)
        .where(Registration.status == RegistrationStatus.ACTIVE, lanes.is_open(now), entry.exists())
        .order_by(Registration.id)
    )
    return tuple(session.scalars(query))


def next_due_at(session: Session, *, now: datetime) -> datetime | None:
    """When the next entry is due after `now`; None when nothing waits."""
    first = (
        select(OutboxEntry.next_attempt_at)
        .where(
            OutboxEntry.registration_id == Registration.id,
            OutboxEntry.next_attempt_at > now,
            OutboxEntry.next_attempt_at < NEVER,
            OutboxEntry.state.in_([Delivery.PENDING, Delivery.ATTENTION]),
        )
        .order_by(OutboxEntry.next_attempt_at)
        .limit(1)
        .scalar_subquery()
    )
    return session.scalar(select(func.min(first)).where(Registration.status == RegistrationStatus.ACTIVE))


def claim_next(session: Session, *, registration_id: int, now: datetime) -> Claim | None:
    """Claim the entry of `registration_id` that has been due longest.

    None when there is none, or the lane has no slot. While a column has no line item, only one entry of it is
    claimed at a time: that delivery makes it.
    """
    # Claims of one registration exclude each other by its lane, so that the rule above holds across processes.
    lane = lanes.lane_with_room(session, registration_id, now=now)
    while lane is not None and (entry := _longest_due(session, registration_id, now)) is not None:
        token = claims.begin(entry, now=now)
        if token is not None:
            return _claimed(session, entry, token, lanes.take_slot(lane, now=now, lasts=claims.LEASE), now)
        session.flush()
    return None


def _longest_due(session: Session, registration_id: int, now: datetime) -> OutboxEntry | None:
    other = aliased(OutboxEntry)
    being_made = select(other.column_id).where(
        other.lease_until.between(now, now + claims.LONGEST_LEASE), other.registration_id == registration_id
    )
    return session.scalar(
        select(OutboxEntry)
        .join(Column, OutboxEntry.column_id == Column.id)
        .join(Context, OutboxEntry.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .join(Registration, Deployment.registration_id == Registration.id)
        .where(
            OutboxEntry.registration_id == registration_id,
            Registration.status == RegistrationStatus.ACTIVE,
            _DEPLOYMENT_SERVED,
            claims.is_due(OutboxEntry, now),
            or_(Column.line_item_id.is_not(None), Column.id.not_in(being_made)),
        )
        .options(
            joinedload(OutboxEntry.column).joinedload(Column.line_item),
            joinedload(OutboxEntry.context)
            .joinedload(Context.deployment)
            .joinedload(Deployment.registration),
            joinedload(OutboxEntry.person),
        )
        .order_by(OutboxEntry.next_attempt_at, OutboxEntry.id)
        .limit(1)
        .with_for_update(of=OutboxEntry, skip_locked=True)
    )


def _claimed(session: Session, entry: OutboxEntry, token: str, slot: Slot, now: datetime) -> Claim:
    sent_before = (
        None if entry.sent_scores is None else tuple((score, top) for score, top in entry.sent_scores)
    )
    if entry.score_given is not None and entry.score_maximum is not None:
        # Before it is sent: a worker that dies over it has perhaps sent it.
        entry.sent_scores = _with(entry.sent_scores, entry.score_given, entry.score_maximum)
    session.flush()
    line_item = entry.column.line_item
    return Claim(
        entry=entry,
        column=entry.column,
        context=entry.context,
        registration=entry.context.deployment.registration,
        slot=slot,
        user_id=entry.person.user_id,
        line_item_url=line_item.url if line_item is not None else None,
        lease_token=token,
        lease_until=now + claims.LEASE,
        earlier_attempts=entry.attempts - 1,
        grade_in_cell=_grade_in_cell(session, entry),
        sent_before=sent_before,
    )


def mark_delivered(session: Session, claim: Claim, *, now: datetime) -> bool:
    """The platform has the claimed version. False when the lease was lost: somebody else decides."""
    lanes.leave(session, claim.slot, lanes.ACCEPTED, now=now)
    entry = _held(session, claim)
    if entry is None:
        return False
    entry.delivered_version, entry.delivered_at = claim.version, now
    if claim.entry.score_given is not None and claim.entry.score_maximum is not None:
        entry.sent_scores = [[claim.entry.score_given, claim.entry.score_maximum]]
    if entry.version == claim.version:
        entry.may_replace = False
    entry.problem_code = entry.problem_message = None
    _release(entry, claim, Delivery.DELIVERED, next_attempt_at=NEVER, now=now)
    return True


def mark_problem(session: Session, claim: Claim, conclusion: Conclusion, *, now: datetime) -> bool:
    """The claimed version was not delivered. False: the lease was lost, somebody else decides."""
    lanes.leave(session, claim.slot, conclusion.outcome, now=now)
    entry = _held(session, claim)
    if entry is None:
        return False
    if (
        conclusion.code == CHANGED_AT_PLATFORM
        and claim.sent_before is not None
        and claim.earlier_attempts == 0
    ):
        entry.sent_scores = [list(sent) for sent in claim.sent_before]  # it was not sent
    entry.problem_code, entry.problem_message = conclusion.code, conclusion.message
    _release(entry, claim, conclusion.state, next_attempt_at=conclusion.next_attempt_at, now=now)
    return True


def release_unsent(session: Session, claim: Claim, *, now: datetime) -> bool:
    """Nothing of the claim was sent after all: as if it had never been made. False: the lease was lost."""
    lanes.leave(session, claim.slot, lanes.NOTHING, now=now)
    entry = _held(session, claim)
    if entry is None:
        return False
    if entry.version == claim.version:
        entry.attempts = claim.earlier_attempts
    if claim.sent_before is not None:
        entry.sent_scores = [list(sent) for sent in claim.sent_before]
    _release(entry, claim, Delivery.PENDING, next_attempt_at=now, now=now)
    return True


def move_timestamp(session: Session, claim: Claim, *, after: datetime) -> datetime | None:
    """Give the claimed version a later timestamp, at least a second past `after`.

    None when the lease was lost or a newer version is wanted: then nothing may be sent.
    """
    entry = _held(session, claim)
    if entry is None or entry.version != claim.version:
        return None
    entry.score_timestamp = max(entry.score_timestamp, after) + TIMESTAMP_STEP
    return entry.score_timestamp


def _with(sent: list[list[float]] | None, score: float, maximum: float) -> list[list[float]] | None:
    """What the cell may show after this score was sent as well; unknown stays unknown until a delivery."""
    if sent is None or [score, maximum] in sent:
        return sent
    return [*sent, [score, maximum]][-_MOST_SENT:]


def _held(session: Session, claim: Claim) -> OutboxEntry | None:
    return session.scalar(
        select(OutboxEntry)
        .where(OutboxEntry.id == claim.entry.id, OutboxEntry.lease_token == claim.lease_token)
        .with_for_update()
    )


def _release(
    entry: OutboxEntry, claim: Claim, state: Delivery, *, next_attempt_at: datetime, now: datetime
) -> None:
    claims.release(
        entry,
        version=claim.version,
        state=state,
        next_attempt_at=next_attempt_at,
        newer_due_at=sendable_at(entry.score_timestamp, now=now),
        now=now,
    )


def _grade_in_cell(session: Session, entry: OutboxEntry) -> bool:
    """Whether the platform, as last read, shows a grade where we would send words only."""
    if entry.score_given is not None or entry.column.line_item_id is None:
        return False
    return bool(
        session.scalar(
            select(
                exists().where(
                    Result.line_item_id == entry.column.line_item_id,
                    Result.person_id == entry.person_id,
                    Result.result_score.is_not(None),
                )
            )
        )
    )
