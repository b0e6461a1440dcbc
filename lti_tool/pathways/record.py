"""The running record of one learner: ratings, counts and the last success, per skill and for the course.

A *rating* says by how many log-odds a learner does better than a usual learner would on the same tasks. Each answer
moves it towards what the answer showed, the more the less it was expected: a slow rating remembers long, a quick one
says how the latest work went. Every number here only ever rises with a right answer and falls with a wrong one,
whenever that answer was given, so the order in which scores arrive cannot turn good news into bad.
"""

import math
from collections import deque
from copy import copy
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.companions import REACH, Surprise
from lti_tool.pathways.ease import Array

_Worth = TypeVar("_Worth", float, Array)

SETTLED, STEADY, LATEST = 0.01, 0.05, 0.30
"""What one answer moves a course rating: the share of the way from what was expected to what was shown."""
SKILL_STEADY, SKILL_LATEST = 0.10, 0.35
"""The same for the ratings of a skill, which sees fewer answers."""
RATES = (SETTLED, STEADY, LATEST, SKILL_STEADY, SKILL_LATEST)
AGAIN = 0.50
"""The same for the rating of a single activity, which sees fewer still."""
RIGHT_FROM = 0.5
"""A score from here on is a success that keeps the skill fresh."""
NEWTON = 4.0
"""Log-odds per unit of surprise at even odds, where one unit of log-odds changes success by a quarter."""


class Counts:
    """Right and wrong answers, as amounts: a score of 70 % on ten questions is seven and three."""

    __slots__ = ("misses", "wins")

    def __init__(self) -> None:
        self.wins = 0.0
        self.misses = 0.0

    def take(self, fraction: float, worth: float) -> None:
        self.wins += fraction * worth
        self.misses += (1.0 - fraction) * worth

    @property
    def answers(self) -> float:
        return self.wins + self.misses


class SkillRecord(Counts):
    """What one learner has shown on one skill."""

    __slots__ = ("last_at", "last_right_at", "latest", "scores", "steady")

    def __init__(self) -> None:
        super().__init__()
        self.steady = 0.0
        self.latest = 0.0
        self.scores = 0
        self.last_at: datetime | None = None
        self.last_right_at: datetime | None = None


class ActivityRecord:
    """What one learner has shown on one activity, and when last."""

    __slots__ = ("last_at", "rating")

    def __init__(self) -> None:
        self.rating = 0.0
        self.last_at: datetime | None = None


class Record(Counts):
    """What one learner has shown in a course.

    `skills` and `activities` hold what was met so far, `surprises` what the latest results were beyond expectation.
    """

    __slots__ = ("activities", "latest", "settled", "skills", "steady", "surprises")

    def __init__(self) -> None:
        super().__init__()
        self.settled = 0.0
        self.steady = 0.0
        self.latest = 0.0
        self.skills: dict[str, SkillRecord] = {}
        self.activities: dict[str, ActivityRecord] = {}
        self.surprises: deque[Surprise] = deque(maxlen=REACH)

    def add(self, answer: Answer, usual: float) -> None:
        """Takes in one answer; `usual` is the log-odds with which a usual learner gets the task right."""
        y, worth = answer.fraction, answer.worth
        settled, steady, latest, _, _, again = _shares(worth)
        self.settled = _moved(self.settled, y, usual, settled)
        self.steady = _moved(self.steady, y, usual, steady)
        self.latest = _moved(self.latest, y, usual, latest)
        self.take(y, worth)
        for skill_id, _, told in answer.task.skills:
            skill = self.skills.get(skill_id)
            if skill is None:
                skill = self.skills[skill_id] = SkillRecord()
            _, _, _, steady, latest, _ = _shares(worth * told)
            skill.steady = _moved(skill.steady, y, usual, steady)
            skill.latest = _moved(skill.latest, y, usual, latest)
            skill.take(y, worth * told)
            skill.scores += 1
            skill.last_at = answer.at
            if y >= RIGHT_FROM:
                skill.last_right_at = answer.at
        activity = self.activities.get(answer.task.activity_id)
        if activity is None:
            activity = self.activities[answer.task.activity_id] = ActivityRecord()
        activity.rating = _moved(activity.rating, y, usual, again)
        activity.last_at = answer.at

    def about(self, skill_id: str) -> "Record":
        """A copy to try things on, which knows of skills only this one and of activities none."""
        known = copy(self)
        known.skills = {skill_id: copy(self.skills[skill_id])} if skill_id in self.skills else {}
        known.activities, known.surprises = {}, copy(self.surprises)
        return known


@lru_cache(maxsize=256)
def _shares(worth: float) -> tuple[float, float, float, float, float, float]:
    """What an answer of this worth moves each rating."""
    settled, steady, latest, skill_steady, skill_latest, again = (
        share_of(rate, worth) for rate in (*RATES, AGAIN)
    )
    return settled, steady, latest, skill_steady, skill_latest, again


def share_of(rate: float, worth: _Worth) -> _Worth:
    """What an answer of this worth moves a rating; many answers together move it nearly all the way."""
    left: _Worth = (1.0 - rate) ** worth
    return NEWTON * (1.0 - left)


def _moved(rating: float, fraction: float, usual: float, share: float) -> float:
    """The rating after an answer. `share` is at most NEWTON, so a higher rating before is never a lower one after."""
    return rating + share * (fraction - 1.0 / (1.0 + math.exp(-usual - rating)))
