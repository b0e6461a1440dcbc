"""How easy a class finds each activity and skill, beyond what the learners who answered would make of any other.

Both are random effects: they start at "as usual" and move as far as the answers carry them, by maximum a posteriori.
For a learner they are always read without that learner's own answers: with them, a score would help to predict itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.tasks import Task

Array = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]

_Number = TypeVar("_Number", float, Array)

SWEEPS = 4
"""Rounds between the two kinds of effects; later ones change nothing that could be seen."""
LARGEST_STEP = 1.0
CAREFUL = 0.7
"""Skills of one answer pull together, so each goes a little less than its own way."""


@dataclass(frozen=True, slots=True)
class Pull:
    """What answers say of one effect: `slope` towards easier (+) or harder (-), and `weight`, how much they say."""

    slope: float
    weight: float


@dataclass(frozen=True, slots=True)
class Effect:
    """The ease of one activity or skill, with what all answers, and each learner's own, say of it."""

    value: float
    precision: float
    everyone: Pull
    by_learner: Mapping[str, Pull]

    def without(self, learner_id: str | None) -> float:
        """The ease as the others see it: one Newton step away from the answers of the learner left out."""
        own = None if learner_id is None else self.by_learner.get(learner_id)
        if own is None:
            return self.value
        others_slope, others_weight = self.everyone.slope - own.slope, self.everyone.weight - own.weight
        return _newton(self.value, others_slope, others_weight, self.precision)


@dataclass(frozen=True, slots=True)
class Ease:
    """How easy activities and skills are (log-odds, 0 is usual); what was never answered is as usual."""

    activities: Mapping[str, Effect] = field(default_factory=dict)
    skills: Mapping[str, Effect] = field(default_factory=dict)

    def of_activity(self, activity_id: str, *, without: str | None = None) -> float:
        """By how much others find the activity easier (+) or harder (-) than its skills and its author's level say."""
        effect = self.activities.get(activity_id)
        return 0.0 if effect is None else effect.without(without)

    def of_skill(self, skill_id: str, *, without: str | None = None) -> float:
        """By how much others find the skill easier (+) or harder (-) than the course."""
        effect = self.skills.get(skill_id)
        return 0.0 if effect is None else effect.without(without)

    def of_skills(self, task: Task, *, without: str | None = None) -> float:
        """The mean ease of a task's skills."""
        if not self.skills:
            return 0.0
        return sum(part * self.of_skill(skill_id, without=without) for skill_id, part, _ in task.skills)


AS_USUAL = Ease()


@dataclass(slots=True)
class _Kind:
    """One kind of effect while it is being found: who answered what, as places in arrays.

    An entry is one answer's part in one effect; an answer on two skills has two. `pairs` are the (learner, effect) pairs.
    """

    names: list[str]
    rows: Places
    effects: Places
    parts: Array
    pair_of_entry: Places
    pairs: list[tuple[str, int]]
    precision: float
    values: Array

    @classmethod
    def of(cls, entries: Iterable[tuple[int, str, str, float]], spread: float) -> "_Kind":
        """From (row, learner, name, part)."""
        names: dict[str, int] = {}
        pairs: dict[tuple[str, int], int] = {}
        rows, effects, parts, pair_of_entry = [], [], [], []
        for row, learner_id, name, part in entries:
            effect = names.setdefault(name, len(names))
            rows.append(row)
            effects.append(effect)
            parts.append(part)
            pair_of_entry.append(pairs.setdefault((learner_id, effect), len(pairs)))
        return cls(
            names=list(names),
            rows=np.array(rows, dtype=np.intp),
            effects=np.array(effects, dtype=np.intp),
            parts=np.array(parts, dtype=np.float64),
            pair_of_entry=np.array(pair_of_entry, dtype=np.intp),
            pairs=list(pairs),
            precision=spread**-2,
            values=np.zeros(len(names)),
        )

    def per_row(self, values: Array, rows: int) -> Array:
        """Sum of the entries' values in each answer."""
        return sums(self.rows, values * self.parts, rows)

    def pulls(self, residuals: Array, information: Array, places: Places, count: int) -> tuple[Array, Array]:
        """Slope and weight per effect or per pair, whichever `places` name."""
        slope = sums(places, residuals[self.rows] * self.parts, count)
        return slope, sums(places, information[self.rows] * self.parts**2, count)

    def improve(self, residuals: Array, information: Array, *, share: float) -> None:
        """One Newton step of every effect."""
        slope, weight = self.pulls(residuals, information, self.effects, len(self.names))
        step = _newton(self.values, slope, weight, self.precision) - self.values
        self.values = self.values + share * np.clip(step, -LARGEST_STEP, LARGEST_STEP)

    def left_out(self, residuals: Array, information: Array) -> Array:
        """Each entry's effect as the other learners see it."""
        slope, weight = self.pulls(residuals, information, self.effects, len(self.names))
        own_slope, own_weight = self.pulls(residuals, information, self.pair_of_entry, len(self.pairs))
        of_pair = np.array([effect for _, effect in self.pairs], dtype=np.intp)
        values = self.values[of_pair]
        others = _newton(values, slope[of_pair] - own_slope, weight[of_pair] - own_weight, self.precision)
        return np.asarray(others[self.pair_of_entry])

    def found(self, residuals: Array, information: Array) -> dict[str, Effect]:
        """The effects as values."""
        slope, weight = self.pulls(residuals, information, self.effects, len(self.names))
        own_slope, own_weight = self.pulls(residuals, information, self.pair_of_entry, len(self.pairs))
        own: list[dict[str, Pull]] = [{} for _ in self.names]
        for number, (learner_id, effect) in enumerate(self.pairs):
            own[effect][learner_id] = Pull(float(own_slope[number]), float(own_weight[number]))
        return {
            name: Effect(
                value=float(self.values[number]),
                precision=self.precision,
                everyone=Pull(float(slope[number]), float(weight[number])),
                by_learner=own[number],
            )
            for number, name in enumerate(self.names)
        }


