"""One lane per registration: how many calls go to its platform at a time, how fast, and when none may.

The state is a row of the database, so it holds for all worker processes on all machines together. Whoever wants
to call takes a slot and leaves it again with what the call taught: at most 4 calls are under way at a time, one
only while nothing was accepted since something failed; after 5 failures in a row one probe goes every 30 seconds;
what the platform asks for (`Retry-After`) holds for everybody; throttling halves the rate, which grows back within
minutes; and whoever was away for days is not met with a burst. Nothing here knows what is sent, so deliveries of every
kind and readings share the slots of their platform, and neither starves the other (`_places`). Taking and leaving lock
the row: whoever holds a slot's transaction has the registration's claims to itself.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from lti_tool.db import database_time
from lti_tool.launch.inserting import insert_once
from lti_tool.models.lanes import Lane, WorkerProcess

PARALLEL = 4
# Of these, readings take no more than so many, and leave the rest to what is written.
READINGS = 2
FAILURES_TO_OPEN = 5
PROBE_EVERY = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
SLOW_RETRY = timedelta(minutes=10)
TRIES_WITHOUT_AUTHORISATION = 2

# Calls per second. Four at a time at 50 ms each could be 80; what a school needs at the end of a lesson is far less.
FULL_RATE = 25.0
SLOWEST_RATE = 0.2
# From a standstill to the full rate.
RECOVERY = timedelta(minutes=10)
# What may go at once after a rest: two classes that end a check.
BURST = 60
# A slot is given out this long before its call may begin; whoever has it waits.
BOOKED_AHEAD = timedelta(seconds=1)
# A worker process that gave no sign of life for so long holds no slots any more; it gives one every 2 seconds.
SILENT_FOR = timedelta(seconds=10)
# Nobody books further ahead than this; a lane that says so comes of a clock that was set back.
LONGEST_BOOKING = timedelta(minutes=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
# Whoever found no room counts as waiting for so long; deliveries look every 2 seconds, readings all the time.
WAITS_FOR = timedelta(seconds=3)


class Use(StrEnum):
    """What a slot is taken for. A reading that somebody waits for goes before those of the night.

    What else is asked that nobody waits for counts as a reading of the night. A test, which a person began to see
    what is wrong, is a reading that goes as a probe while we keep away by ourselves, but not while the platform
    asked for a pause.
    """

    DELIVERY = "delivery"
    READING = "reading"
    NIGHTLY_READING = "nightly"
    TEST = "test"


_ALL_READINGS = frozenset({Use.READING, Use.NIGHTLY_READING, Use.TEST})


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to so many calls to a platform as were booked, one after another, each from its moment on."""

    registration_id: int
    token: str
    taken_at: datetime
    booked_from: datetime
    apart: timedelta

    def starts_at(self, call: int = 0) -> datetime:
        """The moment from which on the call may begin; the first has number 0."""
        return max(self.taken_at, self.booked_from + call * self.apart)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call taught about its platform; by itself, nothing.

    `failed` names what was tried. A refusal of one thing again and again (a locked grade answers 500 on Moodle)
    says nothing of the platform; no connection at all (`platform_wide`) does. `wait` is a pause for everybody, `asked`
    says that the platform wants it. `read` is a reading's success: it proves that reading works again, and nothing of what failed to be written.
    """

    answered: bool = False
    read: bool = False
    accepted: bool = False
    failed: str | None = None
    platform_wide: bool = False
    throttled: bool = False
    unauthorised: bool = False
    wait: timedelta | None = None
    asked: bool = False


# The names of what failed to be read begin like this.
READING_FAILED = "reading "
NOTHING = Outcome()
ANSWERED = Outcome(answered=True)
ACCEPTED = Outcome(answered=True, accepted=True)
READ = Outcome(read=True)


def lane_with_room(
    session: Session,
    registration_id: int,
    *,
    now: datetime,
    use: Use = Use.DELIVERY,
    newcomer: bool = False,
) -> Lane | None:
    """The lane, locked until the end of the transaction; None while it is closed or busy.

    A `newcomer`, who has not waited yet, lets those go first who wait for the same use.
    """
    lane = _locked(session, registration_id)
    lane.under_way = _alive(lane.under_way, now)
    if not _has_place(lane, use, now):
        lane.under_way = _of_the_living(session, lane.under_way)
    comes_first = not newcomer or use not in _alive(lane.waiting, now)
    busy = not _has_place(lane, use, now) or not comes_first
    booked_out = _free_from(lane, now) > now + BOOKED_AHEAD
    if _is_closed(lane, use, now):
        return None
    _note_waiting(lane, use, now, waits=busy or booked_out)
    return None if busy or booked_out else lane


def closed_until(session: Session, registration_id: int, *, now: datetime) -> datetime | None:
    """Until when nobody may call, because of failures or because the platform asked for it; None while it is open."""
    not_before = session.scalar(select(Lane.not_before).where(Lane.registration_id == registration_id))
    return not_before if not_before is not None and _is_ahead(not_before, now) else None


def calls_that_fit(lane: Lane, *, most: int, now: datetime) -> int:
    """How many calls of a lane with room may be booked together; one while nothing was accepted since a failure."""
    if lane.careful:
        return 1
    ahead = now + BOOKED_AHEAD - _booked_from(lane, now)
    return min(most, 1 + int(ahead / _apart(lane, now)))


def take_slot(
    lane: Lane,
    *,
    now: datetime,
    lasts: timedelta,
    calls: int = 1,
    holder: str = "",
    use: Use = Use.DELIVERY,
) -> Slot:
    """Take a slot of a lane with room, for so many calls one after another within `lasts`.

    `holder` is the worker process that makes them: when it gives no sign of life any more, the slot is free.
    """
    token = f"{holder}.{use}.{secrets.token_hex(8)}"
    slot = Slot(lane.registration_id, token, now, _booked_from(lane, now), apart=_apart(lane, now))
    lane.free_from = slot.booked_from + calls * slot.apart
    lane.under_way = {**lane.under_way, slot.token: (now + lasts).timestamp()}
    return slot


def leave(session: Session, slot: Slot, *outcomes: Outcome, now: datetime) -> None:
    """Give a slot back with what its calls taught. Of a slot that was given up for dead only the lessons count."""
    lane = _locked(session, slot.registration_id)
    lane.under_way = {token: until for token, until in lane.under_way.items() if token != slot.token}
    for outcome in outcomes:
        learn(lane, outcome, taken_at=slot.taken_at, now=now)


def learn(lane: Lane, outcome: Outcome, *, taken_at: datetime, now: datetime) -> None:
    """Change a lane by what a call that began at `taken_at` taught."""
    if outcome.answered:
        if lane.careful:  # what was saved up while nothing went through is no reason for a burst
            lane.free_from = max(lane.free_from, now)
        lane.careful = False
    if outcome.accepted:
        lane.failed, lane.last_success_at = [], now
    if outcome.read:
        lane.failed = [name for name in lane.failed if not name.startswith(READING_FAILED)]
        lane.careful = bool(lane.failed)
    if outcome.failed is not None:
        lane.careful = True
        lane.failed = [*lane.failed[-FAILURES_TO_OPEN:], outcome.failed]
        several = outcome.platform_wide or len(set(lane.failed)) > 1
        if several and len(lane.failed) >= FAILURES_TO_OPEN:
            _pause(lane, PROBE_EVERY, now)
        if outcome.unauthorised and len(lane.failed) >= TRIES_WITHOUT_AUTHORISATION:
            _pause(lane, SLOW_RETRY, now)
    if outcome.throttled and taken_at >= lane.rate_set_at:  # calls that were under way together count once
        lane.rate, lane.rate_set_at = max(SLOWEST_RATE, current_rate(lane, now) / 2), now
    if outcome.wait is not None:
        lane.careful = True
        _pause(lane, outcome.wait, now)
        if outcome.asked:
            lane.asked_until = _later(lane.asked_until, now + min(outcome.wait, LONGEST_PAUSE), now)


def current_rate(lane: Lane, now: datetime) -> float:
    """Calls per second that the platform gets now."""
    grown = max(now - lane.rate_set_at, timedelta()) / RECOVERY * FULL_RATE
    return min(FULL_RATE, lane.rate + grown)


def last_success_at(session: Session, registration_id: int) -> datetime | None:
    """When the platform last accepted something."""
    return session.scalar(select(Lane.last_success_at).where(Lane.registration_id == registration_id))


def next_opening(session: Session, *, now: datetime) -> datetime | None:
    """When the first of the closed lanes opens; None when none is closed."""
    paused = select(func.min(Lane.not_before)).where(Lane.not_before > now)
    booked = select(func.min(Lane.free_from)).where(Lane.free_from > now + BOOKED_AHEAD)
    moments = [session.scalar(paused), session.scalar(booked)]
    return min((moment for moment in moments if moment is not None), default=None)


def is_open(now: datetime) -> ColumnElement[bool]:
    """For queries that join lanes: whether a call may go, as far as time decides. No row, nothing known: yes."""
    return or_(
        Lane.registration_id.is_(None),
        and_(
            or_(Lane.not_before <= now, Lane.not_before > now + LONGEST_PAUSE),
            or_(Lane.free_from <= now + BOOKED_AHEAD, Lane.free_from > now + LONGEST_BOOKING),
        ),
    )


def _new_lane(registration_id: int) -> dict[str, Any]:
    """A platform of which nothing is known yet."""
    return {
        "registration_id": registration_id,
        "under_way": {},
        "waiting": {},
        "careful": False,
        "failed": [],
        "not_before": LONG_AGO,
        "asked_until": LONG_AGO,
        "rate": FULL_RATE,
        "rate_set_at": LONG_AGO,
        "free_from": LONG_AGO,
    }


def _locked(session: Session, registration_id: int) -> Lane:
    known: Lane | None = session.identity_map.get(identity_key(Lane, registration_id))
    if known is not None:
        return (
            known  # locked in this transaction: nothing else loads lanes, and a session has one transaction
        )
    lane = session.get(Lane, registration_id, with_for_update=True)
    if lane is None:
        insert_once(session, Lane, _new_lane(registration_id))
        lane = session.get_one(Lane, registration_id, with_for_update=True)
    return lane


def _is_closed(lane: Lane, use: Use, now: datetime) -> bool:
    """Whether nobody may call for `use`; a test goes as the probe where nobody else is under way."""
    if not _is_ahead(lane.not_before, now):
        return False
    return use is not Use.TEST or bool(lane.under_way) or _is_ahead(lane.asked_until, now)


def _has_place(lane: Lane, use: Use, now: datetime) -> bool:
    """Whether one more call for `use` may be under way.

    While one call goes at a time, what is written goes before what is read. Otherwise readings leave places to
    deliveries, and deliveries leave one to a reading that waits.
    """
    reading = sum(_use(token) in _ALL_READINGS for token in lane.under_way)
    waiting = _alive(lane.waiting, now)
    if use is Use.DELIVERY:
        left = 1 if not reading and not lane.careful and not _ALL_READINGS.isdisjoint(waiting) else 0
        return len(lane.under_way) < (1 if lane.careful else PARALLEL - left)
    if use is Use.NIGHTLY_READING and Use.READING in waiting:
        return False
    if lane.careful:
        return not lane.under_way and Use.DELIVERY not in waiting
    return reading < READINGS and len(lane.under_way) < PARALLEL


def _note_waiting(lane: Lane, use: Use, now: datetime, *, waits: bool) -> None:
    """Let the others know who found no room; noted again before it is over, and not at each look."""
    until = lane.waiting.get(use, 0.0)
    if not waits:
        if until:
            lane.waiting = {other: then for other, then in lane.waiting.items() if other != use}
    elif (
        not now.timestamp()
        < until - WAITS_FOR.total_seconds() / 2
        <= now.timestamp() + WAITS_FOR.total_seconds()
    ):
        lane.waiting = {**_alive(lane.waiting, now), use.value: (now + WAITS_FOR).timestamp()}


def _alive(held: dict[str, float], now: datetime) -> dict[str, float]:
    """What is held still, without what died with its process; a clock that was set back frees it, too."""
    moment = now.timestamp()
    longest = LONGEST_PAUSE.total_seconds()
    return {token: until for token, until in held.items() if moment < until <= moment + longest}


def _of_the_living(session: Session, under_way: dict[str, float]) -> dict[str, float]:
    """Calls under way, without those of worker processes that fell silent: killed by force, or cut off."""
    silent_since = database_time(session) - SILENT_FOR
    silent = set(
        session.scalars(
            select(WorkerProcess.name).where(
                WorkerProcess.name.in_({_holder(token) for token in under_way}),
                WorkerProcess.seen_at <= silent_since,
            )
        )
    )
    return {token: until for token, until in under_way.items() if _holder(token) not in silent}


def _holder(token: str) -> str:
    return token.partition(".")[0]


def _use(token: str) -> str:
    return token.split(".")[1]


def _is_ahead(moment: datetime, now: datetime) -> bool:
    """Whether a moment still lies ahead. Beyond an hour it comes of a clock that was set back."""
    return now < moment <= now + LONGEST_PAUSE


def _free_from(lane: Lane, now: datetime) -> datetime:
    return lane.free_from if lane.free_from <= now + LONGEST_BOOKING else now


def _apart(lane: Lane, now: datetime) -> timedelta:
    return timedelta(seconds=1 / current_rate(lane, now))


def _booked_from(lane: Lane, now: datetime) -> datetime:
    """From when on calls can be booked; before now where some were saved up."""
    saved_up = now if lane.careful else now - BURST * _apart(lane, now)
    return max(_free_from(lane, now), saved_up)


def _pause(lane: Lane, wait: timedelta, now: datetime) -> None:
    lane.not_before = _later(lane.not_before, now + min(wait, LONGEST_PAUSE), now)


def _later(held: datetime, until: datetime, now: datetime) -> datetime:
    """The later end of two pauses; what lies beyond an hour comes of a clock that was set back."""
    return max(held, until) if held <= now + LONGEST_PAUSE else until
