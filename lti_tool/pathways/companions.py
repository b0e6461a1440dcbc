"""Companions: activities whose results go together beyond what their skills explain.

Two questions on the same idea, or two that trip over the same misunderstanding: who did better than expected on one does
better than expected on the other. For each pair that learners met shortly after one another this is a regression of
the second surprise on the first, shrunk to nothing while few have met both.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.ease import Array, Places, numbered

REACH = 20
"""How many answers back a companion may lie."""
KEPT = 0.90
"""What each further answer in between leaves of its say."""
SHRINK = 8.0
"""Squared surprises at which a pair's own answers count as much as the assumption that it is no pair."""
MET = 1.0
"""Pairs with fewer squared surprises would say next to nothing and are not kept."""
FAINT = 0.05
"""Nor are links weaker than this."""

Surprise = tuple[str, float]
"""An activity, and by how much its result was above (+) or below (-) what was expected."""


@dataclass(frozen=True, slots=True)
class Companions:
    """`links[later][earlier]`: what one unit of surprise on the earlier activity lets expect on the later one."""

    links: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def say(self, activity_id: str, latest: Iterable[Surprise]) -> float:
        """What the latest surprises, the last one first, let expect of the activity."""
        links = self.links.get(activity_id)
        if not links:
            return 0.0
        said, share = 0.0, 1.0
        for earlier, surprise in latest:
            said += share * links.get(earlier, 0.0) * surprise
            share *= KEPT
        return said


NO_COMPANIONS = Companions()


def companions_in(answers: Sequence[Answer], surprises: Array) -> tuple[Companions, Array]:
    """The companions in these answers, and what they would have said of each answer without that answer itself.

    Answers come learner by learner, each learner's in order.
    """
    names, activities = numbered(answer.task.activity_id for answer in answers)
    _, learners = numbered(answer.learner_id for answer in answers)
    later, earlier, shares = _within_reach(learners)
    pairs, place = np.unique(activities[later] * len(names) + activities[earlier], return_inverse=True)
    first, second = surprises[earlier], surprises[later]
    together = np.bincount(place, first * second, len(pairs))
    alone = np.bincount(place, first**2, len(pairs))
    others = (together[place] - first * second) / (alone[place] - first**2 + SHRINK)
    said = np.bincount(later, shares * others * first, len(answers)).astype(np.float64)
    links: dict[str, dict[str, float]] = {}
    strengths = together / (alone + SHRINK)
    for number in np.flatnonzero((alone >= MET) & (np.abs(strengths) >= FAINT)).tolist():
        after, before = divmod(int(pairs[number]), len(names))
        links.setdefault(names[after], {})[names[before]] = float(strengths[number])
    return Companions(links), said


def _within_reach(learners: Places) -> tuple[Places, Places, Array]:
    """Every answer with each of the same learner's answers shortly before it, and the say that the distance leaves."""
    later, earlier, shares = [], [], []
    for distance in range(1, REACH + 1):
        rows = distance + np.flatnonzero(learners[distance:] == learners[:-distance])
        later.append(rows)
        earlier.append(rows - distance)
        shares.append(np.full(len(rows), KEPT ** (distance - 1)))
    return np.concatenate(later), np.concatenate(earlier), np.concatenate(shares)
