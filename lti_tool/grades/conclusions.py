"""What a failed delivery means: when to try again, or what a person must do, and what it says of the platform.

Nothing here knows what was sent, so every kind of delivery that promises to lose nothing can use it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.errors import PlatformError, PlatformUnavailable, WaymarkError
from lti_tool.grades.backoff import BUDGET, NEVER, retry_delay
from lti_tool.grades.lanes import ANSWERED, NOTHING, SLOW_RETRY, TRIES_WITHOUT_AUTHORISATION, Outcome
from lti_tool.models.gradebook import Delivery

TRIES_OF_A_LOCKED_GRADE = 8
TRIES_OF_AN_UNREADABLE_PLATFORM = 3

# Refusals that may end without anybody pressing a button here, and how often to look whether they did.
# All others wait for a person.
_QUIET_RETRY = {
    "platform.token_refused": timedelta(hours=1),
    "platform.not_authorised": timedelta(hours=1),
    "platform.answer_unreadable": timedelta(hours=1),
    "platform.forbidden": timedelta(days=1),
    "score.locked": timedelta(days=1),
}
# These happen on our side and say nothing of the platform.
_OURS = frozenset({"score.lease_over", "score.column_busy", "score.clock_ahead"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """A try that failed: `name` is what was tried, `number` the how-manieth time (1 = first).

    `platform_works` says that the platform took something else since this became due.
    """

    name: str
    number: int
    first_due_at: datetime
    platform_works: bool


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What becomes of it, with a sentence for teachers, and what the lane learns."""

    state: Delivery
    code: str
    message: str
    next_attempt_at: datetime
    outcome: Outcome = NOTHING


def conclude(error: WaymarkError, attempt: Attempt, *, rng: random.Random, now: datetime) -> Conclusion:
    """What to do after `error`."""
    if isinstance(error, PlatformUnavailable):
        return _try_again(error, attempt, rng=rng, now=now)
    if not isinstance(error, PlatformError):
        return wait_for_person(error.code, error.message, now=now)
    if error.code == "platform.token_refused":
        # The whole registration is turned away; asking for every entry would be hammering.
        outcome = Outcome(failed=attempt.name, wait=SLOW_RETRY)
    elif error.code == "platform.not_authorised":
        outcome = Outcome(failed=attempt.name, unauthorised=True)
    else:
        outcome = ANSWERED if error.http_status is not None else NOTHING
        return wait_for_person(error.code, error.message, now=now, outcome=outcome)
    if attempt.number < TRIES_WITHOUT_AUTHORISATION:
        return Conclusion(Delivery.PENDING, error.code, error.message, now + SLOW_RETRY, outcome)
    return wait_for_person(error.code, error.message, now=now, outcome=outcome)


def lesson(error: PlatformUnavailable, *, failed: str | None, wait: timedelta) -> Outcome:
    """What a lane learns by a failure that may pass; `wait` is a pause for all where the platform wants one."""
    throttled = error.code == "platform.throttled"
    asked = throttled or error.retry_after_seconds is not None
    return Outcome(
        failed=failed,
        platform_wide=error.http_status is None,
        throttled=throttled,
        wait=wait if asked else None,
        asked=asked,
    )


def wait_for_person(code: str, message: str, *, now: datetime, outcome: Outcome = NOTHING) -> Conclusion:
    """It waits visibly for a person; where that makes sense, we quietly look again now and then."""
    again = _QUIET_RETRY.get(code)
    return Conclusion(Delivery.ATTENTION, code, message, NEVER if again is None else now + again, outcome)


def _try_again(
    error: PlatformUnavailable, attempt: Attempt, *, rng: random.Random, now: datetime
) -> Conclusion:
    wait = retry_delay(attempt.number, rng=rng, at_least_seconds=error.retry_after_seconds)
    outcome = lesson(error, failed=None if error.code in _OURS else attempt.name, wait=wait)
    if now - attempt.first_due_at > BUDGET:
        return wait_for_person(
            "score.gave_up",
            "The learning platform could not be reached for a week. Send again when it works.",
            now=now,
            outcome=outcome,
        )
    if error.http_status == 500 and attempt.number >= TRIES_OF_A_LOCKED_GRADE and attempt.platform_works:
        return wait_for_person(
            "score.locked",
            "The gradebook refuses this one score while it takes others: the grade or its column may be "
            "locked. Unlock it in the gradebook; Waymark looks once a day, or send again.",
            now=now,
            outcome=outcome,
        )
    if error.code == "platform.answer_unreadable" and attempt.number >= TRIES_OF_AN_UNREADABLE_PLATFORM:
        return wait_for_person(error.code, error.message, now=now, outcome=outcome)
    return Conclusion(Delivery.PENDING, error.code, error.message, now + wait, outcome)
