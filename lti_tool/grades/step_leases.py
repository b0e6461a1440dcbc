"""Who may deliver a step by its channel now, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, aliased, joinedload

from lti_tool.errors import PlatformUnavailable
from lti_tool.grades import claims, lanes
from lti_tool.grades.channels.channel import Effect, Step, Student
from lti_tool.grades.conclusions import Conclusion
from lti_tool.grades.lanes import Slot
from lti_tool.models.channels import StepDelivery
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import Delivery, NativeConnection
from lti_tool.models.lanes import Lane
from lti_tool.models.platforms import Deployment, Registration

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class StepClaim:
    """A delivery that this worker may make while its lease holds. The rows are detached: read, never changed.

    `in_place` is what the platform may hold because of us. `connection` is the way there, None where the teacher has
    ended it.
    """

    row: StepDelivery
    channel: str
    student: Student
    step: Step | None
    in_place: Mapping[str, Any] | None
    connection: NativeConnection | None
    slot: Slot
    lease_token: str
    version: int
    attempts: int
    first_due_at: datetime


def due_registrations(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Ids of the registrations with an open lane that have steps to deliver now."""
    query = (
        _due(select(Deployment.registration_id), now)
        .outerjoin(Lane, Lane.registration_id == Registration.id)
        .where(lanes.is_open(now))
    )
    return tuple(session.scalars(query.distinct().order_by(Deployment.registration_id)))


def claim_next(
    session: Session, *, registration_id: int, holder: str = "", now: datetime
) -> StepClaim | None:
    """Claim the delivery of `registration_id` that has been due longest; None when there is none, or no room for it.

    One at a time for each channel and course of the LMS: what several students share there, such as an override, is
    read, changed and written back. Two of our courses may be one course there, so its address there decides.
    """
    # Claims of one registration exclude each other by its lane.
    lane = lanes.lane_with_room(session, registration_id, now=now)
    if lane is None:
        return None
    other, there = aliased(StepDelivery), aliased(NativeConnection)
    being_written = (
        exists()
        .where(
            other.channel == StepDelivery.channel,
            other.id != StepDelivery.id,
            other.state == Delivery.SENDING,
            other.lease_until > now,
            there.context_id == other.context_id,
            there.root == NativeConnection.root,
            there.course == NativeConnection.course,
        )
        .correlate(StepDelivery, NativeConnection)
    )
    found = session.execute(
        _due(select(StepDelivery, NativeConnection), now)
        .outerjoin(NativeConnection, NativeConnection.context_id == Context.id)
        .where(Deployment.registration_id == registration_id, ~being_written)
        .options(joinedload(StepDelivery.person))
        .order_by(StepDelivery.next_attempt_at, StepDelivery.id)
        .limit(1)
        .with_for_update(of=StepDelivery, skip_locked=True)
    ).first()
    if found is None:
        return None
    row, connection = found
    token = claims.begin(row, now=now)
    session.flush()
    if token is None:
        return claim_next(session, registration_id=registration_id, holder=holder, now=now)
    native_ids = connection.native_ids if connection else {}
    return StepClaim(
        row=row,
        channel=row.channel,
        student=Student(row.person_id, row.person.user_id, native_ids.get(row.person.user_id, "")),
        step=Step.from_mapping(row.wanted) if row.wanted else None,
        in_place=row.in_place,
        connection=connection,
        slot=lanes.take_slot(lane, now=now, lasts=claims.LEASE, holder=holder),
        lease_token=token,
        version=row.version,
        attempts=row.attempts,
        first_due_at=row.first_due_at,
    )


def keep_turn(session: Session, claim: StepClaim, *, now: datetime) -> StepDelivery:
    """The claimed row, its lease begun anew: right before something is written at the platform.

    Raises PlatformUnavailable `channel.turn_over` when the lease was lost or a newer wish came.
    """
    row = _held(session, claim)
    if row is None or row.version != claim.version or row.lease_until is None or row.lease_until < now:
        raise PlatformUnavailable(
            "channel.turn_over", "Bringing this to the student took too long; Waymark tries again by itself."
        )
    row.lease_until = now + claims.LEASE
    return row


def mark_done(
    session: Session,
    claim: StepClaim,
    *,
    effect: Effect,
    in_place: Mapping[str, Any] | None,
    now: datetime,
) -> bool:
    """The platform is as the claimed version wants it. False when the lease was lost: somebody else decides."""
    lanes.leave(session, claim.slot, lanes.ACCEPTED, now=now)
    row = _held(session, claim)
    if row is None:
        return False
    row.effect, row.in_place = effect.value, dict(in_place) if in_place is not None else None
    row.delivered_version, row.delivered_at = claim.version, now
    row.problem_code = row.problem_message = None
    claims.release(row, version=claim.version, state=Delivery.DELIVERED, next_attempt_at=now, now=now)
    return True


def mark_problem(session: Session, claim: StepClaim, conclusion: Conclusion, *, now: datetime) -> bool:
    """The claimed version is not in place. False: the lease was lost."""
    lanes.leave(session, claim.slot, conclusion.outcome, now=now)
    row = _held(session, claim)
    if row is None:
        return False
    row.problem_code, row.problem_message = conclusion.code[:64], conclusion.message[:500]
    claims.release(
        row,
        version=claim.version,
        state=conclusion.state,
        next_attempt_at=conclusion.next_attempt_at,
        now=now,
    )
    return True


def _due(query: Select[*Columns], now: datetime) -> Select[*Columns]:
    """Due deliveries of courses that let us write, at platforms that are let in."""
    return (
        query.select_from(StepDelivery)
        .join(Context, StepDelivery.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .join(Registration, Deployment.registration_id == Registration.id)
        .where(
            claims.is_due(StepDelivery, now),
            claims.may_be_served(),
            claims.may_leave(StepDelivery.wanted.is_(None)),
        )
    )


def _held(session: Session, claim: StepClaim) -> StepDelivery | None:
    return session.scalar(
        select(StepDelivery)
        .where(StepDelivery.id == claim.row.id, StepDelivery.lease_token == claim.lease_token)
        .with_for_update()
    )
