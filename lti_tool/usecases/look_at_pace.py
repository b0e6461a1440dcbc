"""The teacher's Pace page: for every goal its date, how much of the class will be there, who needs most, what would help."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.pathways.pace_changes import Change, ChangeKind, smallest_change
from lti_tool.pathways.pacing import Outlook, Share, is_reached
from lti_tool.pathways.skill_map import Skill
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.course_outlook import course_outlook
from lti_tool.usecases.goal_dates import GoalDates, days_left, goal_dates, suggested_date
from lti_tool.usecases.names import full_name
from lti_tool.usecases.pace_words import EVEN, change_sentence
from lti_tool.usecases.words import Words

MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class ShareView:
    """A forecast for the class in students: `there` now, `expected` by the date, between `low` and `high`, of `all`."""

    there: int
    expected: int
    low: int
    high: int
    all: int


@dataclass(frozen=True, slots=True)
class ChangeView:
    """The smallest change. `kind` says which button goes with it; `later` is the date of a later one."""

    kind: str
    sentence: str
    is_enough: bool
    later: date | None


@dataclass(frozen=True, slots=True)
class GoalRow:
    """One goal. Without a date there is no forecast, only who is there now."""

    skill_id: str
    title: str
    codes: tuple[str, ...]
    day: date | None
    own_day: date | None
    is_over: bool
    there: int
    share: ShareView | None
    needs: tuple[tuple[int, str], ...]
    more_needs: int
    change: ChangeView | None


@dataclass(frozen=True, slots=True)
class PaceView:
    """The page. `per_week` is the usual student's scored activities a week, None while nobody can say.

    `suggested` is the end of the course as the learning platform says it, while no goal has a date.
    `together` counts the shared class activities to come and their minutes, which leave less for own steps.
    `unknown` counts students with too little evidence for a forecast; `speaks` whether the class has one.
    """

    rows: tuple[GoalRow, ...]
    for_all: date | None
    has_dates: bool
    suggested: date | None
    per_week: float | None
    learners: int
    unknown: int
    speaks: bool
    as_of: datetime | None
    together: tuple[int, int]


def look_at_pace(session: Session, *, context: Context, now: datetime, words: Words) -> PaceView:
    """The page of one course."""
    classroom = open_classroom(session, context=context, now=now)
    outlook = course_outlook(classroom)
    dates = goal_dates(session, context)
    known = len(outlook.learners) if outlook else 0
    paces = [learner.pace.per_week for learner in outlook.learners.values()] if outlook else []
    shared = [each for each in classroom.class_activities if each.on_day >= now.date()]
    rows = tuple(
        _row(classroom, outlook, goal, dates, words)
        for goal in (skill_id for layer in classroom.skill_map.layers() for skill_id in layer)
        if goal in classroom.skill_map.goals
    )
    return PaceView(
        rows=rows,
        for_all=dates.for_all,
        has_dates=any(row.day for row in rows),
        suggested=suggested_date(context, dates, now=now),
        per_week=sorted(paces)[len(paces) // 2] if paces else None,
        learners=len(classroom.learners),
        unknown=len(classroom.learners) - known,
        speaks=outlook is not None and outlook.speaks_of_class,
        as_of=context.gradebook_read_at,
        together=(len(shared), sum(each.minutes for each in shared)),
    )


def share_view(share: Share, *, there: int) -> ShareView:
    """A share in whole students, never fewer than are there now."""
    low, expected, high = (
        max(round(share.learners * part), there) for part in (share.low, share.expected, share.high)
    )
    return ShareView(there, expected, low, high, share.learners)


def there_now(outlook: Outlook, goal: str) -> int:
    """How many of those who can be spoken of have reached the goal."""
    return sum(is_reached(one.estimates[goal], outlook.policy) for one in outlook.learners.values())


def _row(classroom: Classroom, outlook: Outlook | None, goal: str, dates: GoalDates, words: Words) -> GoalRow:
    skill, day = classroom.skill_map.skill(goal), dates.of(goal)
    days = days_left(day, classroom.now) if day else 0.0
    if outlook is None or not outlook.speaks_of_class or day is None:
        return _without_forecast(classroom, skill, dates, days)
    there = there_now(outlook, goal)
    chances = {
        learner_id: outlook.forecast(learner_id, goal, days=days).chance for learner_id in outlook.learners
    }
    far = sorted((one for one in chances if chances[one] < EVEN), key=lambda one: chances[one])
    change = smallest_change(outlook, goal, days=days, among=tuple(outlook.learners))
    names = {str(learner.id): full_name(learner, words) for learner in classroom.learners}
    return GoalRow(
        skill_id=goal,
        title=skill.title,
        codes=skill.codes,
        day=day,
        own_day=dates.own.get(goal),
        is_over=days <= 0,
        there=there,
        share=share_view(outlook.share(goal, days=days), there=there),
        needs=tuple((int(one), names[one]) for one in far[:MOST_NAMES]),
        more_needs=max(len(far) - MOST_NAMES, 0),
        change=change_view(change, classroom, learners=len(chances), day=day, words=words),
    )


def change_view(
    change: Change | None, classroom: Classroom, *, learners: int, day: date, words: Words
) -> ChangeView | None:
    """The smallest change in words."""
    if change is None:
        return None
    return ChangeView(
        kind=change.kind.value,
        sentence=change_sentence(change, classroom.skill_map, learners=learners, day=day, words=words),
        is_enough=change.is_enough,
        later=day + timedelta(days=change.number) if change.kind is ChangeKind.LATER else None,
    )


def _without_forecast(classroom: Classroom, skill: Skill, dates: GoalDates, days: float) -> GoalRow:
    day = dates.of(skill.id)
    there = sum(is_reached(own[skill.id], classroom.policy) for own in classroom.estimates.values())
    return GoalRow(
        skill.id,
        skill.title,
        skill.codes,
        day,
        dates.own.get(skill.id),
        day is not None and days <= 0,
        there,
        None,
        (),
        0,
        None,
    )
