"""Own pace, same finish line: the chance of each learner, and the share of a class, to reach each goal by its date.

Reached means that the estimate comes to the threshold on some day up to the date. The present pace is `pace.py`, the
work that is left `practice.py`. More activities a week only bring the same work closer together, so more pace and a later
date can never lower a chance. Nothing is said of learners with too little evidence, and nothing of a class of which
less than half can be spoken of. Holidays are not known.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np

from lti_tool.pathways.ease import AS_USUAL, Array, Ease
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.futures import DAYS_PER_WEEK, Standing, standing_of
from lti_tool.pathways.levels import MIN_EVIDENCE
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.pace import Pace
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.practice import Luck, Prospects, draw_luck, leading_on, play_forward
from lti_tool.pathways.prerequisites import is_met
from lti_tool.pathways.skill_map import SkillMap

INSIDE = (0.1, 0.9)
"""Intervals are the middle 80 %, as everywhere."""
AT_ONCE = 32
"""Learners played forward together, which bounds the memory of a big class."""


@dataclass(frozen=True, slots=True)
class Learner:
    """What a forecast takes of one learner; `waived` are prerequisites that the teacher waived."""

    id: str
    evidence: Sequence[Evidence]
    estimates: Mapping[str, MasteryEstimate]
    pace: Pace
    waived: frozenset[str] = frozenset()

    @property
    def is_known(self) -> bool:
        """Whether enough scores stand behind anything said."""
        return sum(piece.informativeness > 0 for piece in self.evidence) >= MIN_EVIDENCE


@dataclass(frozen=True, slots=True)
class Forecast:
    """One learner on the way to one goal.

    `chance` is to reach it by the date and `low`, `high` the same at a slow and at a quick week's pace of this learner;
    `secure` is the chance of the word *Secure* by then. `soonest`, `likely` and `latest` are days from now in which it
    is reached in one, five and nine of ten futures, None where that never happens.
    """

    chance: float
    low: float
    high: float
    secure: float
    soonest: float | None
    likely: float | None
    latest: float | None


@dataclass(frozen=True, slots=True)
class Share:
    """The share of a class expected at a goal by its date, with its interval, of the `learners` that can be spoken of."""

    expected: float
    low: float
    high: float
    learners: int


@dataclass(frozen=True)
class Outlook:
    """A class's future as it looks now, played forward once; every question about dates and changes is put to it."""

    learners: Mapping[str, Learner]
    skill_map: SkillMap
    policy: Policy
    now: datetime
    size: int
    """Learners of the class, with those of whom nothing can be said."""
    prospects: Prospects
    _standings: tuple[Standing, ...] = field(repr=False)
    _luck: tuple[Luck, ...] = field(repr=False)
    _after_lesson: dict[tuple[str, tuple[str, ...]], Prospects] = field(default_factory=dict, repr=False)

    @property
    def speaks_of_class(self) -> bool:
        """Whether enough of the class is known to say something of it."""
        return bool(self.learners) and 2 * len(self.learners) >= self.size

    def forecast(self, learner_id: str, goal: str, *, days: float) -> Forecast:
        """One learner's way to one goal with so many days left. Raises KeyError for a learner who is not known."""
        row = _rows_of(self, (learner_id,))
        waits, pace = self.prospects.reached[goal][row], self.prospects.pace[row]
        chance = float(_by(waits, pace, days).mean())
        slow, quick = (float(_by(waits, edge, days).mean()) for edge in np.quantile(pace, INSIDE))
        soonest, likely, latest = (_day(waits, pace, part) for part in (INSIDE[0], 0.5, INSIDE[1]))
        return Forecast(
            chance=chance,
            low=min(slow, chance),
            high=max(quick, chance),
            secure=float(_by(self.prospects.secure[goal][row], pace, days).mean()),
            soonest=soonest,
            likely=likely,
            latest=latest,
        )

    def likely_days(self, learner_id: str, goal: str) -> float | None:
        """Days until the goal is reached in half of the futures; None where that never happens."""
        row = _rows_of(self, (learner_id,))
        return _day(self.prospects.reached[goal][row], self.prospects.pace[row], 0.5)

    def share(self, goal: str, *, days: float) -> Share:
        """The class at one goal with so many days left; only where `speaks_of_class`."""
        there = _by(self.prospects.reached[goal], self.prospects.pace, days).mean(axis=0)
        low, high = np.quantile(there, INSIDE)
        return Share(float(there.mean()), float(low), float(high), len(self.learners))

    def chance(
        self, goal: str, *, days: float, among: Sequence[str], more: float = 0.0, lesson: Sequence[str] = ()
    ) -> float:
        """The mean chance among some learners, with so much `more` activities a week each.

        A `lesson` is a skill and after it the learners who have the lesson.
        """
        prospects = self._with_lesson(lesson[0], tuple(lesson[1:])) if lesson else self.prospects
        rows = _rows_of(self, among)
        return float(
            _by(
                prospects.reached[goal][rows], prospects.pace[rows] + more * leading_on(self.policy), days
            ).mean()
        )

    def _with_lesson(self, skill_id: str, learner_ids: tuple[str, ...]) -> Prospects:
        """The prospects after a lesson for these learners; those of the others stay as they are."""
        key = (skill_id, learner_ids)
        if key not in self._after_lesson:
            rows = _rows_of(self, learner_ids)
            taught = _played(
                [self._standings[row] for row in rows],
                [self._luck[row] for row in rows],
                self.skill_map,
                self.policy,
                now=self.now,
                lesson=skill_id,
                until_secure=False,
            )
            reached = {goal: waits.copy() for goal, waits in self.prospects.reached.items()}
            for goal, waits in taught.reached.items():
                reached[goal][rows] = waits
            self._after_lesson[key] = replace(self.prospects, reached=reached)
        return self._after_lesson[key]


