"""Who may send an outbox entry now, and what became of it.

A worker claims one entry with a lease: a random token and a moment until which it holds. Marking
succeeds only with the token of the claim, so a worker that was asleep beyond its lease cannot overwrite
what another did meanwhile; and only for the version that was sent, so a newer wish stays due. A claim
holds a slot of its platform's lane (`lanes`) until it is settled. Several entries may be claimed together and
delivered one after another in one slot: claiming and settling cost many times what a call does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from lti_tool.grades import claims, lanes
from lti_tool.grades.backoff import NEVER
from lti_tool.grades.conclusions import Conclusion
from lti_tool.grades.lanes import Outcome, Slot
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
    """An entry that this worker may send from `starts_at` on and until `lease_until`, with all that sending needs.

    `earlier_attempts` counts tries of the same version, which may have reached the platform. `sent_before` are the
    scores that its cell may show because we sent them, None where that is not known. The rows are detached: they are read, never changed.
    """

    entry: OutboxEntry
    column: Column
    context: Context
    registration: Registration
    slot: Slot
    starts_at: datetime
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


@dataclass(frozen=True, slots=True)
class Ending:
    """What became of a claim: delivered, unless there is a conclusion, or it was not sent at all."""

    claim: Claim
    conclusion: Conclusion | None = None
    was_sent: bool = True

    @property
    def outcome(self) -> Outcome:
        """What the lane learns by it."""
        if not self.was_sent:
            return lanes.NOTHING
        return lanes.ACCEPTED if self.conclusion is None else self.conclusion.outcome


def due_registrations(session: Session, *, now: datetime) -> tuple[int, ...]:
    """Ids of the active registrations with an open lane that have entries to send now."""
    entry = (
        select(OutboxEntry.id)
        .join(Context, OutboxEntry.context_id == Context.id)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .where(
            OutboxEntry.registration_id == Registration.id,
            claims.is_due(OutboxEntry, now),
            claims.may_leave(OutboxEntry.withdraws.is_(True)),
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


def claim_next(
    session: Session, *, registration_id: int, most: int = 1, holder: str = "", now: datetime
) -> tuple[Claim, ...]:
    """Claim the entries of `registration_id` that have been due longest, for one slot of the lane.

    Empty when there are none, or the lane has no slot. While a column has no line item, only one entry of it is
    claimed at a time: that delivery makes it. An entry over which a worker died goes alone from then on, so that
    others do not count its crashes as theirs.
    """
    # Claims of one registration exclude each other by its lane, so that the rule above holds across processes.
    lane = lanes.lane_with_room(session, registration_id, now=now)
    if lane is None:
        return ()
    most = lanes.calls_that_fit(lane, most=most, now=now)
    while entries := _together(_longest_due(session, registration_id, most=most, now=now)):
        taken = [(entry, token) for entry in entries if (token := claims.begin(entry, now=now)) is not None]
        if taken:
            slot = lanes.take_slot(lane, now=now, lasts=claims.LEASE, calls=len(taken), holder=holder)
            return _claimed(session, taken, slot, now)
        session.flush()
    return ()


def _together(entries: Sequence[OutboxEntry]) -> list[OutboxEntry]:
    """As many of the entries, from the first on, as may be claimed together."""
    together: list[OutboxEntry] = []
    for entry in entries:
        alone = entry.state is Delivery.SENDING or entry.column.line_item_id is None
        if together and alone:
            break
        together.append(entry)
        if alone:
            break
    return together


def _longest_due(
    session: Session, registration_id: int, *, most: int, now: datetime
) -> Sequence[OutboxEntry]:
    other = aliased(OutboxEntry)
    being_made = select(other.column_id).where(
        other.lease_until.between(now, now + claims.LONGEST_LEASE), other.registration_id == registration_id
    )
    return session.scalars(
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
            claims.may_leave(OutboxEntry.withdraws.is_(True)),
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
        .limit(most)
        .with_for_update(of=OutboxEntry, skip_locked=True)
    ).all()


def _claimed(
    session: Session, taken: Sequence[tuple[OutboxEntry, str]], slot: Slot, now: datetime
) -> tuple[Claim, ...]:
    graded = _with_grade_in_cell(session, [entry for entry, _ in taken])
    claimed: list[Claim] = []
    for call, (entry, token) in enumerate(taken):
        sent_before = (
            None if entry.sent_scores is None else tuple((score, top) for score, top in entry.sent_scores)
        )
        if entry.score_given is not None and entry.score_maximum is not None:
            # Before it is sent: a worker that dies over it has perhaps sent it.
            entry.sent_scores = _with(entry.sent_scores, entry.score_given, entry.score_maximum)
        line_item = entry.column.line_item
        claimed.append(
            Claim(
                entry=entry,
                column=entry.column,
                context=entry.context,
                registration=entry.context.deployment.registration,
                slot=slot,
                starts_at=slot.starts_at(call),
                user_id=entry.person.user_id,
                line_item_url=line_item.url if line_item is not None else None,
                lease_token=token,
                lease_until=now + claims.LEASE,
                earlier_attempts=entry.attempts - 1,
                grade_in_cell=entry.id in graded,
                sent_before=sent_before,
            )
        )
    session.flush()
    return tuple(claimed)


def settle(session: Session, endings: Sequence[Ending], *, now: datetime) -> list[Ending]:
    """Note what became of claims of one slot, and give the slot back.

    Gives back those that could not be noted, because the lease was lost or because somebody changes the row at this
    moment; `settle_late` waits for such a row. Nobody waits here for one row while they hold another: those who want
    many at once, like a teacher who regrades a class, do, and the two would wait for each other.
    """
    lanes.leave(session, endings[0].claim.slot, *(ending.outcome for ending in endings), now=now)
    tokens = {ending.claim.entry.id: ending.claim.lease_token for ending in endings}
    rows = session.scalars(
        select(OutboxEntry)
        .where(OutboxEntry.id.in_(tokens), OutboxEntry.lease_token.in_(tokens.values()))
        .with_for_update(skip_locked=True)
    )
    held = {row.id: row for row in rows if row.lease_token == tokens[row.id]}
    for ending in endings:
        if (entry := held.get(ending.claim.entry.id)) is not None:
            _note(entry, ending, now)
    return [ending for ending in endings if ending.claim.entry.id not in held]


def settle_late(session: Session, ending: Ending, *, now: datetime) -> bool:
    """Note what became of one claim whose slot was given back. False: its lease was lost, somebody else decides."""
    entry = _held(session, ending.claim)
    if entry is not None:
        _note(entry, ending, now)
    return entry is not None


def _note(entry: OutboxEntry, ending: Ending, now: datetime) -> None:
    if not ending.was_sent:
        _note_unsent(entry, ending.claim, now)
    elif ending.conclusion is None:
        _note_delivered(entry, ending.claim, now)
    else:
        _note_problem(entry, ending.claim, ending.conclusion, now)


def _note_delivered(entry: OutboxEntry, claim: Claim, now: datetime) -> None:
    entry.delivered_version, entry.delivered_at = claim.version, now
    if claim.entry.score_given is not None and claim.entry.score_maximum is not None:
        entry.sent_scores = [[claim.entry.score_given, claim.entry.score_maximum]]
    if entry.version == claim.version:
        entry.may_replace = False
    entry.problem_code = entry.problem_message = None
    _release(entry, claim, Delivery.DELIVERED, next_attempt_at=NEVER, now=now)


def _note_problem(entry: OutboxEntry, claim: Claim, conclusion: Conclusion, now: datetime) -> None:
    if (
        conclusion.code == CHANGED_AT_PLATFORM
        and claim.sent_before is not None
        and claim.earlier_attempts == 0
    ):
        entry.sent_scores = [list(sent) for sent in claim.sent_before]  # it was not sent
    entry.problem_code, entry.problem_message = conclusion.code, conclusion.message
    _release(entry, claim, conclusion.state, next_attempt_at=conclusion.next_attempt_at, now=now)


def _note_unsent(entry: OutboxEntry, claim: Claim, now: datetime) -> None:
    """As if it had never been claimed."""
    if entry.version == claim.version:
        entry.attempts = claim.earlier_attempts
    if claim.sent_before is not None:
        entry.sent_scores = [list(sent) for sent in claim.sent_before]
    _release(entry, claim, Delivery.PENDING, next_attempt_at=now, now=now)


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


def _with_grade_in_cell(session: Session, entries: Sequence[OutboxEntry]) -> set[int]:
    """Ids of the entries where the platform, as last read, shows a grade and we would send words only."""
    words_only = [
        entry.id for entry in entries if entry.score_given is None and entry.column.line_item_id is not None
    ]
    if not words_only:
        return set()
    return set(
        session.scalars(
            select(OutboxEntry.id)
            .join(Column, OutboxEntry.column_id == Column.id)
            .join(
                Result,
                and_(Result.line_item_id == Column.line_item_id, Result.person_id == OutboxEntry.person_id),
            )
            .where(OutboxEntry.id.in_(words_only), Result.result_score.is_not(None))
        )
    )
