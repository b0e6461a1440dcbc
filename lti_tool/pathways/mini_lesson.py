"""The lesson that serves most of those who are there, as something to do: who, how long, and with which activity."""

from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.pathways.content import Activity, Mode
from lti_tool.pathways.group_seats import rules_against
from lti_tool.pathways.leverage import class_leverage
from lti_tool.pathways.situation import Situation

_MODES = (Mode.WHOLE_CLASS, Mode.TEACHER_TABLE)
USUAL_MINUTES = 10
"""How long a mini-lesson takes where the map has no activity for it."""


@dataclass(frozen=True, slots=True)
class MiniLesson:
    """One lesson on a skill for these learners, instead of a single task for each of them.

    `activity_id` is an activity of the map for the class or the teacher's table that all of them may do, if any.
    """

    skill_id: str
    learner_ids: tuple[str, ...]
    minutes: int
    activity_id: str | None = None


def mini_lesson(situations: Mapping[str, Situation]) -> MiniLesson | None:
    """The lesson for a class, or None when it would serve too few (see `leverage`)."""
    if not situations:
        return None
    one = next(iter(situations.values()))
    found = class_leverage(
        {learner_id: at.state.estimates for learner_id, at in situations.items()},
        one.skill_map,
        one.policy,
        waived_by_learner={learner_id: at.state.waived for learner_id, at in situations.items()},
    )
    if found is None:
        return None
    served = [situations[learner_id] for learner_id in found.learner_ids]
    fitting = [
        activity
        for activity in one.skill_map.activities_for(found.skill_id)
        if activity.mode in _MODES and all(_may_do(activity, at) for at in served)
    ]
    if not fitting:
        return MiniLesson(found.skill_id, found.learner_ids, USUAL_MINUTES)
    best = min(fitting, key=lambda activity: (_MODES.index(activity.mode), activity.minutes, activity.id))
    return MiniLesson(found.skill_id, found.learner_ids, best.minutes, best.id)


def _may_do(activity: Activity, at: Situation) -> bool:
    """Whole-class work is placed by the teacher, and here the teacher places it."""
    return set(rules_against(activity, at)) <= {"whole_class"}
