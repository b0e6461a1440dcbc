"""Everything the recommender may know about one learner at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lti_tool.pathways.accommodations import NONE, Accommodations
from lti_tool.pathways.content import Activity
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.mastery import MasteryEstimate


@dataclass(frozen=True, slots=True)
class LearnerState:
    """One learner's situation.

    `done` maps activity ids to the time they were last done (scored or not; the evidence's times are added to it).
    `vetoed`, `pinned` and `waived` (prerequisite skills) are the teacher's decisions. `placed` are skills that the first
    questions showed (`diagnostic.py`) and no score has spoken of since. `closed` are activities that
    are not published or not open to this learner. `together` are activities that the whole class does together on a day to
    come, or did a few days ago: nobody's own step. `minutes` is the time there is now. `challenge` (-1 easier .. +1 harder),
    `interests` and `favourite_goal`, the goal skill that matters most to the learner, are the learner's own wishes; the latter
    two decide only between near-equals.
    `ease` gives, by activity id, how much easier the activity is than its skills say (log-odds): for classmates, and after
    this learner's latest results on its companions.
    """

    learner_id: str
    estimates: Mapping[str, MasteryEstimate]
    evidence: tuple[Evidence, ...] = ()
    done: Mapping[str, datetime] = field(default_factory=dict)
    vetoed: frozenset[str] = frozenset()
    pinned: str | None = None
    waived: frozenset[str] = frozenset()
    placed: frozenset[str] = frozenset()
    interests: frozenset[str] = frozenset()
    favourite_goal: str | None = None
    closed: frozenset[str] = frozenset()
    together: frozenset[str] = frozenset()
    accommodations: Accommodations = NONE
    minutes: int | None = None
    challenge: float = 0.0
    ease: Mapping[str, float] = field(default_factory=dict)

    def minutes_for(self, activity: Activity) -> int:
        """The minutes that an activity takes this learner."""
        return self.accommodations.minutes_for(activity)
