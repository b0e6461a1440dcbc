"""From the outbox to the platforms' gradebooks: send what is due, decide what each answer means.

Three promises hold whatever breaks: nothing is lost (it is delivered, still due, or waits visibly for a
person), nothing is doubled (a repeat carries the same body and timestamp), nothing goes backwards. No
database transaction is open during a request.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from lti_tool.db import Database
from lti_tool.errors import PlatformError, PlatformUnavailable, WaymarkError
from lti_tool.grades import leases
from lti_tool.grades.backoff import BUDGET, retry_delay
from lti_tool.grades.cell_values import Cells
from lti_tool.grades.delivery import deliver
from lti_tool.grades.lanes import Lane, Lanes
from lti_tool.grades.leases import NEVER, Claim
from lti_tool.grades.service_client import ServiceClient
from lti_tool.http import OutboundSession
from lti_tool.launch.access_tokens import service_connector
from lti_tool.launch.keys import signing_key
from lti_tool.models.gradebook import Delivery

PARALLEL_LANES = 8
TRIES_OF_A_LOCKED_GRADE = 8
TRIES_WITHOUT_AUTHORISATION = 2
TRIES_OF_AN_UNREADABLE_PLATFORM = 3
SLOW_RETRY = timedelta(minutes=10)

# Refusals that may end without anybody pressing a button here, and how often to look whether they did.
# All others wait for a person.
_QUIET_RETRY = {
    "platform.token_refused": timedelta(hours=1),
    "platform.not_authorised": timedelta(hours=1),
    "platform.answer_unreadable": timedelta(hours=1),
    "platform.forbidden": timedelta(days=1),
    "score.locked": timedelta(days=1),
}

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Deliveries:
    """What one round did. `next_due_at` is when the next round makes sense, if anything may wait."""

    delivered: int = 0
    postponed: int = 0
    attention: int = 0
    next_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Conclusion:
    """What becomes of an entry after a failed try."""

    state: Delivery
    code: str
    message: str
    next_attempt_at: datetime


@dataclass(frozen=True, slots=True)
class Courier:
    """Delivers with what a worker process has; `lanes` carries pauses from one round to the next."""

    database: Database
    outbound: OutboundSession
    secret: str
    clock: Callable[[], datetime]
    rng: random.Random = field(default_factory=random.SystemRandom)
    lanes: Lanes = field(default_factory=Lanes)
    stopping: Callable[[], bool] = lambda: False

    def deliver_due(self) -> Deliveries:
        """Send all that is due, each registration in its own lane and thread.

        A lane in which another thread delivers already is left to it.
        """
        with self.database.read() as session:
            due = leases.due_registrations(session, now=self.clock())
        counts: Counter[Delivery] = Counter()
        if due:
            with ThreadPoolExecutor(max_workers=min(len(due), PARALLEL_LANES)) as pool:
                for lane_counts in pool.map(self._drain, due):
                    counts += lane_counts
        return Deliveries(
            delivered=counts[Delivery.DELIVERED],
            postponed=counts[Delivery.PENDING],
            attention=counts[Delivery.ATTENTION],
            next_due_at=self._next_due_at(),
        )

    def _next_due_at(self) -> datetime | None:
        now = self.clock()
        with self.database.read() as session:
            waiting = leases.next_due_at(session, now=now)
        moments = [moment for moment in (waiting, self.lanes.next_opening(now=now)) if moment is not None]
        return min(moments, default=None)

    def _drain(self, registration_id: int) -> Counter[Delivery]:
        lane, cells = self.lanes.lane(registration_id), Cells(self.clock)
        counts: Counter[Delivery] = Counter()
        if not lane.busy.acquire(blocking=False):
            return counts
        try:
            while lane.is_open_for_sending(self.clock()) and not self.stopping():
                with self.database.transaction() as session:
                    claim = leases.claim_next(session, registration_id=registration_id, now=self.clock())
                if claim is None:
                    break
                counts[self._deliver(claim, lane, cells)] += 1
        finally:
            lane.busy.release()
        return counts

    def _deliver(self, claim: Claim, lane: Lane, cells: Cells) -> Delivery:
        try:
            deliver(claim, self._client(claim), cells=cells, database=self.database, clock=self.clock)
        except PlatformError as error:
            return self._conclude(claim, lane, self._conclusion(claim, lane, error))
        except WaymarkError as error:
            return self._conclude(claim, lane, self._wait_for_person(error.code, error.message))
        except Exception:
            # A bug of ours must cost one entry, not the worker; the log has the traceback.
            logger.exception("delivery.bug", entry=claim.entry.id)
            code = "score.bug"
            message = "Waymark itself failed at sending this; tell whoever runs Waymark, then send again."
            return self._conclude(claim, lane, self._wait_for_person(code, message))
        now = self.clock()
        lane.succeeded(now)
        with self.database.transaction() as session:
            leases.mark_delivered(session, claim, now=now)
        logger.info("delivery.done", entry=claim.entry.id, version=claim.version)
        return Delivery.DELIVERED

    def _client(self, claim: Claim) -> ServiceClient:
        with self.database.read() as session:
            key = signing_key(session, claim.registration, self.secret, self.clock())
        connector = service_connector(
            claim.registration, key, self.outbound, clock=lambda: self.clock().timestamp()
        )
        return ServiceClient(claim.registration, connector, clock=lambda: self.clock().timestamp())

    def _conclude(self, claim: Claim, lane: Lane, conclusion: _Conclusion) -> Delivery:
        with self.database.transaction() as session:
            leases.mark_problem(
                session,
                claim,
                state=conclusion.state,
                code=conclusion.code,
                message=conclusion.message,
                next_attempt_at=conclusion.next_attempt_at,
                now=self.clock(),
            )
        logger.warning(
            "delivery.failed",
            entry=claim.entry.id,
            version=claim.version,
            code=conclusion.code,
            state=conclusion.state.value,
        )
        return conclusion.state

    def _conclusion(self, claim: Claim, lane: Lane, error: PlatformError) -> _Conclusion:
        now = self.clock()
        if isinstance(error, PlatformUnavailable):
            return self._try_again(claim, lane, error, now)
        unauthorised = error.code in {"platform.token_refused", "platform.not_authorised"}
        if unauthorised:
            # The whole registration is turned away; asking for every entry would be hammering.
            logger.error("delivery.authorisation_fails", registration=claim.registration.id, code=error.code)
            lane.pause(SLOW_RETRY, now=now)
        if unauthorised and claim.earlier_attempts + 1 < TRIES_WITHOUT_AUTHORISATION:
            return _Conclusion(Delivery.PENDING, error.code, error.message, now + SLOW_RETRY)
        return self._wait_for_person(error.code, error.message)

    def _try_again(self, claim: Claim, lane: Lane, error: PlatformUnavailable, now: datetime) -> _Conclusion:
        attempts = claim.earlier_attempts + 1
        wait = retry_delay(attempts, rng=self.rng, at_least_seconds=error.retry_after_seconds)
        if error.retry_after_seconds is not None or error.code == "platform.throttled":
            lane.pause(wait, now=now)
        if error.code not in {"score.lease_over", "score.clock_ahead"}:
            lane.failed(claim.entry.id, platform_wide=error.http_status is None, now=now)
        if now - claim.entry.first_due_at > BUDGET:
            return self._wait_for_person(
                "score.gave_up",
                "The learning platform could not be reached for a week. Send again when it works.",
            )
        if error.http_status == 500 and attempts >= TRIES_OF_A_LOCKED_GRADE and _works(lane, claim):
            return self._wait_for_person(
                "score.locked",
                "The gradebook refuses this one score while it takes others: the grade or its column may be "
                "locked. Unlock it in the gradebook; Waymark looks once a day, or send again.",
            )
        if error.code == "platform.answer_unreadable" and attempts >= TRIES_OF_AN_UNREADABLE_PLATFORM:
            return self._wait_for_person(error.code, error.message)
        return _Conclusion(Delivery.PENDING, error.code, error.message, now + wait)

    def _wait_for_person(self, code: str, message: str) -> _Conclusion:
        again = _QUIET_RETRY.get(code)
        next_attempt_at = NEVER if again is None else self.clock() + again
        return _Conclusion(Delivery.ATTENTION, code, message, next_attempt_at)


def deliver_due(
    database: Database, outbound: OutboundSession, secret: str, clock: Callable[[], datetime]
) -> Deliveries:
    """Send all that is due, once; a worker keeps a `Courier` instead, which remembers pauses."""
    return Courier(database, outbound, secret, clock).deliver_due()


def _works(lane: Lane, claim: Claim) -> bool:
    """Whether the platform took other scores since this one became due."""
    return lane.last_success_at is not None and lane.last_success_at >= claim.entry.first_due_at
