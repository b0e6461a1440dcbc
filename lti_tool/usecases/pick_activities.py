"""The deep-linking picker: which activities a teacher may place, and the content items for the platform."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch.content_items import Column, ContentItem, Target
from lti_tool.models.courses import Context
from lti_tool.models.gradebook import LineItem
from lti_tool.pathways.checks import Check
from lti_tool.pathways.skill_map import Activity
from lti_tool.usecases.activity_dates import ActivityDates
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """How the chosen links are placed: their address, their dates, and where they open."""

    launch_url: str
    dates: ActivityDates
    target: Target | None


def pickable(
    session: Session, *, context: Context, words: Words, graded_first: bool = False
) -> tuple[PickView, ...]:
    """Waymark itself, then every activity of the course's skill map, checks first.

    With `graded_first`, for a place that takes one link and makes a column for it, Waymark itself comes last.
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
    views.sort(key=lambda view: not view.has_check)
    return (*views, course_page) if graded_first else (course_page, *views)


def content_items(
    session: Session, *, context: Context, activity_ids: Sequence[str], placing: Placing, words: Words
) -> tuple[ContentItem, ...]:
    """The chosen activities as content items, each with a column of its own.

    Checks fill their column by themselves, and a teacher may look at what a student answered; the others'
    columns are for the teacher's marks, which are read back as evidence.
    Raises Fixable `pick.nothing_chosen`, NotVisible `activity.not_found`.
    """
    if not activity_ids:
        raise Fixable("pick.nothing_chosen", "Choose at least one activity, then add it to the course.")
    adopted = adopted_map(session, context)
    return tuple(
        _course_page(placing, words)
        if activity_id == COURSE_PAGE
        else _content_item(adopted, activity_id, placing, words)
        for activity_id in dict.fromkeys(activity_ids)
    )


def _course_page(placing: Placing, words: Words) -> ContentItem:
    """Waymark itself is open at all times and nothing to hand in."""
    return ContentItem(
        title=words.gettext("Waymark: your next step"),
        text=words.gettext("One good next step, with the reason."),
        url=placing.launch_url,
        target=placing.target,
    )


def _content_item(
    adopted: AdoptedMap | None, activity_id: str, placing: Placing, words: Words
) -> ContentItem:
    if adopted is None or not adopted.skill_map.offers(activity_id):
        raise NotVisible(
            "activity.not_found", "One of the chosen activities is not in this course. Choose again."
        )
    activity: Activity = adopted.skill_map.activity(activity_id)
    check = adopted.checks.get(activity.id)
    return ContentItem(
        title=activity.title,
        text=activity.summary,
        url=placing.launch_url,
        custom={"activity": activity.id},
        column=Column(
            label=activity.title,
            score_maximum=_points(check),
            resource_id=activity.id,
            tag=ACTIVITY_TAG,
            review_label=words.gettext("Look at the answers") if check is not None else "",
        ),
        opens_at=placing.dates.opens_at,
        due_at=placing.dates.due_at,
        target=placing.target,
    )


def _points(check: Check | None) -> float:
    if check is None:
        return HAND_MARKED_POINTS
    return sum(question.points for question in check.questions)
