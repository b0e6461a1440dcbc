"""The uptake funnel: proposed, approved, seen, started, done, improved; what was turned down or replaced stands apart."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from lti_tool.pathways.evaluation.intervals import Interval, share_interval
from lti_tool.pathways.evaluation.trails import Ending, Trail

Group = TypeVar("Group", bound=Hashable)


class Stage(StrEnum):
    """How far steps got, and the two ways in which they never had a chance.

    Each is counted as it was noted: a step may be done in the LMS without having been seen here. Only who did a step
    counts as having started it. `TESTED` are those done ones after which the skill was met again.
    """

    PROPOSED = "proposed"
    APPROVED = "approved"
    SEEN = "seen"
    STARTED = "started"
    DONE = "done"
    TESTED = "tested"
    IMPROVED = "improved"
    TURNED_DOWN = "turned_down"
    GAVE_WAY = "gave_way"


SHARES_OF = {
    Stage.APPROVED: Stage.PROPOSED,
    Stage.SEEN: Stage.PROPOSED,
    Stage.STARTED: Stage.PROPOSED,
    Stage.DONE: Stage.PROPOSED,
    Stage.TESTED: Stage.DONE,
    Stage.IMPROVED: Stage.TESTED,
}
"""Of what each stage is a share."""


@dataclass(frozen=True, slots=True)
class Reached:
    """So many steps of so many learners."""

    steps: int = 0
    learners: int = 0

    def __add__(self, other: "Reached") -> "Reached":
        return Reached(self.steps + other.steps, self.learners + other.learners)


@dataclass(frozen=True, slots=True)
class Funnel:
    """How far a number of steps got. Funnels of different courses can be added."""

    stages: Mapping[Stage, Reached]

    def __getitem__(self, stage: Stage) -> Reached:
        return self.stages.get(stage, Reached())

    def __add__(self, other: "Funnel") -> "Funnel":
        return Funnel({stage: self[stage] + other[stage] for stage in Stage})

    def share(self, stage: Stage) -> float | None:
        """The share of the steps that got so far, of those that could have; None when there are none."""
        whole = self[SHARES_OF[stage]].steps
        return self[stage].steps / whole if whole else None

    def interval(self, stage: Stage) -> Interval:
        """Where that share may well lie."""
        return share_interval(self[stage].steps, self[SHARES_OF[stage]].steps)

    def to_mapping(self) -> dict[str, Any]:
        """JSON-able counts; `from_mapping` gives the same back."""
        return {stage.value: [self[stage].steps, self[stage].learners] for stage in Stage}

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> "Funnel":
        return cls({Stage(name): Reached(*counts) for name, counts in mapping.items()})


NOTHING_PROPOSED = Funnel({})


def funnel(trails: Iterable[Trail], improved: Mapping[str, bool]) -> Funnel:
    """The funnel of these steps. `improved` says of done steps, by id, whether the skill rose; others were not met again."""
    found: dict[Stage, list[Trail]] = defaultdict(list)
    for trail in trails:
        for stage in _stages(trail, improved):
            found[stage].append(trail)
    return Funnel(
        {
            stage: Reached(len(those), len({trail.learner_id for trail in those}))
            for stage, those in found.items()
        }
    )


def funnels(
    trails: Iterable[Trail], improved: Mapping[str, bool], group: Callable[[Trail], Group]
) -> dict[Group, Funnel]:
    """A funnel for each group, such as the week or the kind of a step."""
    groups: dict[Group, list[Trail]] = defaultdict(list)
    for trail in trails:
        groups[group(trail)].append(trail)
    return {key: funnel(those, improved) for key, those in groups.items()}


def _stages(trail: Trail, improved: Mapping[str, bool]) -> list[Stage]:
    if not trail.stood:
        return [Stage.TURNED_DOWN if trail.ending is Ending.TURNED_DOWN else Stage.GAVE_WAY]
    tested = trail.done_at is not None and trail.id in improved
    reached = {
        Stage.PROPOSED: True,
        Stage.APPROVED: trail.approved_at is not None,
        Stage.SEEN: trail.seen_at is not None,
        Stage.STARTED: trail.started_at is not None or trail.done_at is not None,
        Stage.DONE: trail.done_at is not None,
        Stage.TESTED: tested,
        Stage.IMPROVED: tested and improved[trail.id],
    }
    return [stage for stage, yes in reached.items() if yes]
