"""The deep-linking picker: which activities a teacher may place, and the content items for the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch.deep_linking import ContentItem
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import LineItem
from lti_tool.pathways.checks import Check
from lti_tool.pathways.skill_map import Activity
from lti_tool.usecases.activity_scores import ACTIVITY_TAG
from lti_tool.usecases.adopted_map import AdoptedMap, adopted_map
from lti_tool.usecases.labels import challenge_label, format_label
from lti_tool.usecases.words import Words

# Points of a column that the teacher fills in by hand.
HAND_MARKED_POINTS = 10.0
# Waymark itself as a link in the course, for platforms whose course navigation shows no tools (Moodle,
# Schoology). No activity can have this id.
COURSE_PAGE = "@waymark"


@dataclass(frozen=True, slots=True)
class PickView:
    """One activity on offer."""

    activity_id: str
    title: str
    skill_titles: tuple[str, ...]
    format_label: str
    minutes: int
    level_label: str
    summary: str
    has_check: bool
    already_placed: bool


def pickable(session: Session, *, context: Context, words: Words) -> tuple[PickView, ...]:
    """Waymark itself, then every activity of the course's skill map, checks first.

    Before a skill map was accepted there is only Waymark itself.
    """
    course_page = PickView(
        activity_id=COURSE_PAGE,
        title=words.gettext("Waymark: your next step"),
        skill_titles=(words.gettext("For the whole course"),),
        format_label=words.gettext("Course page"),
        minutes=0,
        level_label="",
        summary=words.gettext(
            "Students meet their next step here, families their report, teachers their Today page. No column."
        ),
        has_check=False,
        already_placed=False,
    )
    adopted = adopted_map(session, context)
    if adopted is None:
        return (course_page,)
    placed = set(
        session.scalars(
            select(LineItem.activity_id).where(LineItem.context_id == context.id, LineItem.present)
        )
    )
    views = [
        PickView(
            activity_id=activity.id,
            title=activity.title,
            skill_titles=tuple(adopted.skill_map.skill(skill).title for skill in activity.skills),
            format_label=format_label(activity.format, words),
            minutes=activity.minutes,
            level_label=challenge_label(activity.level, words),
            summary=activity.summary,
            has_check=activity.id in adopted.checks,
            already_placed=activity.id in placed,
        )
        for activity in adopted.skill_map.activities
    ]
    return (course_page, *sorted(views, key=lambda view: not view.has_check))


def content_items(
    session: Session, *, context: Context, activity_ids: Sequence[str], launch_url: str
) -> tuple[ContentItem, ...]:
    """The chosen activities as content items, each with a column of its own.

    Checks fill their column by themselves; the others' columns are for the teacher's marks, which are
    read back as evidence. Raises Fixable `pick.nothing_chosen`, NotVisible `activity.not_found`.
    """
    if not activity_ids:
        raise Fixable("pick.nothing_chosen", "Choose at least one activity, then add it to the course.")
    adopted = adopted_map(session, context)
    return tuple(
        _course_page(launch_url)
        if activity_id == COURSE_PAGE
        else _content_item(adopted, activity_id, launch_url)
        for activity_id in dict.fromkeys(activity_ids)
    )


def _course_page(launch_url: str) -> ContentItem:
    return ContentItem(
        title="Waymark: your next step", text="One good next step, with the reason.", url=launch_url
    )


def _content_item(adopted: AdoptedMap | None, activity_id: str, launch_url: str) -> ContentItem:
    if adopted is None or not adopted.skill_map.has_activity(activity_id):
        raise NotVisible(
            "activity.not_found", "One of the chosen activities is not in this course. Choose again."
        )
    activity: Activity = adopted.skill_map.activity(activity_id)
    return ContentItem(
        title=activity.title,
        text=activity.summary,
        url=launch_url,
        custom={"activity": activity.id},
        label=activity.title,
        score_maximum=_points(adopted.checks.get(activity.id)),
        resource_id=activity.id,
        tag=ACTIVITY_TAG,
    )


def _points(check: Check | None) -> float:
    if check is None:
        return HAND_MARKED_POINTS
    return sum(question.points for question in check.questions)
