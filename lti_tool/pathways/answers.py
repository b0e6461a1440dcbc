"""Scores as the response model takes them: what was asked, how it went, and how many answers the score is worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lti_tool.pathways.evidence import Evidence, in_order
from lti_tool.pathways.parameters import Parameters
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.tasks import Task


@dataclass(frozen=True, slots=True)
class Answer:
    """One score of one learner on a task, worth `worth` single answers."""

    learner_id: str
    task: Task
    fraction: float
    worth: float
    at: datetime


def answer_of(piece: Evidence, task: Task, parameters: Parameters) -> Answer:
    """One piece of evidence as an answer to its task; worth nothing when it tells nothing about skills."""
    told = piece.informativeness * parameters.answers_per_activity
    worth = told * parameters.repeat_discount ** (piece.attempt - 1)
    return Answer(piece.learner_id, task, piece.fraction, worth, piece.occurred_at)


def answers_of(evidence: Iterable[Evidence], skill_map: SkillMap, parameters: Parameters) -> list[Answer]:
    """The evidence that tells something about the map's skills, in the order in which it happened."""
    answers = (
        answer_of(piece, skill_map.task(piece.activity_id, parameters), parameters)
        for piece in in_order(evidence)
        if skill_map.has_activity(piece.activity_id)
    )
    return [answer for answer in answers if answer.worth > 0.0]
