"""How much a learner works: scored activities a week, lately, with how sure that is.

A learner's count of a few weeks is a small number, so it is shrunk to the class: beside the weeks seen stand
`CLASS_WEEKS` of a usual classmate. In the language of the field this is a gamma-Poisson model (Gelman et al., Bayesian
Data Analysis, section 2.6): the pace has a gamma distribution with `shape` and `weeks`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.pathways.evidence import Evidence

LOOK_BACK = timedelta(days=28)
SHORTEST = timedelta(days=7)
"""Before so much time has passed since a class's first result there is no pace to speak of."""
CLASS_WEEKS = 2.0
FIRST_DAY = timedelta(days=1)
"""Results of a class's first day may be older work that was read all at once; they say nothing of pace."""


@dataclass(frozen=True, slots=True)
class Pace:
    """A learner's pace: `scores` of the own, and with the class's say a gamma distribution of activities a week.

    `told` is what a score of the class's latest work tells about its skills, on average (informativeness).
    """

    scores: int
    shape: float
    weeks: float
    told: float

    @property
    def per_week(self) -> float:
        """Scored activities a week, expected."""
        return self.shape / self.weeks


def pace_by_learner(evidence: Mapping[str, Sequence[Evidence]], *, now: datetime) -> dict[str, Pace]:
    """The pace of every learner of a class, by id; empty while nothing can be said.

    That is while the first result is less than a week old, and where the last four weeks had none.
    """
    telling = {
        learner: [piece for piece in pieces if piece.informativeness > 0 and piece.occurred_at <= now]
        for learner, pieces in evidence.items()
    }
    moments = [piece.occurred_at for own in telling.values() for piece in own]
    if not moments:
        return {}
    since = max(now - LOOK_BACK, min(moments) + FIRST_DAY)
    late = {
        learner: [p.informativeness for p in own if p.occurred_at > since] for learner, own in telling.items()
    }
    told = [each for own in late.values() for each in own]
    if now - since < SHORTEST or not told:
        return {}
    weeks = (now - since) / timedelta(weeks=1)
    usual = len(told) / (weeks * len(late))
    return {
        learner: Pace(
            scores=len(own),
            shape=len(own) + CLASS_WEEKS * usual,
            weeks=weeks + CLASS_WEEKS,
            told=sum(told) / len(told),
        )
        for learner, own in late.items()
    }
