"""All activities of a map side by side, for one learner: what every rule says of each, without a step for each.

The rules are the plain functions in `filters.py` and `terms.py`, which say what each looks at. Here each is asked once for
all activities that are alike to it. The answers are those of the plain functions, to the last bit.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from lti_tool.pathways.content import Activity
from lti_tool.pathways.kinds import Looks, Numbers
from lti_tool.pathways.situation import Situation, Step, step

NAMED: Looks = ("named",)
"""What the learner has done, or somebody has decided, about this very activity: of most nobody has said anything."""
EASE = "ease"
"""How easy this very activity is for the learner."""


class Comparison:
    """The activities with at least one skill, in the order of the map; of others nobody could say what they are for."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.activities = situation.skill_map.taught
        self._steps: dict[str, Step] = {}
        self._named = _named(situation)

    def step(self, activity: Activity) -> Step:
        """The step that an activity would be; made once."""
        made = self._steps.get(activity.id)
        if made is None:
            made = self._steps[activity.id] = step(activity, self.situation)
        return made

    def ask(
        self, rule: Callable[[Step], float], looks: Looks, among: Numbers | None = None
    ) -> npt.NDArray[Any]:
        """What a rule says of every activity, or of those `among` them (their places in the map)."""
        places = np.arange(len(self.activities)) if among is None else among
        if looks == NAMED:
            return self._ask_by_name(rule, places)
        if EASE in looks:
            looks = ("id",) if self.situation.state.ease else tuple(name for name in looks if name != EASE)
        kinds = self.situation.skill_map.kinds(looks)
        wanted = kinds.of_activity[places]
        said = np.zeros(len(kinds.examples))
        for number in np.unique(wanted).tolist():
            said[number] = rule(self.step(kinds.examples[number]))
        return said[wanted]

    def _ask_by_name(self, rule: Callable[[Step], float], places: Numbers) -> npt.NDArray[Any]:
        """One answer for all activities of which nothing is known, and one for each of the others."""
        said = np.zeros(len(self.activities))
        unnamed = next((a for place, a in enumerate(self.activities) if place not in self._named), None)
        if unnamed is not None:
            said[:] = rule(self.step(unnamed))
        for place in self._named:
            said[place] = rule(self.step(self.activities[place]))
        return said[places]


def _named(situation: Situation) -> Mapping[int, str]:
    """The activities of which something is known, by their place in the map."""
    places, state = situation.skill_map.places, situation.state
    names = {*situation.done, *state.closed, *state.vetoed}
    return {places[name]: name for name in names if name in places}
