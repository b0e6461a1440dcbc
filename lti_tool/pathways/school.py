"""What a school's own evidence has taught: shared weights, which activities go together, and how telling each is.

Nothing in it is about a person.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lti_tool.pathways.answers import answers_of, task_of
from lti_tool.pathways.companions import NO_COMPANIONS, Companions
from lti_tool.pathways.ease import Ease
from lti_tool.pathways.evidence import Evidence
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
        self, evidence: Iterable[Evidence], skill_map: SkillMap, *, learner_id: str, ease: Ease, now: datetime
    ) -> dict[str, float]:
        """By how much each activity is easier (+) or harder (-) for one learner than its skills say (log-odds).

        That is what classmates find, what the learner's latest results on its companions let expect, and whether it
        matters more or less than usual on it what the learner can do. `evidence` is all of the learner's.
        """
        found = {
            activity.id: ease.of_activity(activity.id, without=learner_id)
            for activity in skill_map.activities
        }
        weight = self.parameters.activity_ease
        if weight <= 0.0 or not (self.companions.links or self.slopes):
            return found
        record, model = Record(), self.with_ease(ease)
        known = [piece for piece in evidence if piece.occurred_at <= now]
        for answer in answers_of(known, skill_map, self.parameters):
            model.add(record, answer)
        for activity in skill_map.activities:
            task = task_of(activity, self.parameters)
            found[activity.id] += model.said(record, task, now=now) / weight
        return found


AS_SHIPPED = SchoolModel()
