"""What a gradebook does without a model: an average of each skill in which the latest scores count most."""

from __future__ import annotations

from collections.abc import Iterable

KEPT = 0.8
START = 0.5


class DecayingAverage:
    """The day-zero competitor: nothing to fit; a skill not seen yet has the average of the whole course."""

    def __init__(self) -> None:
        self._course: dict[int, float] = {}
        self._skills: dict[tuple[int, int], float] = {}

    def fit(self, events: Iterable[object]) -> None:
        """There is nothing to fit."""

    def predict(self, student: int, item: int, skills: tuple[int, ...], timestamp: int | None) -> float:
        """The mean of the skills' averages."""
        course = self._course.get(student, START)
        return sum(self._skills.get((student, skill), course) for skill in skills) / len(skills)

    def observe(
        self, student: int, item: int, skills: tuple[int, ...], correct: int, timestamp: int | None
    ) -> None:
        """Move every average towards the result."""
        course = self._course.get(student, START)
        for skill in skills:
            average = self._skills.get((student, skill), course)
            self._skills[student, skill] = KEPT * average + (1.0 - KEPT) * correct
        self._course[student] = KEPT * course + (1.0 - KEPT) * correct
