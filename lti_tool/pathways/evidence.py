"""Evidence: one dated observation about a learner, from a score on an activity."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Source(StrEnum):
    """Where a piece of evidence comes from."""

    LMS = "lms"
    """A result read from the platform's gradebook."""
    CHECK = "check"
    """A check taken and marked in this tool."""
    IMPORT = "import"
    """A gradebook file read in by a person."""
    OUTCOME = "outcome"
    """A teacher's judgement of one skill in a piece of work, entered in the platform."""
    DIAGNOSTIC = "diagnostic"
    """The first questions of a learner, which find a place on the map."""
    TEACHER = "teacher"
    """An observation entered by the instructor."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """How one attempt of one learner at one activity went.

    `fraction` is the score in 0..1, `occurred_at` an aware time, `informativeness` (0..1) what the score tells about
    the activity's skills, `attempt` counts this learner's attempts at this activity from 1.
    """

    id: str
    learner_id: str
    activity_id: str
    fraction: float
    occurred_at: datetime
    source: Source = Source.LMS
    informativeness: float = 1.0
    attempt: int = 1

    def __post_init__(self) -> None:
        if not 0.0 <= self.fraction <= 1.0:
            raise ValueError(
                f"Evidence {self.id}: the score must be a fraction from 0 to 1, not {self.fraction}."
            )
        if not 0.0 <= self.informativeness <= 1.0:
            raise ValueError(
                f"Evidence {self.id}: informativeness must lie in 0..1, not {self.informativeness}."
            )
        if self.occurred_at.tzinfo is None:
            raise ValueError(f"Evidence {self.id}: its time must say its time zone (use UTC).")
        if self.attempt < 1:
            raise ValueError(f"Evidence {self.id}: attempts count from 1, not {self.attempt}.")


def in_order(evidence: Iterable[Evidence]) -> list[Evidence]:
    """The evidence by time, whatever order it arrived in; of two with one id (a correction) the last given counts."""
    latest = {piece.id: piece for piece in evidence}
    return sorted(latest.values(), key=lambda piece: (piece.occurred_at, piece.id))
