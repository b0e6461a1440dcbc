"""How a learner went on after an activity: the next independent score on its skill, beside what was expected before it.

Independent means: a score on another activity that is mainly about the same skill, within `LATER_DAYS`. What was expected
rests on what was known just before the activity was first done, so neither its own score nor anything later takes part.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.evaluation.histories import Course, records_at, speaks_of
from lti_tool.pathways.evaluation.improvement import LATER_DAYS
from lti_tool.pathways.evaluation.trails import Trail

BANDS = 5
"""Learners of whom about the same was expected are those in the same fifth of the scale."""


@dataclass(frozen=True, slots=True)
class Gain:
    """One learner after one activity: the next score on the skill minus what was expected of it."""

    learner_id: str
    activity_id: str
    skill_id: str
    expected: float
    gain: float

    @property
    def band(self) -> int:
        """The fifth of the scale in which the expectation lies."""
        return min(int(self.expected * BANDS), BANDS - 1)


@dataclass(frozen=True, slots=True)
class _First:
    """The first time that a learner did an activity, and the score that came next on its skill."""

    at: datetime
    activity_id: str
    skill_id: str
    following: Answer


def gains_of(course: Course, trails: Iterable[Trail]) -> list[Gain]:
    """Every learner's gain after every activity, as far as the skill was met again."""
    done = _first_done(course, trails)
    found = []
    for learner_id in sorted(done):
        answers = course.answers.get(learner_id, ())
        firsts = sorted(
            (first for first in _firsts(course, done[learner_id], answers)),
            key=lambda first: (first.at, first.activity_id),
        )
        records = records_at(course.model, answers, (first.at for first in firsts))
        for first, record in zip(firsts, records, strict=True):
            expected = course.expected(record, first.following)
            gain = first.following.fraction - expected
            found.append(Gain(learner_id, first.activity_id, first.skill_id, expected, gain))
    return found


def _first_done(course: Course, trails: Iterable[Trail]) -> dict[str, dict[str, datetime]]:
    """When each learner first did each activity: by a score of any kind, or by saying so."""
    found: dict[str, dict[str, datetime]] = {}

    def note(learner_id: str, activity_id: str, at: datetime) -> None:
        own = found.setdefault(learner_id, {})
        own[activity_id] = min(at, own.get(activity_id, at))

    for learner_id, pieces in course.evidence.items():
        for piece in pieces:
            note(learner_id, piece.activity_id, piece.occurred_at)
    for trail in trails:
        if trail.done_at is not None:
            note(trail.learner_id, trail.activity_id, trail.done_at)
    return found


def _firsts(course: Course, done: Mapping[str, datetime], answers: Iterable[Answer]) -> Iterable[_First]:
    on_skill: dict[str, list[Answer]] = {}
    answers = list(answers)
    for activity_id, at in done.items():
        skill_id = course.main_skill(activity_id)
        if skill_id is None:
            continue
        if skill_id not in on_skill:
            on_skill[skill_id] = [answer for answer in answers if speaks_of(answer.task, skill_id)]
        until = at + timedelta(days=LATER_DAYS)
        following = next(
            (
                answer
                for answer in on_skill[skill_id]
                if at < answer.at <= until and answer.task.activity_id != activity_id
            ),
            None,
        )
        if following is not None:
            yield _First(at, activity_id, skill_id, following)
