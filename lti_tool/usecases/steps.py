"""A step as pages show it: one option of a recommendation, in words."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.models.learning import Proposal
from lti_tool.pathways.reasons import Audience, sentence
from lti_tool.pathways.recommendation import Option
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.labels import format_label, mode_label
from lti_tool.usecases.plan_path import recommendation_of
from lti_tool.usecases.words import Words

# More names than this make a list, not a reason.
_MOST_UNLOCKED = 2


@dataclass(frozen=True, slots=True)
class StepView:
    """One step. `option` is its index in the proposal; `activity_id` None means "talk to your teacher"."""

    option: int
    activity_id: str | None
    title: str
    skill_title: str
    minutes: int | None
    format: str
    format_label: str
    mode_label: str
    hosted: str
    reason: str
    unlocks: str
    summary: str


def step_view(
    *, classroom: Classroom, option: Option, index: int, audience: Audience, words: Words
) -> StepView:
    """The view of one option for one kind of reader."""
    skill_map = classroom.skill_map
    reason = sentence(
        option,
        audience,
        skill_map,
        words.gettext,
        ngettext=words.ngettext,
        format_date=words.format_date,
    )
    skill_title = (
        skill_map.skill(option.skill_id).title
        if option.skill_id and skill_map.has_skill(option.skill_id)
        else ""
    )
    if option.activity_id is None or not skill_map.has_activity(option.activity_id):
        title = words.gettext("Talk to your teacher")
        return StepView(index, None, title, skill_title, None, "", "", "", "", reason, "", "")
    activity = skill_map.activity(option.activity_id)
    return StepView(
        option=index,
        activity_id=activity.id,
        title=activity.title,
        skill_title=skill_title,
        minutes=activity.minutes,
        format=activity.format.value,
        format_label=format_label(activity.format, words),
        mode_label=mode_label(activity.mode, words),
        hosted=activity.hosted.value,
        reason=reason,
        unlocks=_unlocks(classroom, option.skill_id),
        summary=activity.summary,
    )


def step_views(
    *, classroom: Classroom, proposal: Proposal, audience: Audience, words: Words
) -> tuple[StepView, tuple[StepView, ...]]:
    """The step that stands, and its alternatives in the recommended order."""
    views = [
        step_view(classroom=classroom, option=option, index=index, audience=audience, words=words)
        for index, option in enumerate(recommendation_of(proposal).options)
    ]
    standing = views.pop(proposal.chosen)
    return standing, tuple(views)


def _unlocks(classroom: Classroom, skill_id: str | None) -> str:
    if skill_id is None or not classroom.skill_map.has_skill(skill_id):
        return ""
    opened = [
        classroom.skill_map.skill(edge.after).title
        for edge in classroom.skill_map.prerequisites
        if edge.before == skill_id
    ]
    return ", ".join(opened[:_MOST_UNLOCKED])
