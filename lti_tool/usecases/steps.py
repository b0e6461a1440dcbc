"""A step as pages show it: one option of a recommendation, in words."""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.models.learning import Proposal
from lti_tool.pathways.reasons import Audience, sentence
from lti_tool.pathways.recommendation import Option
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.labels import format_label, mode_label
from lti_tool.usecases.plan_path import open_options, recommendation_of
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
    *, classroom: Classroom, person_key: int, option: Option, index: int, audience: Audience, words: Words
) -> StepView:
    """The view of one option of a student's proposal for one kind of reader.

    The minutes are those that it takes this student. Families read the usual ones: others would tell of an accommodation.
    """
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
        minutes=activity.minutes
        if audience is Audience.FAMILY
        else classroom.accommodations_of(person_key).minutes_for(activity),
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
    """The step that stands, and the alternatives that are still open, in the recommended order."""

    options = recommendation_of(proposal).options
    views = {
        index: step_view(
            classroom=classroom,
            person_key=proposal.person_id,
            option=options[index],
            index=index,
            audience=audience,
            words=words,
        )
        for index in {*open_options(classroom, proposal), proposal.chosen}
    }
    standing = views.pop(proposal.chosen)
    return standing, tuple(views[index] for index in sorted(views))


def _unlocks(classroom: Classroom, skill_id: str | None) -> str:
    if skill_id is None or not classroom.skill_map.has_skill(skill_id):
        return ""
    opened = [
        classroom.skill_map.skill(edge.after).title
        for edge in classroom.skill_map.prerequisites
        if edge.before == skill_id
    ]
    return ", ".join(opened[:_MOST_UNLOCKED])
