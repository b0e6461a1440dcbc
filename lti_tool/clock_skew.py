"""How far our clock and a platform's are apart, from the `Date` of its answers (RFC 9110, section 6.6.1).

The header has whole seconds, and the answer was on its way for a while: what is told is the least that it can be.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import structlog

ALERT_SECONDS = 30.0
_ALERT_EVERY_SECONDS = 3600.0

logger = structlog.get_logger(__name__)


class ClockSkew:
    """What the answers of all platforms said last, by origin."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._ahead: dict[str, float] = {}
        self._told_at: dict[str, float] = {}

    def note(self, url: str, date: str, *, asked_at: float) -> None:
        """Take the `Date` of an answer to a request that was begun at `asked_at`. What cannot be read counts as none."""
        try:
            said = parsedate_to_datetime(date).timestamp()
        except ValueError:
            return
        ahead = min(self.clock() - said, max(asked_at - said - 1.0, 0.0))
        self._ahead[_origin(url)] = ahead
        if abs(ahead) > ALERT_SECONDS:
            self._alert(_origin(url), ahead)

    def ahead_seconds(self, url: str) -> float:
        """By how much our clock is ahead of the one at `url`; negative when it is behind, 0 when nobody knows."""
        return self._ahead.get(_origin(url), 0.0)

    def _alert(self, origin: str, ahead: float) -> None:
        now = self.clock()
        if abs(now - self._told_at.get(origin, float("-inf"))) >= _ALERT_EVERY_SECONDS:
            self._told_at[origin] = now
            logger.error("clock.differs", platform=origin, ahead_seconds=round(ahead))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
