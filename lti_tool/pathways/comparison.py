"""Activities of a map side by side, for one learner: what every rule says of each, without asking it about each.

The rules are the plain functions in `filters.py` and `terms.py`, which say there what each looks at. Here each is asked once
for all activities that are alike to it. The answers are those of the plain functions, to the last bit.
"""

from collections.abc import Callable, Collection

import numpy as np

from lti_tool.pathways.content import Activity
from lti_tool.pathways.ease import Array
from lti_tool.pathways.kinds import Looks, Numbers
from lti_tool.pathways.situation import Situation, Step, step

CLOSED, VETOED, TOGETHER, DONE, EASE = "closed", "vetoed", "together", "done", "ease"
"""What a rule may look at beside an activity's attributes: what is known of this very activity for this learner."""


class Comparison:
    """Activities with at least one skill, in the order of the map; of others nobody could say what they are for.

    `places` says which of them are compared; all of them at first.
    """

    def __init__(self, situation: Situation, places: Numbers | None = None) -> None:
        self.situation = situation
        self.places = np.arange(len(situation.skill_map.taught)) if places is None else places
        self._named: dict[str, Collection[str]] = {
            CLOSED: situation.state.closed,
            VETOED: situation.state.vetoed,
            TOGETHER: situation.state.together,
            DONE: situation.done,
            EASE: [name for name, ease in situation.state.ease.items() if ease],
        }
        self._steps: dict[int, Step] = {}
        self._known: dict[Looks, tuple[Numbers, dict[int, Step]]] = {}

    def among(self, places: Numbers) -> "Comparison":
        """The same comparison between fewer."""
        fewer = Comparison(self.situation, places)
        fewer._steps = self._steps  # a step is the same in both
        return fewer

    def activity(self, place: int) -> Activity:
        """The activity at this place of the map."""
        return self.situation.skill_map.taught[place]

    def step(self, place: int) -> Step:
        """The step that the activity at this place of the map would be; made once."""
        made = self._steps.get(place)
        if made is None:
            made = self._steps[place] = step(self.activity(place), self.situation)
        return made

    def ask(self, rule: Callable[[Step], float], looks: Looks) -> Array:
        """What a rule says of each of the activities, asked about one of every kind."""
        kinds, examples = self._kinds(looks)
        said = np.zeros(max(examples, default=0) + 1)
        said[list(examples)] = [rule(example) for example in examples.values()]
        return said[kinds]

    def _kinds(self, looks: Looks) -> tuple[Numbers, dict[int, Step]]:
        """The number of each activity's kind, and for each kind the step that one of it would be.

        An activity of which something is known that the rule looks at is a kind of its own.
        """
        known = self._known.get(looks)
        if known is None:
            skill_map = self.situation.skill_map
            kinds = skill_map.kinds(tuple(name for name in looks if name not in self._named))
            names = [name for look in looks for name in self._named.get(look, ())]
            if names:
                own = [skill_map.places[name] for name in names if name in skill_map.places]
                kinds = kinds.copy()
                kinds[own] = len(kinds) + np.array(own, dtype=np.intp)
            kinds = kinds[self.places]
            one_of_each = dict(zip(kinds.tolist(), self.places.tolist(), strict=True))
            examples = {kind: self.step(place) for kind, place in one_of_each.items()}
            known = self._known[looks] = kinds, examples
        return known
