"""Mastery decisions: how often a word that is given, or held back, is contradicted by what the student does next.

An assessment is five responses of the student on the skill in a row. *False Secure*: of the skills called Secure, those
that went under 60 % in the five responses after the word first came. *False hold*: of the assessments passed with 80 % or
more, those before which the word had never been given. *Responses until Secure*: the median over students and skills that
got the word. Skills with fewer than five responses after the word cannot contradict it and are left out of its rate.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Any, Protocol

from lti_tool.pathways.levels import History
from lti_tool.pathways.mastery import DEFAULT_THRESHOLD, lower_bound
from lti_tool.pathways.response import ResponseModel
from tests.benchmarks.learning.adapter import LearnerModel, Student
from tests.benchmarks.learning.decaying import DecayingAverage
from tests.benchmarks.learning.tracing import KnowledgeTracing

ASSESSMENT = 5
FAILED_BELOW = 0.6
PASSED_FROM = 0.8
IN_A_ROW = 3
AVERAGE_FROM = 0.8
FIGURES = {
    "false_secure": "False Secure",
    "false_hold": "False hold",
    "evidence": "Responses until Secure",
    "called": "Student-skills called Secure",
}


class Rule(Protocol):
    """Something that calls skills Secure."""

    def observe(
        self, student: int, item: int, skills: tuple[int, ...], correct: int, at: int | None
    ) -> None: ...
    def secure(self, student: int, skill: int) -> bool: ...


class ThreeInARow:
    """Three right answers in a row."""

    def __init__(self) -> None:
        self._row: Counter[tuple[int, int]] = Counter()

    def observe(self, student: int, item: int, skills: tuple[int, ...], correct: int, at: int | None) -> None:
        for skill in skills:
            self._row[student, skill] = self._row[student, skill] + 1 if correct else 0

    def secure(self, student: int, skill: int) -> bool:
        return self._row[student, skill] >= IN_A_ROW


class Average(DecayingAverage):
    """The decaying average of the skill is good, on as many answers as the word Secure asks for."""

    def __init__(self) -> None:
        super().__init__()
        self._answers: Counter[tuple[int, int]] = Counter()

    def observe(self, student: int, item: int, skills: tuple[int, ...], correct: int, at: int | None) -> None:
        super().observe(student, item, skills, correct, at)
        self._answers.update((student, skill) for skill in skills)

    def secure(self, student: int, skill: int) -> bool:
        return (
            self._answers[student, skill] >= IN_A_ROW
            and self.predict(student, 0, (skill,), None) >= AVERAGE_FROM
        )


class Secure(LearnerModel):
    """The product's rule: the lower bound of the estimate. With the shipped weights it is the word on screen."""

    def __init__(self, model: ResponseModel) -> None:
        super().__init__()
        self.model = model
        self._histories: defaultdict[tuple[int, int], History] = defaultdict(History)

    def observe(self, student: int, item: int, skills: tuple[int, ...], correct: int, at: int | None) -> None:
        """Takes in the response and judges its skills, as a course does when a score comes in."""
        of = self._students.setdefault(student, Student())
        moment = of.moment(at)
        super().observe(student, item, skills, correct, at)
        for skill in skills:
            name = str(skill)
            self._histories[student, skill].add(
                activity_id=str(item),
                fraction=float(correct),
                at=moment,
                count=of.record.skills[name].scores,
                lower=partial(lower_bound, self.model, of.record, name, moment),
                threshold=DEFAULT_THRESHOLD,
            )

    def secure(self, student: int, skill: int) -> bool:
        """Whether the word has been given; what was earned is kept."""
        return self._histories[student, skill].secure_since is not None


def rules(train: Sequence[Any], fitted: ResponseModel) -> dict[str, Rule]:
    """All rules, those with something to fit on the train students."""
    tracing = KnowledgeTracing()
    tracing.fit(train)
    return {
        "**Secure, as shipped**": Secure(ResponseModel()),
        "**Secure, fitted estimate**": Secure(fitted),
        "3 in a row": ThreeInARow(),
        "decaying average from .80": Average(),
        "BKT from .95": tracing,
    }


def decided(rule: Rule, events: Iterable[Any]) -> Mapping[str, float]:
    """The figures of one rule on responses in order, student by student."""
    histories: defaultdict[tuple[int, int], list[tuple[int, bool]]] = defaultdict(list)
    for event in events:
        rule.observe(event.student, event.item, event.skills, event.correct, event.timestamp)
        for skill in event.skills:
            histories[event.student, skill].append((event.correct, rule.secure(event.student, skill)))
    called, contradicted, passed, held, needed = 0, 0, 0, 0, []
    for history in histories.values():
        answers = [correct for correct, _ in history]
        first = next((place for place, (_, secure) in enumerate(history, 1) if secure), None)
        if first is not None:
            needed.append(first)
        if first is not None and first + ASSESSMENT <= len(answers):
            called += 1
            contradicted += _share(answers, first) < FAILED_BELOW
        for place in range(ASSESSMENT, len(answers) - ASSESSMENT + 1, ASSESSMENT):
            if _share(answers, place) >= PASSED_FROM:
                passed += 1
                held += first is None or first > place
    return {
        "false_secure": contradicted / max(called, 1),
        "false_hold": held / max(passed, 1),
        "evidence": median(needed) if needed else math.nan,
        "called": len(needed) / max(len(histories), 1),
    }


def _share(answers: Sequence[int], start: int) -> float:
    """The share of right answers in the assessment from here on."""
    return sum(answers[start : start + ASSESSMENT]) / ASSESSMENT
