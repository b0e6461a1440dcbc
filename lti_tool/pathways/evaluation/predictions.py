"""What the model expected of each score, rebuilt in order from what was known before it and never from later data.

For each score the model knows the learner's own earlier scores, the ease that the class's earlier scores show, and the
weights that were in use by then. Scores of the same moment, such as those of one reading of a gradebook, do not help to
predict each other. To keep this quick, ease is found anew only when there is twice as much evidence as the last
time: the model in daily use, which reads all of it, knows a little more than is granted here.

Beside it stand two plain ways to predict that any teacher could use: the student's own average in which older scores
fade, and the average of the course so far.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.ease import AS_USUAL
from lti_tool.pathways.features import sigmoid
from lti_tool.pathways.fitting import ease_for
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters
from lti_tool.pathways.record import Record
from lti_tool.pathways.response import ResponseModel

FIRST_EASE = 20
"""From so many scores on, the class says something about the ease of things."""
GROWTH = 2.0
FADING = 0.8
"""What each newer score of a student leaves of an older one's part in the average."""
STUDENT_START = 1.0
"""A student's average starts from the course's, which counts as one score."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One score and what was expected of it: by the model, by the student's own average, by the course's."""

    learner_id: str
    observed: float
    expected: float
    by_student: float
    by_course: float


@dataclass(frozen=True, slots=True)
class InUse:
    """The weights in use from a moment on."""

    since: datetime
    parameters: Parameters


def predict_in_order(answers: Iterable[Answer], weights: Sequence[InUse] = ()) -> list[Prediction]:
    """Every score with what was expected of it, by time; `weights` rise in time, the shipped ones come before them."""
    in_order = sorted(answers, key=lambda a: (a.at, a.learner_id, a.task.activity_id, a.fraction))
    model, past = _Model(), _Averages()
    found: list[Prediction] = []
    for moment, group in groupby(in_order, key=lambda answer: answer.at):
        together = list(group)
        model.look_again(in_order[: len(found)], _weights_at(weights, moment))
        found += [_prediction(model, past, answer) for answer in together]
        for answer in together:
            model.add(answer)
            past.add(answer)
    return found


def _prediction(model: "_Model", past: "_Averages", answer: Answer) -> Prediction:
    return Prediction(
        learner_id=answer.learner_id,
        observed=answer.fraction,
        expected=model.expected(answer),
        by_student=past.of_student(answer.learner_id),
        by_course=past.of_course,
    )


def _weights_at(weights: Sequence[InUse], moment: datetime) -> Parameters:
    earlier = [each.parameters for each in weights if each.since < moment]
    return earlier[-1] if earlier else DEFAULT_PARAMETERS


class _Model:
    """The response model as it stood, with everybody's record."""

    def __init__(self) -> None:
        self._model = ResponseModel()
        self._records: dict[str, Record] = defaultdict(Record)
        self._next_look = FIRST_EASE

    def look_again(self, past: Sequence[Answer], parameters: Parameters) -> None:
        """Find ease anew where it is time, or other weights came into use; records follow from both."""
        if len(past) < self._next_look and parameters == self._model.parameters:
            return
        enough = len(past) >= FIRST_EASE
        self._model = ResponseModel(parameters, ease_for(past, parameters) if enough else AS_USUAL)
        if enough:
            self._next_look = int(len(past) * GROWTH) + 1
        self._records.clear()
        for answer in past:
            self.add(answer)

    def expected(self, answer: Answer) -> float:
        record = self._records[answer.learner_id]
        return sigmoid(self._model.logit(record, answer.task, learner_id=answer.learner_id, now=answer.at))

    def add(self, answer: Answer) -> None:
        self._model.add(self._records[answer.learner_id], answer)


class _Averages:
    """The two plain ways. The course's average starts at one half, which counts as two scores."""

    def __init__(self) -> None:
        self._right, self._scores = 1.0, 2.0
        self._own: dict[str, tuple[float, float]] = {}

    @property
    def of_course(self) -> float:
        return self._right / self._scores

    def of_student(self, learner_id: str) -> float:
        total, weight = self._own.get(learner_id, (0.0, 0.0))
        return (total + STUDENT_START * self.of_course) / (weight + STUDENT_START)

    def add(self, answer: Answer) -> None:
        self._right += answer.fraction
        self._scores += 1.0
        total, weight = self._own.get(answer.learner_id, (0.0, 0.0))
        self._own[answer.learner_id] = (FADING * total + answer.fraction, FADING * weight + 1.0)
