"""What a school's own evidence has taught: shared weights, and which activities go together. Nothing in it is about a person."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lti_tool.pathways.answers import answers_of
from lti_tool.pathways.companions import NO_COMPANIONS, Companions
from lti_tool.pathways.ease import Ease
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters
from lti_tool.pathways.record import Record
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.skill_map import SkillMap


@dataclass(frozen=True, slots=True)
class SchoolModel:
    """Weights and companions that are used together, because they were found and tried together."""

    parameters: Parameters = DEFAULT_PARAMETERS
    companions: Companions = NO_COMPANIONS

    def with_ease(self, ease: Ease) -> ResponseModel:
        """The model that predicts for a class."""
        return ResponseModel(self.parameters, ease, self.companions)

    def ease_of_activities(
        self, evidence: Iterable[Evidence], skill_map: SkillMap, *, learner_id: str, ease: Ease, now: datetime
    ) -> dict[str, float]:
        """By how much each activity is easier (+) or harder (-) for one learner than its skills say (log-odds).

        That is what classmates find, and what the learner's latest results on its companions let expect. `evidence` is
        all of the learner's.
        """
        record, model = Record(), self.with_ease(ease)
        if self._share_of_companions:
            known = [piece for piece in evidence if piece.occurred_at <= now]
            for answer in answers_of(known, skill_map, self.parameters):
                model.add(record, answer)
        return {
            activity.id: ease.of_activity(activity.id, without=learner_id)
            + self._share_of_companions * self.companions.say(activity.id, record.surprises)
            for activity in skill_map.activities
        }

    @property
    def _share_of_companions(self) -> float:
        """What companions say, in the unit of ease: predictions weigh both together."""
        parameters = self.parameters
        if not self.companions.links or parameters.activity_ease <= 0.0:
            return 0.0
        return parameters.companions / parameters.activity_ease


AS_SHIPPED = SchoolModel()
