"""What the model sees of one learner before an answer: a short list of numbers, one for each weight.

Each number is a sentence a teacher can read; `parameters.py` has the sentences beside the weights. Numbers about skills
are means over the skills of the task.
"""

import math
from datetime import datetime

from lti_tool.pathways.record import Record, SkillRecord
from lti_tool.pathways.tasks import Task

SECONDS_PER_DAY = 86_400.0
STALE_DAYS = 90.0
"""After so many days more days make no further difference: a skill has faded, an activity is as good as new."""
LOG_STALE_DAYS = math.log1p(STALE_DAYS)


def features(
    record: Record,
    task: Task,
    *,
    activity_ease: float,
    skill_ease: float,
    now: datetime,
) -> list[float]:
    """The features of a task for a learner at `now`, in the order of `parameters.SEEN`."""
    steady = latest = wins = misses = stale = 0.0
    for skill_id, part, _ in task.skills:
        skill = record.skills.get(skill_id)
        if skill is None:
            stale += part
            continue
        steady += part * skill.steady
        latest += part * skill.latest
        wins += part * math.log1p(skill.wins)
        misses += part * math.log1p(skill.misses)
        stale += part * staleness(skill, now)
    repeated = rating = 0.0
    before = record.activities.get(task.activity_id)
    if before is not None:
        repeated = 1.0 - log_days(days_between(before.last_at, now)) / LOG_STALE_DAYS
        rating = repeated * before.rating
    return [
        1.0,
        task.ease + activity_ease,
        skill_ease,
        record.settled,
        record.steady,
        record.latest,
        steady,
        latest,
        math.log1p(record.wins),
        math.log1p(record.misses),
        wins,
        misses,
        stale,
        repeated,
        rating,
    ]


def staleness(skill: SkillRecord, now: datetime) -> float:
    """0 right after a success on the skill, rising with the logarithm of the days since, and 1 while there was none."""
    if skill.last_right_at is None:
        return 1.0
    return log_days(days_between(skill.last_right_at, now)) / LOG_STALE_DAYS


def log_days(days: float) -> float:
    """The logarithm in which days without practice count, up to where more make no difference."""
    return min(math.log1p(days), LOG_STALE_DAYS)


def days_between(then: datetime | None, now: datetime) -> float:
    """Days from `then` to `now`; 0 when there is no `then` or it lies in the future (clocks differ)."""
    return 0.0 if then is None else max((now - then).total_seconds() / SECONDS_PER_DAY, 0.0)


def sigmoid(logit: float) -> float:
    """The probability with these log-odds."""
    return 1.0 / (1.0 + math.exp(-logit))


def logit_of(probability: float) -> float:
    """Log-odds, with the ends kept finite."""
    inside = min(max(probability, 1e-6), 1.0 - 1e-6)
    return math.log(inside / (1.0 - inside))
