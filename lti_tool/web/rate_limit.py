"""A ceiling on how often one address may begin something that needs no sign-in."""

from __future__ import annotations

import threading
from datetime import datetime

from lti_tool.errors import Refused
from lti_tool.pathways.wording import N_

_MOST_ADDRESSES = 10_000


class RateLimit:
    """Counts per address and minute, in this process only and never for more than a minute."""

    def __init__(self, *, per_minute: int) -> None:
        self._per_minute = per_minute
        self._minute = 0
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def count(self, address: str, now: datetime) -> None:
        """Count one. Raises Refused (`request.too_many`, 429) above the ceiling."""
        minute = int(now.timestamp() // 60)
        with self._lock:
            if minute != self._minute or len(self._counts) > _MOST_ADDRESSES:
                self._minute, self._counts = minute, {}
            count = self._counts[address] = self._counts.get(address, 0) + 1
        if count > self._per_minute:
            raise Refused(
                "request.too_many",
                N_("Too many visits at once from your network; try again in a minute."),
                status=429,
            )


class FailureLimit:
    """After `most` failures of one visitor in a row, a wait; in this process only, and bounded."""

    def __init__(self, *, most: int, wait_seconds: float) -> None:
        self._most = most
        self._wait_seconds = wait_seconds
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()

    def require_room(self, who: str, now: datetime) -> None:
        """Raise Refused (`request.too_many`, 429) while `who` has to wait."""
        with self._lock:
            count, latest = self._failures.get(who, (0, 0.0))
        if count >= self._most and now.timestamp() - latest < self._wait_seconds:
            raise Refused(
                "request.too_many",
                f"That was wrong {self._most} times in a row. Wait {self._wait_seconds / 60:.0f} minutes, then "
                "try again.",
                status=429,
            )

    def count(self, who: str, now: datetime) -> None:
        """Note a failure."""
        with self._lock:
            count, latest = self._failures.get(who, (0, 0.0))
            over = now.timestamp() - latest >= self._wait_seconds
            if len(self._failures) >= _MOST_ADDRESSES:
                self._failures.clear()
            self._failures[who] = (1 if over else count + 1, now.timestamp())

    def forget(self, who: str) -> None:
        """Begin at nothing again, after a success."""
        with self._lock:
            self._failures.pop(who, None)
