"""Level words from a learner's history on a skill: Not started, Growing, Secure, Lasting.

A level is earned and then kept: *Secure* at the first moment when the lower bound reached the school's threshold on
enough evidence, *Lasting* when that held again at least a week later, on a good score and more than one activity. Later
misses or fading do not take the word away without notice; they set `refresh_due`, and the word is shown
with it until a good result clears it. Decisions (the recommender) use the probability, which does fall.

Certainty is separate: `enough_evidence` says whether the evidence carries any word beyond "tried".
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

MIN_EVIDENCE = 3
LASTING_AFTER = timedelta(days=7)
LASTING_ACTIVITIES = 2
REFRESH_BELOW = 0.60
"""A score below this on a Secure skill is a failed review."""


class Level(StrEnum):
    """What a learner can do with a skill, in words for screens."""

    NOT_STARTED = "not_started"
    GROWING = "growing"
    SECURE = "secure"
    LASTING = "lasting"

    @property
    def at_least_secure(self) -> bool:
        return self in (Level.SECURE, Level.LASTING)


@dataclass(slots=True)
class History:
    """The moments that decide the level of one learner on one skill."""

    tried: bool = False
    secure_since: datetime | None = None
    lasting_since: datetime | None = None
    last_fraction: float | None = None
    activities: set[str] = field(default_factory=set)

    @property
    def level(self) -> Level:
        if self.lasting_since is not None:
            return Level.LASTING
        if self.secure_since is not None:
            return Level.SECURE
        return Level.GROWING if self.tried else Level.NOT_STARTED

    def add(
        self,
        *,
        activity_id: str,
        fraction: float,
        at: datetime,
        count: int,
        lower: Callable[[], float],
        threshold: float,
    ) -> None:
        """Notes one score; `lower`, the estimate's lower bound right after it, is asked for only where it decides."""
        self.activities.add(activity_id)
        self.last_fraction = fraction
        if count < MIN_EVIDENCE or self.lasting_since is not None:
            return
        if self.secure_since is not None and not self._shown_again(
            fraction, at - self.secure_since, threshold
        ):
            return
        if lower() < threshold:
            return
        if self.secure_since is None:
            self.secure_since = at
        else:
            self.lasting_since = at

    def refresh_due(self, probability: float, threshold: float) -> bool:
        """Whether an earned word needs a fresh result: the estimate has faded, or the last score was a miss."""
        if self.secure_since is None or self.last_fraction is None:
            return False
        return probability < threshold or self.last_fraction < REFRESH_BELOW

    def _shown_again(self, fraction: float, since_secure: timedelta, threshold: float) -> bool:
        return (
            since_secure >= LASTING_AFTER
            and fraction >= threshold
            and len(self.activities) >= LASTING_ACTIVITIES
        )
