"""Delivering queued scores and next steps: send what is due, decide what each answer means.

Three promises hold whatever breaks: nothing is lost (it is delivered, still due, or waits visibly for a
person), nothing is doubled (a repeat carries the same body and timestamp), nothing goes backwards. No
database transaction is open during a request.

Any number of processes may deliver at the same time: claims and lanes are in the database. Access tokens are
not, so each process asks for its own.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

import structlog
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import WaymarkError
from lti_tool.grades import lanes, leases
from lti_tool.grades.cell_values import Cells
from lti_tool.grades.conclusions import Attempt, Conclusion, conclude, wait_for_person
from lti_tool.grades.delivery import deliver
from lti_tool.grades.leases import Claim, Ending
from lti_tool.grades.service_client import ServiceClient
from lti_tool.http import OutboundSession
from lti_tool.models.gradebook import Delivery
from lti_tool.usecases.crews import Crew
from lti_tool.usecases.service_clients import service_client

# Without a trigger a process looks this often for what became due, or was left by a process that died.
LOOK_EVERY_SECONDS = 2.0
# What threads of a lane share is made anew after this long: a key may be renewed, an address corrected.
ROUND_LASTS = timedelta(seconds=60)
# A thread that found nothing to claim is a sign not to set another one to work for a moment.
NO_MORE_SECONDS = 0.25
# So many scores are claimed and settled together, and no more than are delivered in about this time: what a worker
# that dies had sent without saying so is sent again.
MOST_TOGETHER = 8
BATCH_SECONDS = 1.0
# Where the first of them take longer than they did before, the rest is given back.
LONGEST_BATCH_SECONDS = 2.0
# What such a failure teaches concerns the one score only; the next may go.
_SAYS_NOTHING_OF_OTHERS = (lanes.NOTHING, lanes.ANSWERED)
# Bytes that are still on their way when a process ends get this long to arrive before another sends again.
GIVEN_BACK_FOR = timedelta(seconds=10)
# Whoever runs Waymark has to know: nothing of this registration goes on.
_TURNED_AWAY = frozenset({"platform.token_refused", "platform.not_authorised"})

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What one round did. `next_due_at` is when the next round makes sense, if anything may wait."""

    delivered: int = 0
    postponed: int = 0
    attention: int = 0
    next_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Round:
    """What the threads of one lane share for a while."""

    client: ServiceClient
    cells: Cells
    begun_at: datetime


@dataclass(slots=True)
class _Batch:
    """Claims of one slot, and what became of the first of them so far."""

    claims: tuple[Claim, ...]
    endings: list[Ending] = field(default_factory=list)


