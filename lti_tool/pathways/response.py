"""The response model: the chance that a learner gets a task right, from a running record and shared weights.

One pooled logistic model: the log-odds of success are a sum of weights times features (`features.py`). It knows one
learner through a `Record`, the class through `Ease`, and the school through `Parameters`.
"""

from datetime import datetime
from operator import mul

from lti_tool.pathways.answers import Answer, Task
from lti_tool.pathways.ease import AS_USUAL, Ease
from lti_tool.pathways.features import features
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, WEIGHTS, Parameters
from lti_tool.pathways.record import Record


class ResponseModel:
    """Weights and ease, ready to be asked about one learner after another."""

    def __init__(self, parameters: Parameters = DEFAULT_PARAMETERS, ease: Ease = AS_USUAL) -> None:
        self.parameters = parameters
        self.ease = ease
        self._weights = [float(getattr(parameters, name)) for name in WEIGHTS]

    def logit(self, record: Record, task: Task, *, learner_id: str | None, now: datetime) -> float:
        """Log-odds of success on the task at `now`; the ease of things is read without the learner's own answers."""
        seen = features(
            record,
            task,
            activity_ease=self.ease.of_activity(task.activity_id, without=learner_id),
            skill_ease=self.ease.of_skills(task, without=learner_id),
            companions=0.0,
            now=now,
        )
        return float(sum(map(mul, self._weights, seen)))

    def add(self, record: Record, answer: Answer) -> None:
        """Takes one answer into the record of its learner."""
        task, learner_id = answer.task, answer.learner_id
        record.add(
            answer,
            self.parameters.usual
            + task.ease
            + self.ease.of_activity(task.activity_id, without=learner_id)
            + self.ease.of_skills(task, without=learner_id),
        )
