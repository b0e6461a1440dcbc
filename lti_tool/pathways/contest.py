"""The check that would settle “I know this already” soonest."""

from lti_tool.pathways.content import Activity, Purpose
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.skill_map import SkillMap

MAINLY = 0.5
TELLING = 0.8


def settling_check(skill_id: str, state: LearnerState, skill_map: SkillMap) -> Activity | None:
    """The shortest check or quiz that is mainly about the skill and open to the learner; None when there is none.

    One that the learner has not done yet goes before one done already. Prerequisites do not matter here: who says "I know
    this" may show it.
    """
    tried = {piece.activity_id for piece in state.evidence} | set(state.done)
    fitting = [
        activity
        for activity in skill_map.activities_for(skill_id)
        if activity.purpose is Purpose.CHECK
        and activity.skills[skill_id] >= MAINLY
        and activity.informativeness >= TELLING
        and activity.id not in state.closed | state.vetoed | state.together
        and state.accommodations.suits(activity)
    ]
    return min(fitting, key=lambda a: (a.id in tried, a.minutes, a.id), default=None)
