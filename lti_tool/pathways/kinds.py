"""Kinds of activities: those that are alike in what a rule looks at, so that the rule is worked out once for all of them.

A course has hundreds of activities, but few mixes of skills, few formats and few modes. Which activities are of one kind
depends on the map alone and is found once, for all learners.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lti_tool.pathways.content import Activity

Numbers = npt.NDArray[np.intp]

Looks = tuple[str, ...]
"""Names of what a rule looks at in an activity: its attributes."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """One example of each kind, and for every activity the number of its kind."""

    examples: tuple[Activity, ...]
    of_activity: Numbers


def kinds_of(activities: Sequence[Activity], looks: Looks) -> Kinds:
    """The kinds among these activities for a rule that looks at nothing else."""
    examples: list[Activity] = []
    numbers: dict[Hashable, int] = {}
    of_activity = []
    for activity in activities:
        number = numbers.setdefault(tuple(_seen(activity, name) for name in looks), len(numbers))
        if number == len(examples):
            examples.append(activity)
        of_activity.append(number)
    return Kinds(tuple(examples), np.array(of_activity, dtype=np.intp))


def _seen(activity: Activity, name: str) -> Hashable:
    """What a rule sees under this name. Skills in another order are another kind: sums are rounded in their order."""
    seen: Hashable = getattr(activity, name)
    return tuple(seen.items()) if isinstance(seen, Mapping) else seen
