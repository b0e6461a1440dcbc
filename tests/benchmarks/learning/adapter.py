"""The shipped learner model behind the benchmark's interface, fed with product objects.

Every item becomes an activity that asks one question, every response a piece of evidence on it. Nothing is set for one
data set or another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Protocol

from lti_tool.pathways.answers import Answer, answer_of
from lti_tool.pathways.content import Activity
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.features import sigmoid
from lti_tool.pathways.fitting import fit
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.record import Record
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.tasks import Task, task_of

START = datetime(2020, 1, 1, tzinfo=UTC)
ONE_QUESTION = 1.0 / DEFAULT_PARAMETERS.answers_per_activity


class Event(Protocol):
    """One response as the benchmark gives it."""

    @property
    def student(self) -> int: ...
    @property
    def item(self) -> int: ...
    @property
    def skills(self) -> tuple[int, ...]: ...
    @property
    def correct(self) -> int: ...
    @property
    def timestamp(self) -> int | None: ...


@dataclass
class Student:
    """What one student has shown so far, and how often each item was met."""

    record: Record = field(default_factory=Record)
    attempts: Counter[int] = field(default_factory=Counter)
    responses: int = 0

    def moment(self, timestamp: int | None) -> datetime:
        """When a response happens: where the source keeps only the order, one second after the other."""
        return START + timedelta(seconds=self.responses if timestamp is None else timestamp)


class LearnerModel:
    """The product's model; before `fit` it is the one that is shipped."""

    def __init__(self) -> None:
        self.model = ResponseModel()
        self._students: dict[int, Student] = {}
        self._tasks: dict[tuple[int, tuple[int, ...]], Task] = {}

    def fit(self, events: Sequence[Event]) -> None:
        """Fit to the responses of the train students."""
        self.model = fit(list(self._answers(events))).model

    def predict(self, student: int, item: int, skills: tuple[int, ...], timestamp: int | None) -> float:
        """The chance that the student's next response is right."""
        of = self._students.setdefault(student, Student())
        logit = self.model.logit(
            of.record, self._task(item, skills), learner_id=None, now=of.moment(timestamp)
        )
        return sigmoid(logit)

    def observe(
        self, student: int, item: int, skills: tuple[int, ...], correct: int, timestamp: int | None
    ) -> None:
        """Take in how it went."""
        of = self._students.setdefault(student, Student())
        self.model.add(of.record, self._answer(student, of, item, skills, correct, timestamp))

    def _answers(self, events: Sequence[Event]) -> Iterable[Answer]:
        for student, own in groupby(events, key=lambda event: event.student):
            of = Student()
            for each in own:
                yield self._answer(student, of, each.item, each.skills, each.correct, each.timestamp)

    def _answer(
        self,
        student: int,
        of: Student,
        item: int,
        skills: tuple[int, ...],
        correct: int,
        timestamp: int | None,
    ) -> Answer:
        of.attempts[item] += 1
        piece = Evidence(
            id=f"{student}-{of.responses}",
            learner_id=str(student),
            activity_id=str(item),
            fraction=float(correct),
            occurred_at=of.moment(timestamp),
            informativeness=ONE_QUESTION,
            attempt=of.attempts[item],
        )
        of.responses += 1
        return answer_of(piece, self._task(item, skills), DEFAULT_PARAMETERS)

    def _task(self, item: int, skills: tuple[int, ...]) -> Task:
        task = self._tasks.get((item, skills))
        if task is None:
            activity = Activity(
                id=str(item), title=str(item), skills={str(skill): 1.0 for skill in skills}, level=2
            )
            task = self._tasks[item, skills] = task_of(activity, DEFAULT_PARAMETERS)
        return task


def make_model() -> LearnerModel:
    """What `kteval.py --adapter tests.benchmarks.learning.adapter:make_model` asks for."""
    return LearnerModel()
