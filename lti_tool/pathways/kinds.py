"""Kinds of activities: those that are alike in what a rule looks at, so that the rule is worked out once for all of them.

A course has hundreds of activities, but few mixes of skills, few formats and few modes. Which activities are of one kind
depends on the map alone and is found once, for all learners.
"""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from lti_tool.pathways.content import Activity

Numbers = npt.NDArray[np.intp]

Looks = tuple[str, ...]
"""Names of what a rule looks at in an activity."""


def kinds_of(activities: Sequence[Activity], looks: Looks) -> Numbers:
    """For every activity the number of its kind, for a rule that looks at nothing but these attributes."""
    numbers: dict[Hashable, int] = {}
    seen = (tuple(_seen(activity, name) for name in looks) for activity in activities)
    return np.array([numbers.setdefault(kind, len(numbers)) for kind in seen], dtype=np.intp)


def _seen(activity: Activity, name: str) -> Hashable:
    """One attribute. Skills in another order are another kind: sums are rounded in their order."""
    seen: Hashable = getattr(activity, name)
    return tuple(seen.items()) if isinstance(seen, Mapping) else seen
