"""Reading by the lane that a platform has for everything: each call takes a slot, and teaches what it learnt.

What else is asked of a platform than to take scores and steps goes the same way: subscriptions to notices, tests of a
connection.

A call waits for its slot a while and says so; where the lane is closed the reading ends at once, because a platform in
trouble is left alone by everybody. The slot is taken before the token that a call needs, as deliveries do: whoever
waits for somebody else's token holds a slot, and nobody who renews one waits for a slot.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import urlsplit

import requests
import structlog

from lti_tool.db import Database
from lti_tool.errors import PlatformUnavailable, WaymarkError
from lti_tool.grades import lanes
from lti_tool.grades.backoff import retry_delay
from lti_tool.grades.conclusions import lesson
from lti_tool.grades.failures import failure, is_success
from lti_tool.grades.lanes import READ, READING_FAILED, Outcome, Slot, Use

# Longer than one call lasts at worst, with a new token and the quick second tries of the way out.
LASTS = timedelta(minutes=3)
# Four calls that hang are over before.
LONGEST_WAIT_SECONDS = 60.0
# Somebody looks at the screen while a connection is tried; the test says that the platform is busy.
TEST_WAITS_SECONDS = 5.0
# Whoever looks at the page is told when waiting takes longer than a moment.
SAID_AFTER_SECONDS = 1.0
LOOK_EVERY_SECONDS = 0.025
# The codes of calls that were not made.
NOT_LET_THROUGH = frozenset({"reading.paused", "reading.no_slot"})

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReadingLane:
    """The calls of one reading. `waits()` is called once for each call that has to wait longer than a moment.

    `with_our_key` says whether the platform knows us by our own key: a refusal then concerns everything of ours there.
    """

    database: Database
    registration_id: int
    clock: Callable[[], datetime]
    use: Use = Use.READING
    process: str = ""
    waits: Callable[[], None] = lambda: None
    longest_wait_seconds: float = LONGEST_WAIT_SECONDS
    with_our_key: bool = True

    def call(self, url: str, call: Callable[[], requests.Response]) -> requests.Response:
        """Make `call` in a slot.

        Raises PlatformUnavailable `reading.paused` while nobody may call, `reading.no_slot` when waiting took too
        long, and what `call` raises.
        """
        slot = self._slot()
        outcome = lanes.NOTHING
        try:
            time.sleep(max((slot.starts_at() - self.clock()).total_seconds(), 0.0))
            response = call()
            outcome = self._learnt(url, response)
        except PlatformUnavailable as error:
            outcome = _failed(url, error)
            raise
        except WaymarkError as error:
            outcome = self._refused(url, error)
            raise
        finally:
            with self.database.transaction(passing=True) as session:
                lanes.leave(session, slot, outcome, now=self.clock())
        return response

    def _slot(self) -> Slot:
        began, said = time.monotonic(), False
        slot = self._take(newcomer=True)
        while slot is None:
            waited = time.monotonic() - began
            if waited > self.longest_wait_seconds:
                logger.info("reading.no_slot", registration=self.registration_id)
                raise PlatformUnavailable("reading.no_slot", _NO_SLOT)
            if waited > SAID_AFTER_SECONDS and not said:
                self.waits()
                said = True
            time.sleep(LOOK_EVERY_SECONDS)
            slot = self._take()
        return slot

    def _take(self, *, newcomer: bool = False) -> Slot | None:
        with self.database.transaction(passing=True) as session:
            now = self.clock()
            lane = lanes.lane_with_room(
                session, self.registration_id, now=now, use=self.use, newcomer=newcomer
            )
            if lane is not None:
                return lanes.take_slot(lane, now=now, lasts=LASTS, holder=self.process, use=self.use)
            until = lanes.closed_until(session, self.registration_id, now=now)
        if until is not None:
            logger.info("reading.paused", registration=self.registration_id)
            seconds = (until - now).total_seconds()
            raise PlatformUnavailable("reading.paused", _PAUSED, retry_after_seconds=seconds)
        return None

    def _learnt(self, url: str, response: requests.Response) -> Outcome:
        if is_success(response):
            return READ
        error = failure(response, now=self.clock().timestamp())
        return _failed(url, error) if isinstance(error, PlatformUnavailable) else self._refused(url, error)

    def _refused(self, url: str, error: WaymarkError) -> Outcome:
        """A refusal is an answer; but where we are turned away altogether, nobody else need try for a while.

        A service that was not granted says nothing of the others.
        """
        if error.code == "platform.token_refused" and error.detail != "invalid_scope":
            return Outcome(failed=_name(url), wait=lanes.SLOW_RETRY)
        if error.code == "platform.not_authorised" and self.with_our_key:
            return Outcome(failed=_name(url), unauthorised=True)
        return READ if getattr(error, "http_status", None) is not None else lanes.NOTHING


def trying_lane(
    database: Database,
    registration_id: int,
    clock: Callable[[], datetime],
    *,
    with_our_key: bool = True,
) -> ReadingLane:
    """The lane of a test that a person began and looks at."""
    return ReadingLane(
        database,
        registration_id,
        clock,
        use=Use.TEST,
        longest_wait_seconds=TEST_WAITS_SECONDS,
        with_our_key=with_our_key,
    )


def _failed(url: str, error: PlatformUnavailable) -> Outcome:
    wait = retry_delay(1, rng=random.SystemRandom(), at_least_seconds=error.retry_after_seconds)
    return lesson(error, failed=_name(url), wait=wait)


def _name(url: str) -> str:
    """What was tried, without the ids of people that addresses may hold."""
    return READING_FAILED + sha256(urlsplit(url).path.encode()).hexdigest()[:16]


_PAUSED = (
    "The learning platform failed several times or asked for a pause, so it is left alone for a moment. What was read "
    "before stays; Waymark reads again by itself as soon as the platform lets it."
)
_NO_SLOT = (
    "Waymark is busy with the learning platform, so this reading did not get its turn. What was read before stays; "
    "Waymark reads again by itself."
)
