"""The response model: the chance that a learner gets a task right, from a running record and shared weights.

One pooled logistic model: the log-odds of success are a sum of weights times features (`features.py`). It knows one
learner through a `Record`, the class through `Ease`, and the school through `Parameters`.
"""

from datetime import datetime
from operator import mul

from lti_tool.pathways.answers import Answer, Task
from lti_tool.pathways.companions import NO_COMPANIONS, Companions
from lti_tool.pathways.ease import AS_USUAL, Ease
from lti_tool.pathways.features import features, sigmoid
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, WEIGHTS, Parameters
from lti_tool.pathways.record import Record


class ResponseModel:
    """Weights, ease and companions, ready to be asked about one learner after another."""

    def __init__(
        self,
        parameters: Parameters = DEFAULT_PARAMETERS,
        ease: Ease = AS_USUAL,
        companions: Companions = NO_COMPANIONS,
    ) -> None:
        self.parameters = parameters
        self.ease = ease
        self.companions = companions
        self._weights = [float(getattr(parameters, name)) for name in WEIGHTS]

    def logit(self, record: Record, task: Task, *, learner_id: str | None, now: datetime) -> float:
        """Log-odds of success on the task at `now`; the ease of things is read without the learner's own answers."""
        said = self.companions.say(task.activity_id, record.surprises)
        return self._logit(record, task, self._ease(task, learner_id), said, now)

    def add(self, record: Record, answer: Answer) -> None:
        """Takes one answer into the record of its learner."""
        task = answer.task
        ease = self._ease(task, answer.learner_id)
        if self.companions.links:
            expected = sigmoid(self._logit(record, task, ease, 0.0, answer.at))
            record.surprises.appendleft((task.activity_id, answer.fraction - expected))
        record.add(answer, self.parameters.usual + task.ease + sum(ease))

    def _ease(self, task: Task, learner_id: str | None) -> tuple[float, float]:
        """The ease of the activity and of its skills, without the learner's own answers."""
        return (
            self.ease.of_activity(task.activity_id, without=learner_id),
            self.ease.of_skills(task, without=learner_id),
        )

    def _logit(
        self, record: Record, task: Task, ease: tuple[float, float], said: float, now: datetime
    ) -> float:
        seen = features(record, task, activity_ease=ease[0], skill_ease=ease[1], companions=said, now=now)
        return float(sum(map(mul, self._weights, seen)))
