"""What is known of one learner and one activity, before it is evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lti_tool.pathways.evidence import Source


@dataclass(frozen=True, slots=True)
class Observation:
    """One observation as the platform holds it now; `origin` is the same for its later corrections.

    Without a `fraction` there is none any more.
    """

    origin: str
    person_id: int
    activity_id: str
    fraction: float | None
    occurred_at: datetime
    source: Source = Source.LMS
