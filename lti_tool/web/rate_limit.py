"""A ceiling on how often one address may begin something that needs no sign-in."""

from __future__ import annotations

import threading
from datetime import datetime

from lti_tool.errors import Refused

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
                "Too many launches at once from your network; try again in a minute.",
                status=429,
            )
