"""A learner's record as it stood at moments of the past."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lti_tool.pathways.answers import Answer, answers_of
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.features import sigmoid
from lti_tool.pathways.record import Record
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.situation import MAIN_SHARE
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.tasks import Task

Evidences = Mapping[str, Sequence[Evidence]]
"""All evidence of a course, by learner id."""


@dataclass(frozen=True, slots=True)
class Course:
    """What is evaluated: the map, everybody's evidence, and the model as it is now.

    The model knows how easy this class finds each task and skill. That is right for comparing a learner with the same
    learner at another time; what was predicted at the time is in `predictions`.
    """

    skill_map: SkillMap
    evidence: Evidences
    answers: Mapping[str, Sequence[Answer]]
    model: ResponseModel

    @classmethod
    def of(cls, skill_map: SkillMap, evidence: Evidences, model: ResponseModel) -> "Course":
        answers = {
            learner_id: answers_of(pieces, skill_map, model.parameters)
            for learner_id, pieces in evidence.items()
        }
        return cls(skill_map, evidence, answers, model)

    def expected(self, record: Record, answer: Answer) -> float:
        """What a learner with this record was expected to score on the answer's task at its time."""
        logit = self.model.logit(record, answer.task, learner_id=answer.learner_id, now=answer.at)
        return sigmoid(logit)

    def main_skill(self, activity_id: str) -> str | None:
        """The skill that an activity of the map is mainly about."""
        if not self.skill_map.has_activity(activity_id):
            return None
        shares = self.skill_map.activity(activity_id).skills
        skill_id = max(sorted(shares), key=lambda each: shares[each], default=None)
        return skill_id if skill_id is not None and shares[skill_id] >= MAIN_SHARE else None


def records_at(
    model: ResponseModel, answers: Sequence[Answer], moments: Iterable[datetime]
) -> Iterator[Record]:
    """The record just before each of `moments`, which rise: what came at that very moment is not in it yet.

    It is one record that goes on growing, so look at each before asking for the next.
    """
    record, place = Record(), 0
    for moment in moments:
        while place < len(answers) and answers[place].at < moment:
            model.add(record, answers[place])
            place += 1
        yield record


def main_skills(task: Task) -> list[str]:
    """The skills on which a score on the task mainly is a score."""
    return [skill_id for skill_id, _, told in task.skills if told >= MAIN_SHARE]


def speaks_of(task: Task, skill_id: str) -> bool:
    """Whether a score on the task is mainly a score on the skill."""
    return skill_id in main_skills(task)
