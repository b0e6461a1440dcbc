"""Coverage of the standards: what a course has for each standard code of its map, and what the class has shown of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lti_tool.pathways.content import Purpose
from lti_tool.pathways.map_health import MIN_ACTIVITIES
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.skill_map import SkillMap


class Gap(StrEnum):
    """What is missing for a standard, most urgent first."""

    NO_ACTIVITY = "no_activity"
    FEW_ACTIVITIES = "few_activities"
    NO_CHECK = "no_check"
    NO_EVIDENCE = "no_evidence"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One standard; an empty `code` stands for all skills without one.

    `activities` serve one of its skills, `checks` are those among them that check. `with_evidence` learners have a
    score on one of the skills, `secure` ones are Secure on all of them.
    """

    code: str
    skill_ids: tuple[str, ...]
    activities: int
    checks: int
    with_evidence: int
    secure: int
    gaps: tuple[Gap, ...]


def standards_coverage(
    skill_map: SkillMap, estimates: Sequence[Mapping[str, MasteryEstimate]]
) -> tuple[Coverage, ...]:
    """All standards of the map for a class with these estimates, those with gaps first, then by code."""
    skills: dict[str, list[str]] = {}
    for skill in skill_map.skills:
        for code in skill.codes or ("",):
            skills.setdefault(code, []).append(skill.id)
    found = [_coverage(code, tuple(own), skill_map, estimates) for code, own in skills.items()]
    order = list(Gap)
    return tuple(
        sorted(found, key=lambda one: (min(map(order.index, one.gaps), default=len(order)), one.code))
    )


def _coverage(
    code: str,
    skill_ids: tuple[str, ...],
    skill_map: SkillMap,
    estimates: Sequence[Mapping[str, MasteryEstimate]],
) -> Coverage:
    activities = [a for a in skill_map.activities if not a.skills.keys().isdisjoint(skill_ids)]
    checks = sum(activity.purpose is Purpose.CHECK for activity in activities)
    shown = sum(any(own[skill_id].evidence_count for skill_id in skill_ids) for own in estimates)
    secure = sum(all(own[skill_id].level.at_least_secure for skill_id in skill_ids) for own in estimates)
    gaps = []
    if not activities:
        gaps.append(Gap.NO_ACTIVITY)
    elif len(activities) < MIN_ACTIVITIES:
        gaps.append(Gap.FEW_ACTIVITIES)
    if activities and not checks:
        gaps.append(Gap.NO_CHECK)
    if estimates and not shown:
        gaps.append(Gap.NO_EVIDENCE)
    return Coverage(code, skill_ids, len(activities), checks, shown, secure, tuple(gaps))