@dataclass(slots=True)
class Courier:
    """Delivers with what a worker process has; `process` is its name among others (`heartbeat`)."""

    database: Database
    outbound: OutboundSession
    secret: str
    clock: Callable[[], datetime]
    rng: random.Random = field(default_factory=random.SystemRandom)
    stopping: threading.Event = field(default_factory=threading.Event)
    process: str = ""
    _crew: Crew = field(init=False)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _awake: threading.Event = field(init=False, default_factory=threading.Event)
    _counts: Counter[Delivery] = field(init=False, default_factory=Counter)
    _rounds: dict[int, _Round] = field(init=False, default_factory=dict)
    _under_way: dict[str, _Batch] = field(init=False, default_factory=dict)
    _no_more_until: dict[int, float] = field(init=False, default_factory=dict)
    _paused_until: dict[int, datetime] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._crew = Crew(self._drain)

    def deliver_due(self) -> Deliveries:
        """Send all that is due and wait for it, each registration by itself."""
        self._counts.clear()
        next_due_at = self._attend()
        if self._crew.wait() and self._counts:
            next_due_at = self._next_due_at()
        return Deliveries(
            delivered=self._counts[Delivery.DELIVERED],
            postponed=self._counts[Delivery.PENDING],
            attention=self._counts[Delivery.ATTENTION],
            next_due_at=next_due_at,
        )

    def keep_delivering(self) -> None:
        """Send whatever becomes due until it is time to stop; `wake` makes it look at once."""
        while not self.stopping.is_set():
            self._awake.clear()
            seconds = LOOK_EVERY_SECONDS
            try:
                next_due_at = self._attend()
                if next_due_at is not None:
                    seconds = min(seconds, max((next_due_at - self.clock()).total_seconds(), 0.01))
            except Exception:  # the edge of the thread: the next look may find the database again
                logger.exception("delivery.look_failed")
            self._awake.wait(seconds)

    def wake(self) -> None:
        """Something may be due now."""
        self._awake.set()

    def finish(self, seconds: float) -> None:
        """Let what is under way come to its end, for so long at most, and give back the rest."""
        self.wake()
        if self._crew.wait(seconds):
            return
        for batch in list(self._under_way.values()):
            ended = list(batch.endings)
            hanging, unsent = batch.claims[len(ended) :][:1], batch.claims[len(ended) + 1 :]
            conclusion = Conclusion(
                Delivery.PENDING,
                "score.given_back",
                "Waymark was restarted while this was sent; it goes on by itself.",
                self.clock() + GIVEN_BACK_FOR,
            )
            ended += [Ending(claim, conclusion) for claim in hanging]
            ended += [Ending(claim, was_sent=False) for claim in unsent]
            with self.database.transaction() as session:
                leases.settle(session, ended, now=self.clock())
            for claim in hanging:
                logger.info("delivery.given_back", entry=claim.entry.id, version=claim.version)

    def _attend(self) -> datetime | None:
        """Set threads to work wherever something is due; gives the moment at which more will be."""
        with self.database.read() as session:
            due = leases.due_registrations(session, now=self.clock())
        for registration_id in due:
            self._crew.send(registration_id)
        return self._next_due_at()

    def _next_due_at(self) -> datetime | None:
        now = self.clock()
        with self.database.read() as session:
            moments = [leases.next_due_at(session, now=now), lanes.next_opening(session, now=now)]
        return min((moment for moment in moments if moment is not None), default=None)

    def _drain(self, registration_id: int) -> None:
        """Deliver for one registration until nothing is left that may go now: what each thread does."""
        most = 1
        with self.database.transaction() as session:
            claims = self._claim_next(session, registration_id, most)
        while claims:
            if monotonic() >= self._no_more_until.get(registration_id, 0.0):
                self._crew.send(registration_id)
            began = monotonic()
            batch = self._deliver_all(claims)
            each = (monotonic() - began) / len(claims)
            most = min(2 * most, MOST_TOGETHER, max(1, int(BATCH_SECONDS / each)))
            claims = self._settle(batch.endings, most)
            if not claims:
                self.wake()  # what failed is due again some time

    def _claim_next(self, session: Session, registration_id: int, most: int) -> tuple[Claim, ...]:
        if self.stopping.is_set():
            return ()
        claims = leases.claim_next(
            session, registration_id=registration_id, most=most, holder=self.process, now=self.clock()
        )
        if not claims:
            self._no_more_until[registration_id] = monotonic() + NO_MORE_SECONDS
        return claims

    def _deliver_all(self, claims: tuple[Claim, ...]) -> _Batch:
        """Send one after another, as long as it goes well and does not take long; the rest is given back."""
        batch, began = _Batch(claims), monotonic()
        self._under_way[claims[0].slot.token] = batch
        try:
            for claim in claims:
                if not self._may_begin(claim):
                    break
                conclusion = self._deliver(claim)
                batch.endings.append(Ending(claim, conclusion))
                if monotonic() - began > LONGEST_BATCH_SECONDS:
                    break
                if conclusion is not None and conclusion.outcome not in _SAYS_NOTHING_OF_OTHERS:
                    break
        finally:
            del self._under_way[claims[0].slot.token]
        batch.endings += [Ending(claim, was_sent=False) for claim in claims[len(batch.endings) :]]
        return batch

    def _settle(self, endings: list[Ending], most: int) -> tuple[Claim, ...]:
        """Note what became of claims and make the next: one transaction for all, as there are many of them."""
        now, registration_id = self.clock(), endings[0].claim.registration.id
        for ending in endings:
            if ending.outcome.wait is not None:
                # Before the database knows: a thread beside us may be about to begin.
                self._paused_until[registration_id] = now + ending.outcome.wait
        following: tuple[Claim, ...] = ()
        with self.database.transaction() as session:
            unsettled = leases.settle(session, endings, now=now)
            if any(ending.was_sent for ending in endings):
                following = self._claim_next(session, registration_id, most)
        for ending in unsettled:
            with self.database.transaction() as session:
                leases.settle_late(session, ending, now=now)
        for ending in endings:
            self._tell(ending)
        return following

    def _tell(self, ending: Ending) -> None:
        claim, conclusion = ending.claim, ending.conclusion
        if not ending.was_sent:
            return
        if claim.line_item_url is None:
            # The column is there now: the others may follow.
            self._no_more_until.pop(claim.registration.id, None)
        about = {"entry": claim.entry.id, "version": claim.version}
        if conclusion is None:
            logger.info("delivery.done", **about)
        else:
            logger.warning("delivery.failed", **about, code=conclusion.code, state=conclusion.state.value)
        with self._lock:
            self._counts[Delivery.DELIVERED if conclusion is None else conclusion.state] += 1

    def _deliver(self, claim: Claim) -> Conclusion | None:
        """Send; gives what to do about a failure, None when the platform has it."""
        try:
            shared = self._round(claim)
            deliver(claim, shared.client, cells=shared.cells, database=self.database, clock=self.clock)
        except WaymarkError as error:
            return self._conclusion(claim, error)
        except Exception:
            # A bug of ours must cost one entry, not the worker; the log has the traceback.
            logger.exception("delivery.bug", entry=claim.entry.id)
            message = "Waymark itself failed at sending this; tell whoever runs Waymark, then send again."
            return wait_for_person("score.bug", message, now=self.clock())
        return None

    def _may_begin(self, claim: Claim) -> bool:
        """Wait for the moment that the lane gave us; False when the lane was closed meanwhile, or we must stop."""
        self.stopping.wait(max((claim.starts_at - self.clock()).total_seconds(), 0.0))
        now = self.clock()
        paused_until = self._paused_until.get(claim.registration.id, now)
        return not self.stopping.is_set() and not now < paused_until <= now + lanes.LONGEST_PAUSE

    def _round(self, claim: Claim) -> _Round:
        registration, now = claim.registration, self.clock()
        with self._lock:
            shared = self._rounds.get(registration.id)
            if shared is None or not timedelta() <= now - shared.begun_at < ROUND_LASTS:
                client = service_client(
                    self.database,
                    registration,
                    outbound=self.outbound,
                    secret=self.secret,
                    clock=self.clock,
                )
                shared = self._rounds[registration.id] = _Round(client, Cells(self.clock), now)
            return shared

    def _conclusion(self, claim: Claim, error: WaymarkError) -> Conclusion:
        with self.database.read() as session:
            last_success_at = lanes.last_success_at(session, claim.registration.id)
        attempt = Attempt(
            name=f"score {claim.entry.id}",
            number=claim.earlier_attempts + 1,
            first_due_at=claim.entry.first_due_at,
            platform_works=last_success_at is not None and last_success_at >= claim.entry.first_due_at,
        )
        if error.code in _TURNED_AWAY:
            logger.error("delivery.authorisation_fails", registration=claim.registration.id, code=error.code)
        return conclude(error, attempt, rng=self.rng, now=self.clock())


def deliver_due(
    database: Database, outbound: OutboundSession, secret: str, clock: Callable[[], datetime]
) -> Deliveries:
    """Send all that is due, once; a worker keeps a `Courier` instead."""
    return Courier(database, outbound, secret, clock).deliver_due()
