"""Finding where a learner stands on the map with few questions.

What a learner may know is a *knowledge state*: a set of skills that holds the hard prerequisites of all its members
(Doignon & Falmagne 1985, Spaces for the assessment of knowledge). A belief is a sample of such states, each with a
weight; an answer makes the states likelier under which it was to be expected, so one right answer on a late skill speaks
for everything before it. The next question is the one after which least is expected to be left open.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from lti_tool.pathways.checks import Check
from lti_tool.pathways.content import PrerequisiteKind
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.questions import ChoiceQuestion, ChoicesQuestion, OrderQuestion, Question
from lti_tool.pathways.skill_map import SkillMap

MOST_QUESTIONS = 15
STATES = 2000
SLIP = 0.10
"""How often somebody who knows all that a question asks gets it wrong all the same."""
BY_CHANCE = 0.05
"""How often somebody who does not know it gets a question right that has no options to choose from."""
SURE = 0.90
"""From this chance on a skill counts as known, and from the rest on as not known."""
LEAST_GAIN = 0.04
"""A question that is expected to settle fewer bits than this, over all skills, is not worth asking."""
WORTH_ANOTHER_TURN = 0.6
"""Another skill takes its turn when its best question tells at least this share of what the same skill's would."""
STEEPNESS = 8.0
"""How sharply, before any answer, knowing ends at the point of the map that a learner has come to."""


class Standing(StrEnum):
    """What the questions say of a skill."""

    KNOWN = "known"
    NOT_YET = "not_yet"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class DiagnosticQuestion:
    """A question of a check, with the skills that it needs and the chance to guess it."""

    activity_id: str
    question_id: str
    skills: tuple[str, ...]
    guess: float


@dataclass(frozen=True, slots=True)
class Belief:
    """What the learner may know: `known[i, k]` says whether state i holds skill k, `weights[i]` how likely it is."""

    skills: tuple[str, ...]
    needed: NDArray[np.bool_]
    known: NDArray[np.bool_]
    weights: NDArray[np.float64]

    def chances(self) -> dict[str, float]:
        """By skill, the chance that the learner knows it."""
        return dict(zip(self.skills, (float(chance) for chance in self.weights @ self.known), strict=True))

    def standings(self) -> dict[str, Standing]:
        """By skill, what can be said of it by now."""
        return {skill_id: _standing(chance) for skill_id, chance in self.chances().items()}

    def after(self, question: DiagnosticQuestion, fraction: float) -> Belief:
        """The belief after an answer of which this fraction (0..1) was right."""
        right = self._right(question)
        weights = self.weights * right**fraction * (1.0 - right) ** (1.0 - fraction)
        return Belief(self.skills, self.needed, self.known, weights / weights.sum())

    def gain(self, question: DiagnosticQuestion) -> float:
        """How many bits of what is open about the needed skills the answer is expected to settle."""
        right = self._right(question)
        chance = float(self.weights @ right)
        left = chance * self.after(question, 1.0).open_bits()
        left += (1.0 - chance) * self.after(question, 0.0).open_bits()
        return self.open_bits() - left

    def open_bits(self) -> float:
        """What is open about the needed skills: the sum of their entropies, in bits."""
        chances = np.clip((self.weights @ self.known)[self.needed], 1e-12, 1.0 - 1e-12)
        entropies = chances * np.log2(chances) + (1.0 - chances) * np.log2(1.0 - chances)
        return -float(entropies.sum())

    def _right(self, question: DiagnosticQuestion) -> NDArray[np.float64]:
        """By state, the chance of a right answer: who misses one of its skills can only guess."""
        columns = [self.skills.index(skill_id) for skill_id in question.skills]
        can = self.known[:, columns].all(axis=1)
        return np.where(can, 1.0 - SLIP, question.guess)