class EaseSearch:
    """Finds the ease of all activities and skills behind a list of answers.

    `improve` takes what the answers would be expected to be without any ease (log-odds, one for each answer) and can be
    called again with better expectations; each time it goes on from where it was.
    """

    def __init__(self, answers: Sequence[Answer], *, activity_spread: float, skill_spread: float) -> None:
        self._fractions = np.array([answer.fraction for answer in answers])
        self._worths = np.array([answer.worth for answer in answers])
        self._activities = _Kind.of(
            ((row, a.learner_id, a.task.activity_id, 1.0) for row, a in enumerate(answers)), activity_spread
        )
        self._skills = _Kind.of(
            (
                (row, a.learner_id, skill_id, part)
                for row, a in enumerate(answers)
                for skill_id, part, _ in a.task.skills
            ),
            skill_spread,
        )
        self._expected: Array = np.zeros(len(answers))

    def improve(self, expected: Array) -> None:
        """Moves every ease to where it explains best what the expectation leaves open."""
        self._expected = expected
        for _ in range(SWEEPS):
            for kind, share in ((self._skills, CAREFUL), (self._activities, 1.0)):
                for _ in range(2):
                    kind.improve(*self._open(), share=share)

    def left_out(self) -> tuple[Array, Array]:
        """For each answer the ease of its activity and of its skills, without the answers of the same learner."""
        residuals, information = self._open()
        rows = len(self._fractions)
        return (
            self._activities.per_row(self._activities.left_out(residuals, information), rows),
            self._skills.per_row(self._skills.left_out(residuals, information), rows),
        )

    def found(self) -> Ease:
        """What was found, by name."""
        residuals, information = self._open()
        return Ease(
            self._activities.found(residuals, information), self._skills.found(residuals, information)
        )

    def _open(self) -> tuple[Array, Array]:
        """Residual and information of every answer at the ease found so far."""
        rows = len(self._fractions)
        logits = self._expected + self._activities.per_row(
            self._activities.values[self._activities.effects], rows
        )
        logits = logits + self._skills.per_row(self._skills.values[self._skills.effects], rows)
        p = 1.0 / (1.0 + np.exp(-logits))
        return self._worths * (self._fractions - p), self._worths * p * (1.0 - p)


def numbered(ids: Iterable[str]) -> tuple[list[str], Places]:
    """The different ids in the order in which they come up, and the number of each."""
    numbers: dict[str, int] = {}
    places = np.array([numbers.setdefault(each, len(numbers)) for each in ids], dtype=np.intp)
    return list(numbers), places


def _newton(value: _Number, slope: _Number, weight: _Number, precision: float) -> _Number:
    """Where an effect goes in one Newton step under these answers and its pull towards "as usual"."""
    return value + (slope - precision * value) / (weight + precision)


def sums(places: Places, values: Array, count: int) -> Array:
    """The sum of the values at each place."""
    return np.bincount(places, values, count).astype(np.float64)
