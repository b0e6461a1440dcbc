"""Tasks: what an activity asks of a learner, as the response model takes it."""

from dataclasses import dataclass

from lti_tool.pathways.content import Activity
from lti_tool.pathways.parameters import Parameters

MIDDLE_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Task:
    """What an activity asks: its skills, and its author's idea of how easy it is (log-odds).

    Each skill comes with its part in the mean over the skills, and with how much of a score speaks of it (0..1].
    """

    activity_id: str
    skills: tuple[tuple[str, float, float], ...]
    ease: float = 0.0


def task_of(activity: Activity, parameters: Parameters) -> Task:
    """The task that an activity sets."""
    whole = sum(activity.skills.values())
    return Task(
        activity_id=activity.id,
        skills=tuple((skill_id, share / whole, share) for skill_id, share in activity.skills.items()),
        ease=parameters.level_step * (activity.level - MIDDLE_LEVEL),
    )
