"""Bring approved steps to students by the channels that their course chose, and take back what is over.

As with scores nothing is lost: a step is in place, still due, or waits visibly for a person. What may be at the
platform because of us is noted before it is written, so that a lost answer is looked for, and can be undone. No
database transaction is open during a request.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from lti_tool.db import Database
from lti_tool.errors import Fixable, PlatformUnavailable, WaymarkError
from lti_tool.grades import step_leases
from lti_tool.grades.backoff import BUDGET, NEVER, retry_delay
from lti_tool.grades.channels.channel import Effect
from lti_tool.grades.channels.choice import channel_named
from lti_tool.grades.conclusions import Conclusion, lesson
from lti_tool.grades.lanes import ANSWERED, NOTHING, Outcome
from lti_tool.grades.step_delivery import Done, StepDelivering
from lti_tool.grades.step_leases import StepClaim
from lti_tool.http import OutboundSession
from lti_tool.models.gradebook import Delivery, Way
from lti_tool.usecases.crews import Crew
from lti_tool.usecases.native_access import Opening, in_words_for, opening_of

# A message whose answer was lost may still be under way; nobody looks for it before.
SETTLED_AFTER_SECONDS = 60.0
# A refusal that may end without anybody pressing a button here, and how often to look whether it did.
_QUIET_RETRY = {
    "native.token_refused": timedelta(hours=1),
    "channel.not_connected": timedelta(hours=1),
    "channel.not_published": timedelta(days=1),
    "channel.not_restricted": timedelta(days=1),
}

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class StepCourier:
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
    _counts: Counter[Delivery] = field(init=False, default_factory=Counter)

    def __post_init__(self) -> None:
        self._crew = Crew(self._drain)

    def begin_due(self) -> None:
        """Set a thread to work for each registration that has steps to deliver; what hangs holds up nobody else."""
        with self.database.read() as session:
            due = step_leases.due_registrations(session, now=self.clock())
        for registration_id in due:
            self._crew.send(registration_id)

    def deliver_due(self) -> Counter[Delivery]:
        """Deliver all that is due and wait for it; counts what came of it."""
        self._counts.clear()
        self.begin_due()
        self._crew.wait()
        return Counter(self._counts)

    def finish(self, seconds: float) -> None:
        """Let what is under way come to its end, for so long at most: the rest is found when its lease is over."""
        self._crew.wait(seconds)

    def _drain(self, registration_id: int) -> None:
        while not self.stopping.is_set():
            with self.database.transaction() as session:
                claim = step_leases.claim_next(
                    session, registration_id=registration_id, holder=self.process, now=self.clock()
                )
            if claim is None:
                return
            self.stopping.wait(max((claim.slot.starts_at() - self.clock()).total_seconds(), 0.0))
            state = self._deliver(claim)
            with self._lock:
                self._counts[state] += 1

    def _deliver(self, claim: StepClaim) -> Delivery:
        try:
            done = self._bring(claim)
        except PlatformUnavailable as error:
            return self._try_again(claim, error)
        except WaymarkError as error:
            outcome = NOTHING if getattr(error, "http_status", None) is None else ANSWERED
            return self._wait_for_person(claim, error.code, error.message, outcome)
        except Exception:
            # A bug of ours must cost one delivery, not the worker; the log has the traceback.
            logger.exception("step.bug", delivery=claim.row.id)
            message = "Waymark itself failed at this; tell whoever runs Waymark, then send again."
            return self._wait_for_person(claim, "channel.bug", message)
        now = self.clock()
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

    def _try_again(self, claim: StepClaim, error: PlatformUnavailable) -> Delivery:
        now = self.clock()
        channel = channel_named(claim.channel)
        at_least = error.retry_after_seconds or 0.0
        if error.ambiguous and not (channel and channel.harmless_to_repeat):
            at_least = max(at_least, SETTLED_AFTER_SECONDS)
        wait = retry_delay(claim.attempts, rng=self.rng, at_least_seconds=at_least)
        failed = None if error.code.startswith("channel.") else f"step {claim.row.id}"
        outcome = lesson(error, failed=failed, wait=wait)
        if now - claim.first_due_at > BUDGET:
            return self._wait_for_person(
                claim,
                "channel.gave_up",
                "The learning platform could not be reached for a week. Send again when it works.",
                outcome,
            )
        return self._conclude(
            claim, Conclusion(Delivery.PENDING, error.code, error.message, now + wait, outcome)
        )

    def _wait_for_person(
        self, claim: StepClaim, code: str, message: str, outcome: Outcome = NOTHING
    ) -> Delivery:
        again = _QUIET_RETRY.get(code)
        next_attempt_at = NEVER if again is None else self.clock() + again
        return self._conclude(claim, Conclusion(Delivery.ATTENTION, code, message, next_attempt_at, outcome))

    def _conclude(self, claim: StepClaim, conclusion: Conclusion) -> Delivery:
        with self.database.transaction() as session:
            step_leases.mark_problem(session, claim, conclusion, now=self.clock())
        logger.warning(
            "step.failed",
            delivery=claim.row.id,
            channel=claim.channel,
            code=conclusion.code,
            state=conclusion.state.value,
        )
        return conclusion.state


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
