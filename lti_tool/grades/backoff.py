"""How long to wait before the next try: full jitter, so that many rows do not come back at once.

M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

BASE_SECONDS = 5.0
CAP_SECONDS = 15 * 60.0
BUDGET = timedelta(days=7)
# "Not by itself": only a person or a newer wish makes something due again.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


def retry_delay(attempts: int, *, rng: random.Random, at_least_seconds: float | None = None) -> timedelta:
    """The wait after the `attempts`-th try (1 = first), never shorter than what the platform asked for."""
    ceiling = min(CAP_SECONDS, BASE_SECONDS * 2 ** min(attempts - 1, 16))
    return timedelta(seconds=max(rng.uniform(0.0, ceiling), at_least_seconds or 0.0))