def first_belief(
    skill_map: SkillMap, rng: np.random.Generator, estimates: Mapping[str, MasteryEstimate] | None = None
) -> Belief:
    """What is believed before the first question.

    Every learner is taken to have come somewhere between before the first and past the last layer of the map, all places
    alike; scores that are there already (`estimates`) count as far as they go. The states come from `rng` alone, so the
    same seed gives the same questions to the same answers.
    """
    skills = tuple(skill_id for layer in skill_map.layers() for skill_id in layer)
    place = {skill_id: index for index, skill_id in enumerate(skills)}
    deepest = max(len(skill_map.layers()) - 1, 1)
    depth = {s: layer / deepest for layer, ids in enumerate(skill_map.layers()) for s in ids}
    come_to = rng.uniform(-0.25, 1.25, STATES)
    known = np.zeros((STATES, len(skills)), dtype=np.bool_)
    for skill_id in skills:
        chance = 1.0 / (1.0 + np.exp(-STEEPNESS * (come_to - depth[skill_id])))
        known[:, place[skill_id]] = rng.uniform(size=STATES) < chance
        for edge in skill_map.prerequisites_of(skill_id):
            if edge.kind is PrerequisiteKind.HARD:
                known[:, place[skill_id]] &= known[:, place[edge.before]]
    known[0], known[1] = False, True  # nobody is ruled out who knows nothing yet, or everything
    weights = np.full(STATES, 1.0 / STATES)
    for skill_id, estimate in (estimates or {}).items():
        if estimate.evidence_count:
            weights *= np.where(known[:, place[skill_id]], estimate.probability, 1.0 - estimate.probability)
    needed = np.array([skill_id in skill_map.needed for skill_id in skills])
    return Belief(skills, needed, known, weights / weights.sum())


def diagnostic_questions(skill_map: SkillMap, checks: Mapping[str, Check]) -> tuple[DiagnosticQuestion, ...]:
    """All questions of the checks that ask for skills on which the goals rest, in the order of the map."""
    return tuple(
        DiagnosticQuestion(activity.id, question.id, tuple(activity.skills), guess_of(question))
        for activity in skill_map.activities
        if activity.id in checks and not skill_map.needed.isdisjoint(activity.skills)
        for question in checks[activity.id].questions
    )


def next_question(
    belief: Belief, questions: Iterable[DiagnosticQuestion], asked: Sequence[DiagnosticQuestion]
) -> DiagnosticQuestion | None:
    """The question that is expected to settle most, or None when it is time to stop.

    That is after MOST_QUESTIONS, when every needed skill is known or not known with SURE certainty, and when no question
    that is left would settle anything. The skills of the last question wait when others tell nearly as much.
    """
    if len(asked) >= MOST_QUESTIONS or settled(belief):
        return None
    left = [question for question in questions if question not in asked]
    gains: dict[tuple[tuple[str, ...], float], float] = {}
    for question in left:
        alike = (question.skills, question.guess)
        if alike not in gains:
            gains[alike] = belief.gain(question)
    best = _best(left, gains)
    if best is None or gains[best.skills, best.guess] < LEAST_GAIN:
        return None
    if asked and best.skills == asked[-1].skills:
        other = _best([question for question in left if question.skills != best.skills], gains)
        enough = WORTH_ANOTHER_TURN * gains[best.skills, best.guess]
        if other is not None and gains[other.skills, other.guess] >= enough:
            return other
    return best


def settled(belief: Belief) -> bool:
    """Whether nothing about the needed skills is open."""
    chances = (belief.weights @ belief.known)[belief.needed]
    return bool(np.all((chances >= SURE) | (chances <= 1.0 - SURE)))


def guess_of(question: Question) -> float:
    """The chance to get a question right without knowing how."""
    match question:
        case ChoiceQuestion():
            return 1.0 / len(question.options)
        case ChoicesQuestion():
            return 1.0 / (2.0 ** len(question.options) - 1.0)
        case OrderQuestion():
            return 1.0 / math.factorial(len(question.items))
        case _:
            return BY_CHANCE


def _standing(chance: float) -> Standing:
    if chance >= SURE:
        return Standing.KNOWN
    return Standing.NOT_YET if chance <= 1.0 - SURE else Standing.OPEN


def _best(
    questions: Collection[DiagnosticQuestion], gains: Mapping[tuple[tuple[str, ...], float], float]
) -> DiagnosticQuestion | None:
    """The most telling question; of equal ones the first in the order of the map."""
    return max(questions, key=lambda question: gains[question.skills, question.guess], default=None)
