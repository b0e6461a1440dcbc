"""The response model: the chance that a learner gets a task right, from a running record and shared weights.

One pooled logistic model: the log-odds of success are a sum of weights times features (`features.py`). It knows one
learner through a `Record`, the class through `Ease`, and the school through `Parameters`.
"""

from collections.abc import Mapping
from datetime import datetime
from operator import mul
from types import MappingProxyType

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.companions import NO_COMPANIONS, Companions
from lti_tool.pathways.ease import AS_USUAL, Ease
from lti_tool.pathways.features import features, sigmoid
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, OF_LEARNER, SEEN, Parameters
from lti_tool.pathways.record import Record
from lti_tool.pathways.tasks import Task

NO_SLOPES: Mapping[str, float] = MappingProxyType({})


class ResponseModel:
    """Weights, ease, companions and slopes, ready to be asked about one learner after another."""

    def __init__(
        self,
        parameters: Parameters = DEFAULT_PARAMETERS,
        ease: Ease = AS_USUAL,
        companions: Companions = NO_COMPANIONS,
        slopes: Mapping[str, float] = NO_SLOPES,
    ) -> None:
        self.parameters = parameters
        self.ease = ease
        self.companions = companions
        self.slopes = slopes
        self._weights = [float(getattr(parameters, name)) for name in SEEN]

    def logit(self, record: Record, task: Task, *, learner_id: str | None, now: datetime) -> float:
        """Log-odds of success on the task at `now`; the ease of things is read without the learner's own answers."""
        seen = self._seen(record, task, self._ease(task, learner_id), now)
        return float(sum(seen)) + self._said(record, task, seen)

    def said(self, record: Record, task: Task, *, now: datetime) -> float:
        """How much of the log-odds comes from what was found about this very activity, apart from its ease."""
        seen = self._seen(record, task, (0.0, 0.0), now) if task.activity_id in self.slopes else []
        return self._said(record, task, seen)

    def add(self, record: Record, answer: Answer) -> None:
        """Takes one answer into the record of its learner."""
        task = answer.task
        ease = self._ease(task, answer.learner_id)
        if self.companions.links:
            expected = sigmoid(float(sum(self._seen(record, task, ease, answer.at))))
            record.surprises.appendleft((task.activity_id, answer.fraction - expected))
        record.add(answer, self.parameters.usual + task.ease + sum(ease))

    def _ease(self, task: Task, learner_id: str | None) -> tuple[float, float]:
        """The ease of the activity and of its skills, without the learner's own answers."""
        return (
            self.ease.of_activity(task.activity_id, without=learner_id),
            self.ease.of_skills(task, without=learner_id),
        )

    def _seen(self, record: Record, task: Task, ease: tuple[float, float], now: datetime) -> list[float]:
        """What each weight adds to the log-odds."""
        seen = features(record, task, activity_ease=ease[0], skill_ease=ease[1], now=now)
        return list(map(mul, self._weights, seen))

    def _said(self, record: Record, task: Task, seen: list[float]) -> float:
        parameters = self.parameters
        said = parameters.companions * self.companions.say(task.activity_id, record.surprises)
        slope = self.slopes.get(task.activity_id)
        if slope is not None:
            steeper = max(parameters.telling * slope, -1.0)  # who can do more is never less likely to succeed
            said += steeper * (sum(seen[OF_LEARNER]) - parameters.ability)
        return said
