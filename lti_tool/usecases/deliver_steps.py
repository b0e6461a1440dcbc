"""Bring approved steps to students by the channels that their course chose, and take back what is over.

As with scores nothing is lost: a step is in place, still due, or waits visibly for a person. What may be at the
platform because of us is noted before it is written, so that a lost answer is looked for, and can be undone. No
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
from lti_tool.errors import Fixable, PlatformUnavailable, WaymarkError
from lti_tool.grades import step_leases
from lti_tool.grades.backoff import BUDGET, retry_delay
from lti_tool.grades.channels.channel import Effect
from lti_tool.grades.channels.choice import channel_named
from lti_tool.grades.lanes import Lane, Lanes
from lti_tool.grades.leases import NEVER
from lti_tool.grades.step_delivery import Done, StepDelivering
from lti_tool.grades.step_leases import StepClaim
from lti_tool.http import OutboundSession
from lti_tool.models.gradebook import Delivery, Way
from lti_tool.usecases.native_access import Opening, in_words_for, opening_of

PARALLEL_LANES = 8
# A message whose answer was lost may still be under way; nobody looks for it before.
SETTLED_AFTER_SECONDS = 60.0
# A refusal that may end without anybody pressing a button here, and how often to look whether it did.
_QUIET_RETRY = {
    "native.token_refused": timedelta(hours=1),
    "channel.not_connected": timedelta(hours=1),
    "channel.not_published": timedelta(days=1),
}

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StepCourier:
    """Delivers with what a worker process has; `lanes` carries pauses from one round to the next."""

    database: Database
    outbound: OutboundSession
    secret: str
    clock: Callable[[], datetime]
    rng: random.Random = field(default_factory=random.SystemRandom)
    lanes: Lanes = field(default_factory=Lanes)
    stopping: Callable[[], bool] = lambda: False

    def deliver_due(self) -> Counter[Delivery]:
        """Deliver all that is due, each registration in its own lane and thread; counts what came of it.

        A lane in which another thread delivers already is left to it.
        """
        with self.database.read() as session:
            due = step_leases.due_registrations(session, now=self.clock())
        counts: Counter[Delivery] = Counter()
        if due:
            with ThreadPoolExecutor(max_workers=min(len(due), PARALLEL_LANES)) as pool:
                for lane_counts in pool.map(self._drain, due):
                    counts += lane_counts
        return counts

    def _drain(self, registration_id: int) -> Counter[Delivery]:
        lane = self.lanes.lane(registration_id)
        counts: Counter[Delivery] = Counter()
        if not lane.busy.acquire(blocking=False):
            return counts
        try:
            while lane.is_open_for_sending(self.clock()) and not self.stopping():
                with self.database.transaction() as session:
                    claim = step_leases.claim_next(session, registration_id=registration_id, now=self.clock())
                if claim is None:
                    break
                counts[self._deliver(claim, lane)] += 1
        finally:
            lane.busy.release()
        return counts

    def _deliver(self, claim: StepClaim, lane: Lane) -> Delivery:
        try:
            done = self._bring(claim)
        except PlatformUnavailable as error:
            return self._try_again(claim, lane, error)
        except WaymarkError as error:
            return self._wait_for_person(claim, error.code, error.message)
        except Exception:
            # A bug of ours must cost one delivery, not the worker; the log has the traceback.
            logger.exception("step.bug", delivery=claim.row.id)
            message = "Waymark itself failed at this; tell whoever runs Waymark, then send again."
            return self._wait_for_person(claim, "channel.bug", message)
        now = self.clock()
        lane.succeeded(now)
        with self.database.transaction() as session:
            step_leases.mark_done(session, claim, effect=done.effect, in_place=done.in_place, now=now)
        logger.info("step.done", delivery=claim.row.id, channel=claim.channel, effect=done.effect.value)
        return Delivery.DELIVERED

    def _bring(self, claim: StepClaim) -> Done:
        channel = channel_named(claim.channel)
        if channel is None:
            raise Fixable("channel.unknown", "This version of Waymark does not know this way to students.")
        if claim.connection is None:
            if claim.step is None and (claim.in_place is None or not channel.can_be_undone):
                return Done(Effect.LEFT if claim.in_place else Effect.TAKEN_BACK, claim.in_place)
            raise not_connected()
        opening = opening_of(
            self.database, self.outbound, self.secret, claim.row.context_id, clock=self.clock
        )
        if opening is None:
            raise not_connected()
        access = opening.access()
        try:
            return StepDelivering(claim, channel, access, self.database, self.clock).bring()
        except WaymarkError as error:
            if error.code == "native.token_refused" and claim.attempts == 1:
                _renew(opening, access.secret)
            raise in_words_for(opening.connection.way, error) from error

    def _try_again(self, claim: StepClaim, lane: Lane, error: PlatformUnavailable) -> Delivery:
        now = self.clock()
        channel = channel_named(claim.channel)
        at_least = error.retry_after_seconds or 0.0
        if error.ambiguous and not (channel and channel.harmless_to_repeat):
            at_least = max(at_least, SETTLED_AFTER_SECONDS)
        wait = retry_delay(claim.attempts, rng=self.rng, at_least_seconds=at_least)
        if error.retry_after_seconds is not None or error.code == "platform.throttled":
            lane.pause(wait, now=now)
        if not error.code.startswith("channel."):
            lane.failed(claim.row.id, platform_wide=error.http_status is None, now=now)
        if now - claim.first_due_at > BUDGET:
            return self._wait_for_person(
                claim,
                "channel.gave_up",
                "The learning platform could not be reached for a week. Send again when it works.",
            )
        return self._conclude(claim, Delivery.PENDING, error.code, error.message, now + wait)

    def _wait_for_person(self, claim: StepClaim, code: str, message: str) -> Delivery:
        again = _QUIET_RETRY.get(code)
        next_attempt_at = NEVER if again is None else self.clock() + again
        return self._conclude(claim, Delivery.ATTENTION, code, message, next_attempt_at)

    def _conclude(
        self, claim: StepClaim, state: Delivery, code: str, message: str, next_attempt_at: datetime
    ) -> Delivery:
        with self.database.transaction() as session:
            step_leases.mark_problem(
                session,
                claim,
                state=state,
                code=code,
                message=message,
                next_attempt_at=next_attempt_at,
                now=self.clock(),
            )
        logger.warning(
            "step.failed", delivery=claim.row.id, channel=claim.channel, code=code, state=state.value
        )
        return state


def not_connected() -> Fixable:
    """The refusal where a course has no way to its LMS's own API any more."""
    return Fixable(
        "channel.not_connected",
        "The gradebook connection was ended, by which Waymark reaches students in the learning platform. "
        "Connect again; Waymark looks every hour, or send again.",
    )


def _renew(opening: Opening, refused: str) -> None:
    """Where somebody agreed at the LMS, a token can be void before its time; then a new one serves the next try.

    Raises PlatformUnavailable `native.token_renewed`, so that there is one.
    """
    if opening.connection.way is Way.SIGNED_IN:
        opening.access(refused=refused)
        raise PlatformUnavailable(
            "native.token_renewed",
            "The learning platform wanted Waymark to sign in anew; it tries again by itself.",
        )
