"""Six made-up weeks of scores: each student works through the assessments so far, as their persona would."""

from collections.abc import Iterator
from datetime import date, datetime
from math import sqrt

from lti_tool.demo_lms.course.chance import normal, uniform
from lti_tool.demo_lms.course.comments import comment
from lti_tool.demo_lms.course.learner import Learner
from lti_tool.demo_lms.course.outline import Assessment, Outline
from lti_tool.demo_lms.course.personas import People, Persona
from lti_tool.demo_lms.course.records import Score
from lti_tool.demo_lms.course.school_days import moment, school_days

LOW = 0.65
"""A score below this share of the points may lead to a second attempt."""
LEAST = 0.1
"""Work that was handed in earns at least this share."""
_QUIZ_HAND_IN = 0.97
_SCHOOL_STARTS = 14  # UTC: morning in the middle of North America
_SCHOOL_MINUTES = 400


def scores_so_far(outline: Outline, people: People, *, now: datetime) -> tuple[Score, ...]:
    """All scores up to yesterday, oldest first. The same for any `now` on the same day (UTC)."""
    days = school_days(now)
    found = [
        score
        for student_id, persona in people.personas.items()
        for score in _scores_of(student_id, persona, outline, days)
    ]
    return tuple(sorted(found, key=lambda score: (score.timestamp, score.item_id, score.person_id)))


def _scores_of(
    student_id: str, persona: Persona, outline: Outline, days: tuple[date, ...]
) -> Iterator[Score]:
    learner = Learner(student_id, persona, outline.rests_on)
    usual: list[float] = []
    for task in outline.assessments:
        lesson = _lesson_of_work(student_id, persona, task)
        if lesson is None or lesson > len(days):
            continue
        fraction = _fraction(student_id, persona, learner, task, lesson, attempt=1)
        learner.practise(task.skills, lesson=lesson)
        again = _lesson_of_second_attempt(
            student_id, persona, task, lesson=lesson, today=len(days), fraction=fraction
        )
        if again is not None:
            lesson = again
            fraction = _fraction(student_id, persona, learner, task, lesson, attempt=2)
            learner.practise(task.skills, lesson=lesson)
        step = 1.0 if task.item.kind == "quiz" else 0.5
        points = round(fraction * task.points / step) * step
        yield Score(
            item_id=task.item.id,
            person_id=student_id,
            score_given=points,
            timestamp=moment(
                days[lesson - 1],
                hour=_SCHOOL_STARTS,
                minutes=_SCHOOL_MINUTES * uniform(student_id, task.item.id, "minute"),
            ),
            comment=comment(
                student_id,
                task.item.id,
                fraction=points / task.points,
                usual=sum(usual) / len(usual) if usual else None,
                late=lesson > task.lesson and again is None,
                second_attempt=again is not None,
            ),
        )
        usual.append(points / task.points)


def _lesson_of_work(student_id: str, persona: Persona, task: Assessment) -> int | None:
    """When the work was done: a quiz in class, a worksheet up to two days later; None when it never was."""
    is_quiz = task.item.kind == "quiz"
    if uniform(student_id, task.item.id, "hand-in") > (_QUIZ_HAND_IN if is_quiz else persona.hand_in):
        return None
    delay = 0 if is_quiz else int(3 * uniform(student_id, task.item.id, "delay") ** 2)
    return (
        task.lesson + delay if persona.present(task.lesson) and persona.present(task.lesson + delay) else None
    )


def _lesson_of_second_attempt(
    student_id: str, persona: Persona, task: Assessment, *, lesson: int, today: int, fraction: float
) -> int | None:
    """When a low score was tried again: one to three school days later; None when it was not."""
    if fraction >= LOW or uniform(student_id, task.item.id, "again") > persona.tries_again:
        return None
    later = lesson + 1 + int(3 * uniform(student_id, task.item.id, "again-delay"))
    return later if later <= today and persona.present(later) else None


def _fraction(
    student_id: str, persona: Persona, learner: Learner, task: Assessment, lesson: int, *, attempt: int
) -> float:
    """Share of the points: the student's chance on that day, with the luck of so many questions."""
    name = (student_id, task.item.id, attempt)
    bad_day = persona.unsteady * normal(*name, "day")
    chance = learner.chance_right(task.skills, lesson=lesson, difficulty=task.difficulty + bad_day)
    luck = normal(*name, "luck") * sqrt(chance * (1 - chance) / task.points)
    return min(max(chance + luck, LEAST), 1.0)
