"""What other goal dates would change, before they hold: how many are there in time, and for whom the word changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context
from lti_tool.pathways.pacing import Outlook, is_reached
from lti_tool.usecases.classroom import Classroom, open_classroom
from lti_tool.usecases.course_outlook import course_outlook
from lti_tool.usecases.goal_dates import GoalDates, days_left, goal_dates
from lti_tool.usecases.look_at_pace import ShareView, share_view, there_now
from lti_tool.usecases.names import full_name
from lti_tool.usecases.pace_words import Chance, chance_label, chance_word
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class Mover:
    """A student whose word changes."""

    name: str
    before: str
    after: str
    is_better: bool


@dataclass(frozen=True, slots=True)
class DateChange:
    """One goal whose date would change, with the forecasts where there are any."""

    title: str
    day_before: date | None
    day_after: date | None
    before: ShareView | None
    after: ShareView | None
    movers: tuple[Mover, ...]


@dataclass(frozen=True, slots=True)
class DatesPreview:
    """All changes; `dates` are those that would hold."""

    changes: tuple[DateChange, ...]
    dates: GoalDates
    speaks: bool


def preview_dates(
    session: Session, *, context: Context, dates: GoalDates, now: datetime, words: Words
) -> DatesPreview:
    """What would change if these dates held. Nothing does yet."""
    classroom = open_classroom(session, context=context, now=now)
    outlook = course_outlook(classroom)
    outlook = outlook if outlook and outlook.speaks_of_class else None
    today = goal_dates(session, context)
    changes = tuple(
        _change(
            classroom,
            outlook,
            goal=skill.id,
            before=today.of(skill.id),
            after=dates.of(skill.id),
            words=words,
        )
        for skill in classroom.skill_map.skills
        if skill.id in classroom.skill_map.goals and today.of(skill.id) != dates.of(skill.id)
    )
    return DatesPreview(changes, dates, outlook is not None)


def _change(
    classroom: Classroom,
    outlook: Outlook | None,
    *,
    goal: str,
    before: date | None,
    after: date | None,
    words: Words,
) -> DateChange:
    title = classroom.skill_map.skill(goal).title
    if outlook is None:
        return DateChange(title, before, after, None, None, ())
    there = there_now(outlook, goal)
    shares = [
        share_view(outlook.share(goal, days=days_left(day, classroom.now)), there=there) if day else None
        for day in (before, after)
    ]
    movers: tuple[Mover, ...] = ()
    if before and after:
        movers = _movers(classroom, outlook, goal=goal, before=before, after=after, words=words)
    return DateChange(title, before, after, shares[0], shares[1], movers)


def _movers(
    classroom: Classroom, outlook: Outlook, *, goal: str, before: date, after: date, words: Words
) -> tuple[Mover, ...]:
    order = list(Chance)
    movers = []
    for learner in classroom.learners:
        key = str(learner.id)
        if key not in outlook.learners:
            continue
        there = is_reached(outlook.learners[key].estimates[goal], outlook.policy)
        words_for = [
            chance_word(outlook.forecast(key, goal, days=days_left(day, classroom.now)).chance, there=there)
            for day in (before, after)
        ]
        if words_for[0] is not words_for[1]:
            movers.append(
                Mover(
                    name=full_name(learner, words),
                    before=chance_label(words_for[0], words),
                    after=chance_label(words_for[1], words),
                    is_better=order.index(words_for[1]) < order.index(words_for[0]),
                )
            )
    return tuple(movers)
