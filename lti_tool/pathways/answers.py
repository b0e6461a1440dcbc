"""Scores as the response model takes them: what was asked, how it went, and how many answers the score is worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lti_tool.pathways.content import Activity
from lti_tool.pathways.evidence import Evidence, in_order
from lti_tool.pathways.parameters import Parameters
from lti_tool.pathways.skill_map import SkillMap

MIDDLE_LEVEL = 2


@dataclass(frozen=True, slots=True)
class Task:
    """What an activity asks: its skills, and its author's idea of how easy it is (log-odds).

    Each skill comes with its part in the mean over the skills, and with how much of a score speaks of it (0..1].
    """

    activity_id: str
    skills: tuple[tuple[str, float, float], ...]
    ease: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """One score of one learner on a task, worth `worth` single answers."""

    learner_id: str
    task: Task
    fraction: float
    worth: float
    at: datetime


def task_of(activity: Activity, parameters: Parameters) -> Task:
    """The task that an activity sets."""
    whole = sum(activity.skills.values())
    return Task(
        activity_id=activity.id,
        skills=tuple((skill_id, share / whole, share) for skill_id, share in activity.skills.items()),
        ease=parameters.level_step * (activity.level - MIDDLE_LEVEL),
    )


def answer_of(piece: Evidence, task: Task, parameters: Parameters) -> Answer:
    """One piece of evidence as an answer to its task; worth nothing when it tells nothing about skills."""
    told = piece.informativeness * parameters.answers_per_activity
    worth = told * parameters.repeat_discount ** (piece.attempt - 1)
    return Answer(piece.learner_id, task, piece.fraction, worth, piece.occurred_at)


def answers_of(evidence: Iterable[Evidence], skill_map: SkillMap, parameters: Parameters) -> list[Answer]:
    """The evidence that tells something about the map's skills, in the order in which it happened."""
    tasks: dict[str, Task] = {}
    answers = []
    for piece in in_order(evidence):
        if not skill_map.has_activity(piece.activity_id):
            continue
        task = tasks.get(piece.activity_id)
        if task is None:
            task = tasks[piece.activity_id] = task_of(skill_map.activity(piece.activity_id), parameters)
        answer = answer_of(piece, task, parameters)
        if answer.worth > 0.0:
            answers.append(answer)
    return answers
