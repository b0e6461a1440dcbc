"""What has to be kept for one learner, whatever else would be right: formats and modes not given, and more time."""

from dataclasses import dataclass
from math import ceil

from lti_tool.pathways.content import Activity, Format, Mode

TIME_FACTORS = (1.0, 1.25, 1.5, 2.0)
"""How much more time there may be."""


@dataclass(frozen=True, slots=True)
class Accommodations:
    """The accommodations of one learner; as they stand here, there are none.

    An activity counts as `time_factor` times its minutes.
    """

    blocked_formats: frozenset[Format] = frozenset()
    blocked_modes: frozenset[Mode] = frozenset()
    time_factor: float = 1.0

    def __post_init__(self) -> None:
        if self.time_factor not in TIME_FACTORS:
            raise ValueError(f"A time factor is one of {TIME_FACTORS}.")

    def suits(self, activity: Activity) -> bool:
        """Whether its format and its mode are given to this learner."""
        return activity.format not in self.blocked_formats and activity.mode not in self.blocked_modes

    def minutes_for(self, activity: Activity) -> int:
        """The whole minutes that it takes this learner."""
        return ceil(activity.minutes * self.time_factor)


NONE = Accommodations()
