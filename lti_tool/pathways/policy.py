"""What a school or teacher decides about recommendations: limits and weights, adjustable and shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from lti_tool.pathways.mastery import DEFAULT_THRESHOLD
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each visible term counts in the score of an option; they need not add up to 1.

    In simulated classes fewer goals were reached with weights that favour the largest gap. So nearness to done counts more
    than what is missing, tries already made count against a skill, and new activities come before repeated ones.
    """

    gap: float = 0.15
    """Distance to the threshold on a skill that the goals rest on."""
    finish: float = 0.30
    """Nearness to it while the skill is not done."""
    unlocks: float = 0.10
    """Share of the goals still to reach that rest on the skill."""
    stretch: float = 0.15
    """The right kind of activity, neither too easy nor too hard right now."""
    spread: float = 0.30
    """Few tries on the skill so far."""
    fresh: float = 0.30
    """Not done before."""
    review: float = 0.15
    """About to fade, or a refresh is due."""
    fit: float = 0.10
    """Mode, minutes and format suit the learner's situation."""
    variety: float = 0.05
    """Something other than the last few activities."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits and weights of the recommender."""

    threshold: float = DEFAULT_THRESHOLD
    """Predicted success at which a skill counts as reached."""
    prerequisite_margin: float = 0.10
    """A hard prerequisite is met from `threshold` minus this: moving on does not wait for certainty."""
    grade_ceiling: int | None = None
    """Highest grade of skills to suggest; None means the grade of the map."""
    steps_below: int = 2
    """How many grades below the map's grade remediation may go."""
    repeat_after_days: int = 7
    """Days before the same activity is suggested again."""
    weights: Weights = field(default_factory=Weights)
    target_success: float = 0.75
    """Predicted success of an activity at the right stretch; 0.60 to 0.85 is the band around it."""
    review_within_days: float = 7.0
    """A skill that is predicted to drop below the threshold within this many days is due for review."""
    mixed_review_from: int = 4
    """From this many Secure skills on, one suggestion in `mixed_review_every` is review."""
    mixed_review_every: int = 4
    stuck_after: int = 2
    """Misses in a row on a skill after which another route is tried; one more, and the teacher is asked."""
    miss_below: float = 0.60
    """A score below this is a miss."""
    explore_share: float = 0.05
    """How often a nearly equal option is put first, to learn what works."""
    explore_within: float = 0.05
    """Only options this close to the best score count as nearly equal."""
    tie_within: float = 0.02
    """Interests and the favourite goal decide only between options this close to the best score."""
    scope: frozenset[str] | None = None
    """Skill ids open to recommendations; None means all."""
    parameters: Parameters = DEFAULT_PARAMETERS
    version: str = ""
    """Which version of whose choices this is, so that a ledger says under which rules a step was proposed."""

    def to_mapping(self) -> dict[str, Any]:
        """JSON-able values of everything a decision depends on."""
        mapping = _named(self)
        mapping["weights"] = _named(self.weights)
        mapping["parameters"] = _named(self.parameters)
        mapping["scope"] = None if self.scope is None else sorted(self.scope)
        return mapping

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Policy":
        """The policy in what `to_mapping` gave; keys that are missing take the shipped values."""
        known = {f.name for f in fields(cls)}
        values = {key: value for key, value in mapping.items() if key in known}
        if "weights" in values:
            values["weights"] = Weights(**values["weights"])
        if "parameters" in values:
            values["parameters"] = Parameters(**values["parameters"])
        if values.get("scope") is not None:
            values["scope"] = frozenset(values["scope"])
        return cls(**values)


def _named(values: "Policy | Weights | Parameters") -> dict[str, Any]:
    return {f.name: getattr(values, f.name) for f in fields(values)}
