"""Bayesian knowledge tracing, the competitor that stops at a chance of 0.95: does a student know a skill or not?

Corbett & Anderson 1995: a hidden state that is learnt with some chance at each answer, and answers that guess and slip.
Each skill takes the likeliest of a grid of values that the literature calls plausible (guess and slip below one half).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

KNOWN_AT_FIRST = (0.1, 0.3, 0.5, 0.7, 0.9)
LEARNT = (0.02, 0.05, 0.1, 0.2, 0.3)
GUESSED = (0.1, 0.2, 0.3, 0.4)
SLIPPED = (0.05, 0.1, 0.2, 0.3)
GRID: Array = np.array(list(product(KNOWN_AT_FIRST, LEARNT, GUESSED, SLIPPED))).T
UNSEEN = (0.3, 0.1, 0.2, 0.1)
"""For a skill that nobody answered."""
MASTERED = 0.95


class KnowledgeTracing:
    """The chance that a student knows each skill; from 0.95 on, the skill is called mastered."""

    def __init__(self) -> None:
        self._values: dict[int, tuple[float, ...]] = {}
        self._known: dict[tuple[int, int], float] = {}

    def fit(self, events: Iterable[Any]) -> None:
        """The likeliest values of each skill; a response on several skills counts for each."""
        histories: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for event in events:
            for skill in event.skills:
                histories[skill][event.student].append(event.correct)
        for skill, by_student in histories.items():
            likely = np.zeros(GRID.shape[1])
            for answers in by_student.values():
                known = GRID[0]
                for correct in answers:
                    chance, known = _traced(known, correct, GRID[1], GRID[2], GRID[3])
                    likely += np.log(chance)
            self._values[skill] = tuple(GRID[:, int(likely.argmax())].tolist())

    def observe(self, student: int, item: int, skills: tuple[int, ...], correct: int, at: int | None) -> None:
        """Takes in one response."""
        for skill in skills:
            first, *others = self._values.get(skill, UNSEEN)
            _, known = _traced(np.array(self._known.get((student, skill), first)), correct, *others)
            self._known[student, skill] = float(known)

    def secure(self, student: int, skill: int) -> bool:
        """Whether the skill counts as mastered now."""
        return self._known.get((student, skill), 0.0) >= MASTERED


def _traced(
    known: Array, correct: int, learnt: Array | float, guessed: Array | float, slipped: Array | float
) -> tuple[Array, Array]:
    """The chance of this response, and the chance to know the skill after it."""
    if_known, if_not = (1.0 - slipped, guessed) if correct else (slipped, 1.0 - guessed)
    chance = known * if_known + (1.0 - known) * if_not
    after = known * if_known / chance
    return chance, after + (1.0 - after) * learnt
