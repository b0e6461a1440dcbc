"""Practice played forward: how many activities lie between learners and each goal, by the learner model itself.

A learner works through the skills that the goals rest on, in teaching order, one after the other: a prerequisite until
it is met, a goal until it is reached; then once more over the goals until each is Secure. Every activity is a typical
one of its skill. How it goes depends on what the learner truly can do: that lies somewhere in the estimate's interval,
and grows with every answer (`LEARNT`). The model takes in the score as any other, and lets the skill fade in the time
between two. Many futures are drawn for each learner (a Monte Carlo forecast).

What is simple about it: real learners switch between skills, and an activity may serve several. A skill that is not
reached in `MOST_TRIES` activities is given up in that future, and with it what rests on it; the other goals go on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from lti_tool.pathways.content import PrerequisiteKind
from lti_tool.pathways.ease import Array, Places
from lti_tool.pathways.features import logit_of
from lti_tool.pathways.futures import Futures, Standing, success
from lti_tool.pathways.levels import MIN_EVIDENCE
from lti_tool.pathways.pace import Pace
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.skill_map import SkillMap

FUTURES = 100
"""Futures of each learner."""
MOST_TRIES = 10
QUESTIONS = 4
"""A typical activity asks so many questions: the steps in which its score comes."""
LEARNT = 0.1
"""Log-odds that one answer with feedback adds to what a learner can do: about the same for nearly everybody in 27 courses
of all kinds, where those who started lower differed in the start alone (Koedinger, Carvalho, Liu & McLaughlin 2023, "An
astonishing regularity in student learning rate", PNAS 120(13))."""
COURSES_DIFFER = 0.7
"""Standard deviation (in logarithms) of how quickly courses teach. Nobody knows it of this one, and it is the same for all
learners of a class: without it, the share of a class would look far surer than it is."""
_Yes = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Luck:
    """What chance brings one learner in each future; drawn once, so that every change meets the same luck.

    `ability` says where in its interval the truth about a skill lies (standard normal), `pace` is activities a week that lead on,
    `answers` decide questions, `waits` are the times from one activity to the next, 1 on average.
    """

    ability: Array
    pace: Array
    answers: npt.NDArray[np.float32]
    waits: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Prospects:
    """What lies between learners and goals.

    `reached[goal]` and `secure[goal]` hold a row for each learner and a column for each future: the waits until then,
    in units of the mean time between two activities, 0 where it is so already, infinite where never. `pace` is
    activities a week that lead on, in the same places.
    """

    reached: Mapping[str, Array]
    secure: Mapping[str, Array]
    pace: Array


def leading_on(policy: Policy) -> float:
    """The share of activities that lead on towards goals; the others are the policy's mixed review."""
    return 1.0 - 1.0 / policy.mixed_review_every


def draw_luck(chance: np.random.Generator, skill_map: SkillMap, policy: Policy, pace: Pace) -> Luck:
    """One learner's luck on this map."""
    legs = len(_legs(skill_map))
    return Luck(
        ability=chance.standard_normal((len(skill_map.skills), FUTURES)),
        answers=chance.random((legs, MOST_TRIES, QUESTIONS, FUTURES), dtype=np.float32),
        waits=chance.standard_exponential((legs, MOST_TRIES, FUTURES), dtype=np.float32),
        pace=chance.standard_gamma(pace.shape, FUTURES) / pace.weeks * leading_on(policy),
    )


def play_forward(
    standings: Sequence[Standing],
    luck: Sequence[Luck],
    skill_map: SkillMap,
    policy: Policy,
    *,
    now: datetime,
    lesson: str | None = None,
    until_secure: bool = True,
) -> Prospects:
    """The prospects of these learners, each with the luck at the same place; without `until_secure`, none of the word.

    With `lesson`, all of them have a lesson on that skill first and show it: it counts like one activity on the skill
    with everything right, and takes none of their own time.
    """
    play = _Play(standings, luck, skill_map, policy, now)
    if lesson is not None:
        play.teach(lesson)
    legs = [leg for leg in _legs(skill_map) if until_secure or not leg[1]]
    found = [play.work(leg, skill_id, to_secure=secure) for leg, (skill_id, secure) in enumerate(legs)]
    rows = (len(standings), FUTURES)
    goals = set(skill_map.goals)
    return Prospects(
        reached={
            skill_id: waits.reshape(rows)
            for (skill_id, secure), waits in zip(legs, found, strict=True)
            if skill_id in goals and not secure
        },
        secure={
            skill_id: waits.reshape(rows)
            for (skill_id, secure), waits in zip(legs, found, strict=True)
            if secure
        },
        pace=play.futures.pace.reshape(rows),
    )


def _legs(skill_map: SkillMap) -> list[tuple[str, bool]]:
    """What is worked on, in order, and whether until Secure: moving on does not wait for the word."""
    order = [skill_id for layer in skill_map.layers() for skill_id in layer if skill_id in skill_map.needed]
    goals = set(skill_map.goals)
    return [(skill_id, False) for skill_id in order] + [
        (skill_id, True) for skill_id in order if skill_id in goals
    ]


class _Play:
    """All learners of one playing forward; rows are those of `Futures`."""

    def __init__(
        self,
        standings: Sequence[Standing],
        luck: Sequence[Luck],
        skill_map: SkillMap,
        policy: Policy,
        now: datetime,
    ) -> None:
        pace = np.concatenate([one.pace for one in luck])
        self.futures = Futures(standings, pace, skill_map, policy.parameters, now=now)
        self.everybody = np.arange(self.futures.size)
        self.skill_map = skill_map
        self.number = {skill.id: number for number, skill in enumerate(skill_map.skills)}
        self.to_meet = logit_of(policy.threshold - policy.prerequisite_margin)
        self.to_reach = logit_of(policy.threshold)
        self.bound = policy.parameters.bound_z
        self.met = _known(skill_map, [one.met for one in standings])
        self.reached = _known(skill_map, [one.reached for one in standings])
        self.secure = np.where(_known(skill_map, [one.secure for one in standings]), 0.0, np.inf)
        self.ability = np.concatenate([one.ability for one in luck], axis=-1)
        self.answers = np.concatenate([one.answers for one in luck], axis=-1)
        self.waits = np.concatenate([one.waits for one in luck], axis=-1)
        self.learnt = np.tile(_learnt(), len(standings))
        self.truth = np.full(self.ability.shape, np.nan)

    def teach(self, skill_id: str) -> None:
        """A lesson on the skill that everybody shows to have understood."""
        self.futures.answer(self.everybody, self.number[skill_id], np.ones(self.futures.size))

    def work(self, leg: int, skill_id: str, *, to_secure: bool) -> Array:
        """Everybody works on one skill until it is there or given up; the waits until then, by row."""
        skill, futures = self.number[skill_id], self.futures
        found = self._so_far(skill_id, to_secure=to_secure)
        rows = np.flatnonzero(np.isinf(found) & self._open(skill_id))
        for attempt in range(MOST_TRIES + 1):
            logit = futures.logit(rows, skill)
            there = self._there(rows, skill_id, logit, to_secure=to_secure)
            found[rows[there]] = futures.waited[rows[there]]
            rows, logit = rows[~there], logit[~there]
            if attempt == MOST_TRIES or not len(rows):
                break
            futures.wait(rows, self.waits[leg, attempt, rows])
            self._meet(rows, skill)
            right = self.answers[leg, attempt][:, rows] < success(self.truth[skill, rows])
            futures.answer(rows, skill, right.mean(axis=0))
            self.truth[skill, rows] += self.learnt[rows] * futures.worth[rows]
        logit = futures.logit(self.everybody, skill)
        self.met[skill] |= logit >= self.to_meet
        now_secure = np.isinf(self.secure[skill]) & self._is_secure(self.everybody, skill, logit)
        self.secure[skill, now_secure] = futures.waited[now_secure]
        return found

    def _meet(self, rows: Places, skill: int) -> None:
        """What these learners truly can do shows when they first work on the skill."""
        new = rows[np.isnan(self.truth[skill, rows])]
        logit = self.futures.logit(new, skill)
        self.truth[skill, new] = logit + self.ability[skill, new] * self.futures.spread(new, skill, logit)

    def _so_far(self, skill_id: str, *, to_secure: bool) -> Array:
        """The waits of rows that are there before this work begins, infinite for the others."""
        skill = self.number[skill_id]
        if to_secure:
            return np.array(self.secure[skill])
        known = self.reached if skill_id in self.skill_map.goals else self.met
        return np.where(known[skill], 0.0, np.inf)

    def _open(self, skill_id: str) -> _Yes:
        """Rows in which nothing hard before the skill is missing."""
        before = [
            self.met[self.number[edge.before]]
            for edge in self.skill_map.prerequisites_of(skill_id)
            if edge.kind is PrerequisiteKind.HARD
        ]
        open_rows = np.ones(self.futures.size, dtype=np.bool_)
        for met in before:
            open_rows &= met
        return open_rows

    def _there(self, rows: Places, skill_id: str, logit: Array, *, to_secure: bool) -> _Yes:
        skill = self.number[skill_id]
        if to_secure:
            return self._is_secure(rows, skill, logit)
        if skill_id in self.skill_map.goals:
            return np.asarray(logit >= self.to_reach)
        return np.asarray(logit >= self.to_meet)

    def _is_secure(self, rows: Places, skill: int, logit: Array) -> _Yes:
        lower = logit - self.bound * self.futures.spread(rows, skill, logit)
        return np.asarray((lower >= self.to_reach) & (self.futures.scores[skill, rows] >= MIN_EVIDENCE))


def _learnt() -> Array:
    """What an answer adds in each future: the same futures of the course for every learner, from slow to quick."""
    normal = NormalDist()
    courses = np.array([normal.inv_cdf((future + 0.5) / FUTURES) for future in range(FUTURES)])
    return np.asarray(LEARNT * np.exp(COURSES_DIFFER * courses))


def _known(skill_map: SkillMap, skills: Sequence[frozenset[str]]) -> _Yes:
    """For each skill and row, whether the skill is among the learner's."""
    return np.array([np.repeat([skill.id in own for own in skills], FUTURES) for skill in skill_map.skills])
