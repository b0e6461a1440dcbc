"""Before the whole class does something together: who lacks what it rests on, and the step that helps most of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from lti_tool.pathways.content import Activity
from lti_tool.pathways.group_seats import rules_against
from lti_tool.pathways.situation import Situation


@dataclass(frozen=True, slots=True)
class Missing:
    """Learners who lack a hard prerequisite, and could begin with `skill_id`; `activity_id` is a step open to most of them.

    None where the map has no step for any of them.
    """

    skill_id: str
    learner_ids: tuple[str, ...]
    activity_id: str | None


def missing_before(activity: Activity, situations: Mapping[str, Situation]) -> Missing | None:
    """What most learners lack before an activity, of equally many what comes first in the map; None where nobody does."""
    lacking: dict[str, list[str]] = defaultdict(list)
    for learner_id, at in situations.items():
        for skill_id in first_missing(activity.skills, at):
            lacking[skill_id].append(learner_id)
    if not lacking:
        return None
    skill_map = next(iter(situations.values())).skill_map
    order = [skill_id for layer in skill_map.layers() for skill_id in layer]
    skill_id = min(lacking, key=lambda each: (-len(lacking[each]), order.index(each)))
    helped = {learner_id: situations[learner_id] for learner_id in lacking[skill_id]}
    return Missing(skill_id, tuple(helped), _step_for(skill_map.activities_for(skill_id), helped))


def first_missing(skills: Iterable[str], at: Situation) -> frozenset[str]:
    """Unmet hard prerequisites of the skills, as far down as something is unmet: where nothing more is in the way."""
    found: set[str] = set()
    waiting, seen = list(skills), set[str]()
    while waiting:
        for before in at.skills[waiting.pop()].unmet:
            if before in seen:
                continue
            seen.add(before)
            if at.skills[before].unmet:
                waiting.append(before)
            else:
                found.add(before)
    return frozenset(found)


def _step_for(activities: Iterable[Activity], helped: Mapping[str, Situation]) -> str | None:
    """The activity that most of them may do now, the shortest of these."""
    able = [
        (-sum(not rules_against(activity, at) for at in helped.values()), activity.minutes, activity.id)
        for activity in activities
    ]
    if not able:
        return None
    most, _minutes, activity_id = min(able)
    return activity_id if most else None