def class_outlook(
    learners: Sequence[Learner],
    skill_map: SkillMap,
    policy: Policy,
    *,
    now: datetime,
    chance_of: Callable[[str], np.random.Generator],
    ease: Ease = AS_USUAL,
    until_secure: bool = True,
) -> Outlook:
    """The outlook of a class. `chance_of` gives each learner a seeded generator of the own, fresh each time it is asked,
    so that nobody's forecast depends on who else is there. Without `until_secure` it costs half and makes no `forecast`.
    """
    known = [learner for learner in learners if learner.is_known]
    standings = tuple(_standing(learner, skill_map, policy, ease) for learner in known)
    luck = tuple(draw_luck(chance_of(learner.id), skill_map, policy, learner.pace) for learner in known)
    return Outlook(
        learners={learner.id: learner for learner in known},
        skill_map=skill_map,
        policy=policy,
        now=now,
        size=len(learners),
        prospects=_played(standings, luck, skill_map, policy, now=now, until_secure=until_secure),
        _standings=standings,
        _luck=luck,
    )


def is_reached(estimate: MasteryEstimate, policy: Policy) -> bool:
    """Whether a learner is at the goal now."""
    return estimate.probability >= policy.threshold


def _standing(learner: Learner, skill_map: SkillMap, policy: Policy, ease: Ease) -> Standing:
    own = learner.estimates
    return standing_of(
        learner.evidence,
        skill_map,
        policy.parameters,
        pace=learner.pace,
        met=(s for s in own if is_met(s, own, skill_map, policy, learner.waived)),
        reached=(s for s in own if is_reached(own[s], policy)),
        secure=(s for s in own if own[s].level.at_least_secure),
        ease=ease,
    )


def _played(
    standings: Sequence[Standing],
    luck: Sequence[Luck],
    skill_map: SkillMap,
    policy: Policy,
    *,
    now: datetime,
    until_secure: bool,
    lesson: str | None = None,
) -> Prospects:
    parts = [
        play_forward(
            standings[start : start + AT_ONCE],
            luck[start : start + AT_ONCE],
            skill_map,
            policy,
            now=now,
            lesson=lesson,
            until_secure=until_secure,
        )
        for start in range(0, len(standings), AT_ONCE)
    ]
    if not parts:
        return Prospects({}, {}, np.empty((0, 0)))
    return Prospects(
        {goal: np.concatenate([part.reached[goal] for part in parts]) for goal in parts[0].reached},
        {goal: np.concatenate([part.secure[goal] for part in parts]) for goal in parts[0].secure},
        np.concatenate([part.pace for part in parts]),
    )


def _rows_of(outlook: Outlook, learner_ids: Sequence[str]) -> list[int]:
    rows = {learner_id: row for row, learner_id in enumerate(outlook.learners)}
    return [rows[learner_id] for learner_id in learner_ids]


def _by(waits: Array, pace: Array | float, days: float) -> Array:
    """Where so many waits at this pace are over within the days; what is reached now stays so."""
    return np.asarray((waits * DAYS_PER_WEEK <= days * pace) | (waits == 0.0))


def _day(waits: Array, pace: Array, part: float) -> float | None:
    """Days until this part of the futures is there."""
    day = float(np.quantile(waits * DAYS_PER_WEEK / pace, part, method="inverted_cdf"))
    return day if np.isfinite(day) else None
