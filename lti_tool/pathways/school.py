"""What a school's own evidence has taught: shared weights, which activities go together, and how telling each is.

Nothing in it is about a person.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lti_tool.pathways.companions import NO_COMPANIONS, Companions
from lti_tool.pathways.ease import Ease
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters
from lti_tool.pathways.record import Record
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.skill_map import SkillMap


@dataclass(frozen=True, slots=True)
class SchoolModel:
    """Used together, because they were found and tried together."""

    parameters: Parameters = DEFAULT_PARAMETERS
    companions: Companions = NO_COMPANIONS
    slopes: Mapping[str, float] = field(default_factory=dict)
    """How much more than usual (+) or less (-) it matters on an activity what a learner can do."""

    def with_ease(self, ease: Ease) -> ResponseModel:
        """The model that predicts for a class."""
        return ResponseModel(self.parameters, ease, self.companions, self.slopes)

    def ease_of_activities(
        self, record: Record, skill_map: SkillMap, *, learner_id: str, ease: Ease, now: datetime
    ) -> dict[str, float]:
        """By how much each activity is easier (+) or harder (-) for one learner than its skills say (log-odds).

        That is what classmates find, what the learner's latest results on its companions let expect, and whether it
        matters more or less than usual on it what the learner can do. `record` is the learner's, as the model
        `with_ease` keeps it.
        """
        found = {
            activity.id: ease.of_activity(activity.id, without=learner_id)
            for activity in skill_map.activities
        }
        weight, model = self.parameters.activity_ease, self.with_ease(ease)
        if weight <= 0.0:
            return found
        for activity_id in found:
            if activity_id in self.companions.links or activity_id in self.slopes:
                task = skill_map.task(activity_id, self.parameters)
                found[activity_id] += model.said(record, task, now=now) / weight
        return found


AS_SHIPPED = SchoolModel()
