"""What is different between two skill maps: what a teacher looks at before putting the newer one to use."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from lti_tool.pathways.content import Activity, Prerequisite, Skill
from lti_tool.pathways.skill_map import SkillMap


@dataclass(frozen=True, slots=True)
class MapChanges:
    """Skills, prerequisites and activities that came, went or are other than before; ids stay the same."""

    new_skills: tuple[Skill, ...]
    gone_skills: tuple[Skill, ...]
    changed_skills: tuple[tuple[Skill, Skill], ...]
    new_prerequisites: tuple[Prerequisite, ...]
    gone_prerequisites: tuple[Prerequisite, ...]
    new_activities: tuple[Activity, ...]
    gone_activities: tuple[Activity, ...]
    retagged_activities: tuple[Activity, ...]
    changed_activities: tuple[Activity, ...]

    @property
    def any(self) -> bool:
        """Whether anything is different."""
        return any(getattr(self, name) for name in self.__slots__)


def changes_between(before: SkillMap, after: SkillMap) -> MapChanges:
    """What becomes of `before` in `after`."""
    skills = {skill.id: skill for skill in before.skills}
    activities = {activity.id: activity for activity in before.activities}
    kept = [(activities[a.id], a) for a in after.activities if a.id in activities]
    return MapChanges(
        new_skills=tuple(skill for skill in after.skills if skill.id not in skills),
        gone_skills=tuple(skill for skill in before.skills if not after.has_skill(skill.id)),
        changed_skills=tuple(
            (skills[skill.id], skill)
            for skill in after.skills
            if skill.id in skills and skills[skill.id] != skill
        ),
        new_prerequisites=tuple(edge for edge in after.prerequisites if edge not in before.prerequisites),
        gone_prerequisites=tuple(edge for edge in before.prerequisites if edge not in after.prerequisites),
        new_activities=tuple(a for a in after.activities if a.id not in activities),
        gone_activities=tuple(a for a in before.activities if not after.has_activity(a.id)),
        retagged_activities=tuple(new for old, new in kept if old.skills != new.skills),
        changed_activities=tuple(new for old, new in kept if old != new and old.skills == new.skills),
    )


def shared_codes(skill_map: SkillMap) -> Mapping[str, tuple[Skill, ...]]:
    """Codes that several skills carry: a standard in parts, or a slip."""
    found: dict[str, list[Skill]] = defaultdict(list)
    for skill in skill_map.skills:
        for code in dict.fromkeys(skill.codes):
            found[code].append(skill)
    return {code: tuple(skills) for code, skills in found.items() if len(skills) > 1}
