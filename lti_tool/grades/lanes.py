"""One lane per registration: a platform that is slow or down never delays another.

State lives in the worker process. That is enough, because it only decides how soon to try: what must
not be lost or doubled is decided by leases in the database.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

FAILURES_TO_OPEN = 5
PROBE_EVERY = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Lane:
    """What a worker remembers of one registration. `busy` is held by the one who delivers to it.

    After 5 failures in a row the circuit is open: one probe every 30 seconds until one succeeds.
    """

    busy: threading.Lock = field(default_factory=threading.Lock)
    not_before: datetime = LONG_AGO
    last_success_at: datetime | None = None
    _failed: list[int] = field(default_factory=list)

    def is_open_for_sending(self, now: datetime) -> bool:
        """Whether a request may go now. A pause beyond an hour comes of a clock that was set back."""
        return now >= self.not_before or self.not_before - now > LONGEST_PAUSE

    def succeeded(self, now: datetime) -> None:
        """A request was accepted: the platform works."""
        self._failed.clear()
        self.last_success_at = now

    def failed(self, entry_id: int, *, platform_wide: bool, now: datetime) -> None:
        """A request failed.

        A refusal of one row again and again (a locked grade answers 500 on Moodle) says nothing of the
        platform; no connection at all (`platform_wide`) does.
        """
        self._failed = [*self._failed[-FAILURES_TO_OPEN:], entry_id]
        if len(self._failed) >= FAILURES_TO_OPEN and (platform_wide or len(set(self._failed)) > 1):
            self.pause(PROBE_EVERY, now=now)

    def pause(self, wait: timedelta, *, now: datetime) -> None:
        """Send nothing for `wait`, as the platform asked or because it makes no sense."""
        self.not_before = max(self.not_before, now + min(wait, LONGEST_PAUSE))


class Lanes:
    """All lanes of a worker process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lanes: dict[int, Lane] = {}

    def lane(self, registration_id: int) -> Lane:
        """The lane of one registration."""
        with self._lock:
            return self._lanes.setdefault(registration_id, Lane())

    def next_opening(self, *, now: datetime) -> datetime | None:
        """When the first of the paused lanes opens; None when none is paused."""
        with self._lock:
            lanes = list(self._lanes.values())
        return min((lane.not_before for lane in lanes if lane.not_before > now), default=None)
