"""When one of our signing keys is public, signs, and is over: the rule alone, without database or clock.

    made ──── public, not signing yet ──── signs ──── still public ──── over: deleted
      └──────────── 24 hours ───────────┘         └── 14 days ──┘

Platforms cache key sets, so a key is public for a day before it signs, and for two weeks after it has
stopped. When a key stops is decided as its successor is made, so that every moment has exactly one key that
signs, whether or not anything runs at that moment. A first key has nothing to wait for and signs at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

HEAD_START = timedelta(hours=24)
OVERLAP = timedelta(days=14)
ROTATE_AFTER = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class KeyLife:
    """What the rule needs of one key. `stops_at` is empty until a successor is made."""

    kid: str
    made_at: datetime
    stops_at: datetime | None = None

    def has_stopped(self, now: datetime) -> bool:
        """Whether it signs no more."""
        return self.stops_at is not None and self.stops_at <= now

    def is_public(self, now: datetime) -> bool:
        """Whether platforms find it in our key set."""
        return self.stops_at is None or now < self.stops_at + OVERLAP


def signing(keys: Sequence[KeyLife], now: datetime) -> KeyLife | None:
    """The key that signs, of one registration's keys from the oldest to the newest: the oldest at work."""
    return next((key for key in keys if not key.has_stopped(now)), None)


def is_due(keys: Sequence[KeyLife], now: datetime) -> bool:
    """Whether a new key should be made."""
    return not keys or keys[-1].stops_at is not None or keys[-1].made_at + ROTATE_AFTER <= now


def succeeded(keys: Sequence[KeyLife], now: datetime, *, at_once: bool) -> list[KeyLife]:
    """The same keys as they are once a successor is made `now`; with `at_once` it signs from now on."""
    end = now if at_once else now + HEAD_START
    return [replace(key, stops_at=end) if key.stops_at is None or key.stops_at > end else key for key in keys]
