"""The records of many learners in many futures, as arrays: what `record.py` and `response.py` keep of one, all in step.

A row is one learner in one future. The arithmetic is that of the learner model, on a typical activity of a skill: one as
easy as usual, not met before, whose score tells as much as those of the class's latest work.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from lti_tool.pathways.answers import answers_of
from lti_tool.pathways.ease import AS_USUAL, Array, Ease, Places
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.features import LOG_STALE_DAYS, days_between
from lti_tool.pathways.pace import Pace
from lti_tool.pathways.parameters import Parameters
from lti_tool.pathways.record import RATES, RIGHT_FROM, Record, SkillRecord, share_of
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.skill_map import SkillMap

DAYS_PER_WEEK = 7.0
_UNSEEN = SkillRecord()


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one learner starts from.

    `met` are skills that later ones may rest on, `reached` those at the threshold, `secure` those with the word.
    """

    record: Record
    skill_ease: Mapping[str, float]
    pace: Pace
    met: frozenset[str]
    reached: frozenset[str]
    secure: frozenset[str]


def standing_of(
    evidence: Sequence[Evidence],
    skill_map: SkillMap,
    parameters: Parameters,
    *,
    pace: Pace,
    met: Iterable[str],
    reached: Iterable[str],
    secure: Iterable[str],
    ease: Ease = AS_USUAL,
) -> Standing:
    """The standing of the learner whose evidence this is."""
    model, record = ResponseModel(parameters, ease), Record()
    learner_id = None
    for answer in answers_of(evidence, skill_map, parameters):
        model.add(record, answer)
        learner_id = answer.learner_id
    eases = {skill.id: ease.of_skill(skill.id, without=learner_id) for skill in skill_map.skills}
    return Standing(record, eases, pace, frozenset(met), frozenset(reached), frozenset(secure))


class Futures:
    """All rows. Skills are numbers here, in the order of the map; `pace` is each row's activities a week."""

    def __init__(
        self,
        standings: Sequence[Standing],
        pace: Array,
        skill_map: SkillMap,
        parameters: Parameters,
        *,
        now: datetime,
    ) -> None:
        each = len(pace) // len(standings)
        records = [one.record for one in standings]
        skills = [[record.skills.get(skill.id, _UNSEEN) for record in records] for skill in skill_map.skills]

        def rows(values: Iterable[float]) -> Array:
            return np.repeat(np.array(list(values), dtype=np.float64), each)

        self.size, self.pace, self.weights = len(pace), pace, parameters
        self.settled = rows(record.settled for record in records)
        self.steady = rows(record.steady for record in records)
        self.latest = rows(record.latest for record in records)
        self.wins = rows(record.wins for record in records)
        self.misses = rows(record.misses for record in records)
        self.skill_steady = np.array([rows(one.steady for one in skill) for skill in skills])
        self.skill_latest = np.array([rows(one.latest for one in skill) for skill in skills])
        self.skill_wins = np.array([rows(one.wins for one in skill) for skill in skills])
        self.skill_misses = np.array([rows(one.misses for one in skill) for skill in skills])
        self.scores = np.array([rows(one.scores for one in skill) for skill in skills])
        # Days on one clock: now is 0, the past is negative.
        self.last_at = np.array([rows(-days_between(one.last_at, now) for one in skill) for skill in skills])
        self.right_at = np.array([rows(_right_at(one, now) for one in skill) for skill in skills])
        self.ease = np.array(
            [rows(one.skill_ease[skill.id] for one in standings) for skill in skill_map.skills]
        )
        self.worth = rows(parameters.answers_per_activity * one.pace.told for one in standings)
        self.shares = [share_of(rate, self.worth) for rate in RATES]
        self.waited = np.zeros(self.size)

    def logit(self, rows: Places, skill: int) -> Array:
        """Log-odds of success on a typical activity of the skill, as in `features.py`."""
        weights = self.weights
        days = self._today(rows) - self.right_at[skill, rows]
        stale = np.minimum(np.log1p(days) / LOG_STALE_DAYS, 1.0)
        found: Array = (
            weights.intercept
            + weights.skill_ease * self.ease[skill, rows]
            + weights.course_settled * self.settled[rows]
            + weights.course_steady * self.steady[rows]
            + weights.course_latest * self.latest[rows]
            + weights.skill_steady * self.skill_steady[skill, rows]
            + weights.skill_latest * self.skill_latest[skill, rows]
            + weights.course_wins * np.log1p(self.wins[rows])
            + weights.course_misses * np.log1p(self.misses[rows])
            + weights.skill_wins * np.log1p(self.skill_wins[skill, rows])
            + weights.skill_misses * np.log1p(self.skill_misses[skill, rows])
            + weights.staleness * stale
        )
        return found

    def spread(self, rows: Places, skill: int, logit: Array) -> Array:
        """Standard deviation (log-odds) of what is true around the estimate, as in `mastery.py`."""
        p = success(logit)
        answers = self.skill_wins[skill, rows] + self.skill_misses[skill, rows]
        precision = self.weights.spread**-2 + answers * p * (1.0 - p)
        days = self._today(rows) - self.last_at[skill, rows]
        faded = self.weights.fading_spread * np.minimum(np.log1p(days), LOG_STALE_DAYS)
        return np.asarray(np.sqrt(1.0 / precision + faded**2))

    def wait(self, rows: Places, waits: Array) -> None:
        """Time passes until the next activity."""
        self.waited[rows] += waits

    def answer(self, rows: Places, skill: int, fraction: Array) -> None:
        """Takes one score on the skill into each row, as `Record.add` does."""
        worth = self.worth[rows]
        usual = self.weights.usual + self.ease[skill, rows]
        ratings = (self.settled, self.steady, self.latest, self.skill_steady[skill], self.skill_latest[skill])
        for rating, share in zip(ratings, self.shares, strict=True):
            rating[rows] += share[rows] * (fraction - success(usual + rating[rows]))
        for wins, misses in ((self.wins, self.misses), (self.skill_wins[skill], self.skill_misses[skill])):
            wins[rows] += fraction * worth
            misses[rows] += (1.0 - fraction) * worth
        self.scores[skill, rows] += 1
        today = self._today(rows)
        self.last_at[skill, rows] = today
        self.right_at[skill, rows] = np.where(fraction >= RIGHT_FROM, today, self.right_at[skill, rows])

    def _today(self, rows: Places) -> Array:
        """The day to which a row has come, at its pace."""
        return np.asarray(self.waited[rows] * DAYS_PER_WEEK / self.pace[rows])


def success(logit: Array) -> Array:
    """The probabilities with these log-odds."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def _right_at(skill: SkillRecord, now: datetime) -> float:
    return -np.inf if skill.last_right_at is None else -days_between(skill.last_right_at, now)
