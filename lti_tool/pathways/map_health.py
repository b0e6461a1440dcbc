"""Health of a skill map: gaps that make good suggestions harder, each with what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.pathways.content import Activity, Format, Prerequisite, Purpose, Skill

MIN_ACTIVITIES = 2
MIN_FORMATS = 2
_TO_ADD = (Format.WORKSHEET, Format.VIDEO, Format.HANDS_ON, Format.GAME, Format.QUIZ)
"""In this order: practice first, then ways to learn."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One gap: a stable `code`, the skill or activity it concerns, and a sentence with what to do next."""

    code: str
    subject_id: str
    message: str


def findings(
    skills: Sequence[Skill], prerequisites: Sequence[Prerequisite], activities: Sequence[Activity]
) -> tuple[Finding, ...]:
    """All gaps of a map, in the order of its skills and then of its activities."""
    found = [finding for skill in skills for finding in _of_skill(skill, activities)]
    found += [_untagged(activity) for activity in activities if not activity.skills]
    found += _alone(skills, prerequisites)
    return tuple(found)


def format_to_add(skill_id: str, activities: Sequence[Activity]) -> Format:
    """The format of a next activity that closes a gap of this skill: a quiz where nothing shows what students can do,
    else the first one that it does not have yet.
    """
    own = [activity for activity in activities if skill_id in activity.skills]
    if own and not _shows(own):
        return Format.QUIZ
    had = {activity.format for activity in own}
    return next((other for other in _TO_ADD if other not in had), _TO_ADD[0])


def _shows(activities: Sequence[Activity]) -> bool:
    """Whether one of them shows what a student can do."""
    return any(a.purpose is Purpose.CHECK or a.informativeness >= 1.0 for a in activities)


def _of_skill(skill: Skill, activities: Sequence[Activity]) -> list[Finding]:
    own = [activity for activity in activities if skill.id in activity.skills]
    if not own:
        return [
            Finding("skill.no_activities", skill.id, f"“{skill.title}” has no activity yet; add or tag one.")
        ]
    found = []
    if len(own) < MIN_ACTIVITIES:
        found.append(
            Finding(
                "skill.few_activities", skill.id, f"“{skill.title}” has one activity only; add a second one."
            )
        )
    elif len({activity.format for activity in own}) < MIN_FORMATS:
        found.append(
            Finding(
                "skill.one_format",
                skill.id,
                f"“{skill.title}” has one format only; add a different kind of activity.",
            )
        )
    if not _shows(own):
        found.append(
            Finding(
                "skill.no_check",
                skill.id,
                f"“{skill.title}” has no check, so what students can do stays unknown; add one.",
            )
        )
    return found


def _untagged(activity: Activity) -> Finding:
    return Finding(
        "activity.no_skills",
        activity.id,
        f"“{activity.title}” has no skill; tag it to make its scores count.",
    )


def _alone(skills: Sequence[Skill], prerequisites: Sequence[Prerequisite]) -> list[Finding]:
    """Skills without any neighbour; a map where that holds for all is simply a list, and fine."""
    linked = {edge.before for edge in prerequisites} | {edge.after for edge in prerequisites}
    if not linked:
        return []
    return [
        Finding(
            "skill.unlinked",
            skill.id,
            f"“{skill.title}” has no prerequisite and leads nowhere; link it if it should.",
        )
        for skill in skills
        if skill.id not in linked
    ]
