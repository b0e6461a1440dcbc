"""Low scores that nothing followed: no later score on the skill, and no step on it taken up since."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.evaluation.histories import Course, main_skills
from lti_tool.pathways.evaluation.trails import Trail

AFTER_DAYS = 7
UP_TO_DAYS = 60
"""What is longer ago is of the past unit, or the past year."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A low score on an activity, mainly about one skill, that stands alone."""

    learner_id: str
    activity_id: str
    skill_id: str
    fraction: float
    at: datetime


def unanswered_in(
    course: Course, trails: Iterable[Trail], *, miss_below: float, now: datetime
) -> list[Unanswered]:
    """The latest score on each learner's skill where it was low, and nothing came of it for days; the oldest first."""
    answered: Mapping[tuple[str, str], datetime] = _latest_follow_up(trails)
    oldest, newest = now - timedelta(days=UP_TO_DAYS), now - timedelta(days=AFTER_DAYS)
    found = []
    for learner_id, answers in course.answers.items():
        latest: dict[str, Answer] = {}
        for answer in answers:
            latest |= dict.fromkeys(main_skills(answer.task), answer)
        for skill_id, answer in latest.items():
            followed = answered.get((learner_id, skill_id))
            if (
                answer.fraction < miss_below
                and oldest <= answer.at <= newest
                and (followed is None or followed <= answer.at)
            ):
                found.append(
                    Unanswered(learner_id, answer.task.activity_id, skill_id, answer.fraction, answer.at)
                )
    return sorted(found, key=lambda each: (each.at, each.learner_id, each.skill_id))


def _latest_follow_up(trails: Iterable[Trail]) -> dict[tuple[str, str], datetime]:
    """When somebody last did something about a learner's skill: a step was approved, started or done."""
    latest: dict[tuple[str, str], datetime] = {}
    for trail in trails:
        moments = [at for at in (trail.approved_at, trail.started_at, trail.done_at) if at is not None]
        if moments and trail.skill_id is not None and trail.stood:
            key = trail.learner_id, trail.skill_id
            latest[key] = max(*moments, latest.get(key, moments[0]))
    return latest
