"""What the model sees of one learner: running counts and recent averages, per skill and for the course.

All of them only ever rise with a right answer and fall with a wrong one; the model inherits that.
"""

import math
from dataclasses import dataclass
from datetime import datetime

from lti_tool.pathways.parameters import Parameters

SECONDS_PER_DAY = 86_400.0


@dataclass(slots=True)
class Track:
    """Running record of one learner's answers on one skill, or in the whole course.

    `recent` starts in the middle (0.5) and moves towards each score, further for a more informative one.
    """

    memory: float
    right: float = 0.0
    wrong: float = 0.0
    recent: float = 0.5
    count: int = 0
    last_at: datetime | None = None

    @property
    def answers(self) -> float:
        return self.right + self.wrong

    def add(self, fraction: float, answers: float, at: datetime) -> None:
        self.right += fraction * answers
        self.wrong += (1.0 - fraction) * answers
        self.recent += (1.0 - self.memory**answers) * (fraction - self.recent)
        self.count += 1
        self.last_at = at


def typical_logit(skill: Track, course: Track, ease: float, now: datetime, parameters: Parameters) -> float:
    """Log-odds of success on a typical activity of the skill at `now`; `ease` is the classmates' view of the skill."""
    newness = 1.0 / (1.0 + skill.answers)
    return (
        parameters.intercept
        + parameters.skill_wins * math.log1p(skill.right)
        + parameters.skill_misses * math.log1p(skill.wrong)
        + parameters.skill_recent * (2.0 * skill.recent - 1.0)
        + parameters.course_wins * math.log1p(course.right)
        + parameters.course_misses * math.log1p(course.wrong)
        + parameters.course_recent * (2.0 * course.recent - 1.0)
        + parameters.newness * newness
        + parameters.skill_ease * ease * newness
        + fading_rate(skill, parameters) * math.log1p(days_between(skill.last_at, now))
    )


def fading_rate(skill: Track, parameters: Parameters) -> float:
    """Log-odds lost per log-day without practice. Only what was once right can fade, so it goes with the share of right answers."""
    return parameters.fading * skill.right / (1.0 + skill.answers)


def logit_spread(skill: Track, probability: float, now: datetime, parameters: Parameters) -> float:
    """Standard deviation of that log-odds.

    A normal (Laplace) approximation: the prior's precision plus the Fisher information p(1-p) of each answer on the
    skill; to the variance comes what learners differ in forgetting since they last practised.
    """
    precision = parameters.spread**-2 + skill.answers * probability * (1.0 - probability)
    faded = parameters.fading_spread * math.log1p(days_between(skill.last_at, now))
    return math.sqrt(1.0 / precision + faded**2)


def days_between(then: datetime | None, now: datetime) -> float:
    """Days from `then` to `now`; 0 when there is no `then` or it lies in the future (clocks differ)."""
    return 0.0 if then is None else max((now - then).total_seconds() / SECONDS_PER_DAY, 0.0)


def sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit))


def logit_of(probability: float) -> float:
    """Log-odds, with the ends kept finite."""
    inside = min(max(probability, 1e-6), 1.0 - 1e-6)
    return math.log(inside / (1.0 - inside))
