"""Small courses with steps, for the evaluation."""

from collections.abc import Sequence
from typing import Any

from lti_tool.pathways.ease import AS_USUAL
from lti_tool.pathways.evaluation.histories import Course
from lti_tool.pathways.evaluation.trails import Ending, Trail
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.fitting import ease_for
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.recommendation import ReasonCode
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.skill_map import SkillMap
from tests.pathways.factories import days_ago, evidence, small_map


def score(activity_id: str, fraction: float, days: float, learner_id: str = "ana") -> Evidence:
    """A score of the small map, telling as much as its activity does."""
    told = small_map().activity(activity_id).informativeness if small_map().has_activity(activity_id) else 1.0
    return evidence(
        activity_id,
        fraction,
        days,
        id=f"{learner_id}-{activity_id}-{days}",
        learner_id=learner_id,
        informativeness=told,
    )


def course_of(pieces: Sequence[Evidence], skill_map: SkillMap | None = None, *, ease: bool = False) -> Course:
    """The course with these scores, and the shipped model."""
    own: dict[str, list[Evidence]] = {}
    for piece in pieces:
        own.setdefault(piece.learner_id, []).append(piece)
    course = Course.of(skill_map or small_map(), own, ResponseModel())
    if not ease:
        return course
    found = ease_for([answer for answers in course.answers.values() for answer in answers])
    return Course.of(course.skill_map, own, ResponseModel(DEFAULT_PARAMETERS, found or AS_USUAL))


def step(activity_id: str = "worksheet-counting", proposed: float = 10.0, **values: Any) -> Trail:
    """A step that was proposed so many days ago; moments may be given as days, too."""
    moments = {
        name: days_ago(value) if isinstance(value, int | float) else value
        for name, value in values.items()
        if name.endswith("_at")
    }
    if "done_at" in moments:
        values.setdefault("ending", Ending.DONE)
    return Trail(
        **{
            "id": f"{activity_id}-{proposed}-{values.get('learner_id', 'ana')}",
            "learner_id": "ana",
            "activity_id": activity_id,
            "skill_id": activity_id.partition("-")[2],
            "kind": ReasonCode.BUILD,
            "proposed_at": days_ago(proposed),
            **values,
            **moments,
        }
    )
