"""One student's way to the goals: for the teacher with chances and what would help, for the student in a calm sentence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from lti_tool.models.courses import Person
from lti_tool.pathways.pace import LOOK_BACK, Pace
from lti_tool.pathways.pace_changes import smallest_change
from lti_tool.pathways.pacing import Outlook, is_reached
from lti_tool.usecases.classroom import Classroom
from lti_tool.usecases.course_outlook import course_outlook
from lti_tool.usecases.goal_dates import days_left, goal_dates
from lti_tool.usecases.look_at_pace import ChangeView, change_view
from lti_tool.usecases.pace_words import Chance, chance_label, chance_word
from lti_tool.usecases.words import Words

FURTHEST_DAYS = 182.0
"""A day further away is too far to name it."""
SAY_NUMBER_FROM = 0.75
"""Less than about one activity a week is not said as a number."""


@dataclass(frozen=True, slots=True)
class Odds:
    """The chance to reach a goal by its date in percent, at a slow and at a quick pace, and to be Secure on it by then."""

    percent: int
    low: int
    high: int
    secure: int


@dataclass(frozen=True, slots=True)
class When:
    """The days on which a goal is reached in one, five and nine of ten cases; None where that is too far to say."""

    soonest: date | None
    around: date | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class GoalForecast:
    """One goal of one student for the teacher.

    A goal that is reached has no `odds` and no `when`; one without a date has no `odds` and no `word`.
    """

    title: str
    day: date | None
    word: Chance | None
    label: str
    odds: Odds | None
    when: When | None
    change: ChangeView | None


@dataclass(frozen=True, slots=True)
class OwnPaceView:
    """A student's pace; without `per_week` nothing can be said yet.

    `minutes` is about what these activities take this student in a week.
    """

    per_week: float | None
    minutes: int | None
    goals: tuple[GoalForecast, ...]


def own_pace(session: Session, classroom: Classroom, learner: Person, words: Words) -> OwnPaceView:
    """All goals of one student, in teaching order."""
    outlook = course_outlook(classroom, [learner])
    if outlook is None or not outlook.learners:
        return OwnPaceView(None, None, ())
    dates = goal_dates(session, classroom.context)
    per_week = outlook.learners[str(learner.id)].pace.per_week
    return OwnPaceView(
        per_week=per_week,
        minutes=_minutes(classroom, learner, per_week),
        goals=tuple(
            _goal(classroom, outlook, str(learner.id), goal=goal, day=dates.of(goal), words=words)
            for goal in _goals(classroom)
        ),
    )


def _minutes(classroom: Classroom, learner: Person, per_week: float) -> int | None:
    """A week's activities at the minutes that the latest ones took; None where there were none lately."""
    accommodations = classroom.accommodations_of(learner.id)
    lately = [
        accommodations.minutes_for(classroom.skill_map.activity(piece.activity_id))
        for piece in classroom.evidence.get(learner.id, ())
        if piece.informativeness > 0 and classroom.now - LOOK_BACK < piece.occurred_at <= classroom.now
    ]
    return round(per_week * sum(lately) / len(lately)) if lately else None


def pace_sentences(classroom: Classroom, learner: Person, words: Words) -> tuple[str, ...]:
    """For the student: each goal not yet reached, and around when at the own pace; empty while nobody can say."""
    outlook = course_outlook(classroom, [learner], until_secure=False)
    if outlook is None or not outlook.learners:
        return ()
    known = outlook.learners[str(learner.id)]
    sentences = []
    for goal in _goals(classroom):
        day = _date(classroom, outlook.likely_days(known.id, goal))
        if day is None or is_reached(known.estimates[goal], outlook.policy):
            continue
        sentences.append(_sentence(known.pace, classroom.skill_map.skill(goal).title, day, words))
    return tuple(sentences)


def _sentence(pace: Pace, title: str, day: date, words: Words) -> str:
    values = {"goal": title, "day": words.format_date(day)}
    if pace.per_week < SAY_NUMBER_FROM:
        return words.gettext("At your own pace you reach “%(goal)s” around %(day)s.") % values
    number = round(pace.per_week)
    return words.ngettext(
        "At your pace of %(number)s activity a week you reach “%(goal)s” around %(day)s.",
        "At your pace of %(number)s activities a week you reach “%(goal)s” around %(day)s.",
        number,
    ) % {"number": number, **values}


def _goals(classroom: Classroom) -> list[str]:
    goals = set(classroom.skill_map.goals)
    return [skill_id for layer in classroom.skill_map.layers() for skill_id in layer if skill_id in goals]


def _goal(
    classroom: Classroom, outlook: Outlook, learner_id: str, *, goal: str, day: date | None, words: Words
) -> GoalForecast:
    title = classroom.skill_map.skill(goal).title
    if is_reached(outlook.learners[learner_id].estimates[goal], outlook.policy):
        return GoalForecast(title, day, Chance.THERE, chance_label(Chance.THERE, words), None, None, None)
    days = days_left(day, classroom.now) if day else 0.0
    forecast = outlook.forecast(learner_id, goal, days=days)
    when = When(*(_date(classroom, d) for d in (forecast.soonest, forecast.likely, forecast.latest)))
    if day is None:
        return GoalForecast(title, None, None, "", None, when, None)
    word = chance_word(forecast.chance)
    change = smallest_change(outlook, goal, days=days, among=(learner_id,))
    return GoalForecast(
        title=title,
        day=day,
        word=word,
        label=chance_label(word, words),
        odds=Odds(
            *(round(100 * part) for part in (forecast.chance, forecast.low, forecast.high, forecast.secure))
        ),
        when=when,
        change=change_view(change, classroom, learners=1, day=day, words=words),
    )


def _date(classroom: Classroom, days: float | None) -> date | None:
    if days is None or days > FURTHEST_DAYS:
        return None
    return (classroom.now + timedelta(days=days)).date()
