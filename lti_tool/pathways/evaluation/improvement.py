"""Whether the skill of a step rose on later evidence.

Compared are two estimates of the skill for the same moment: with what was known before the step was proposed, and with
the scores on the skill that came after the step as well. The step's own scores are left out, unless it is a check: doing
an exercise is not yet knowing. A skill that was not met again within `LATER_DAYS` was not tested.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.content import Purpose
from lti_tool.pathways.evaluation.histories import Course, records_at, speaks_of
from lti_tool.pathways.evaluation.trails import Trail
from lti_tool.pathways.record import Record
from lti_tool.pathways.tasks import Task

LATER_DAYS = 28


@dataclass(frozen=True, slots=True)
class _Step:
    """A done step with the scores that came after it."""

    trail: Trail
    skill_id: str
    later: tuple[Answer, ...]


def improvements(course: Course, trails: Iterable[Trail]) -> dict[str, bool]:
    """For each done step whose skill was met again, by id, whether its estimate is higher then."""
    by_learner: dict[str, list[_Step]] = defaultdict(list)
    for trail in trails:
        step = _step(course, trail)
        if step is not None:
            by_learner[trail.learner_id].append(step)
    found = {}
    for learner_id, steps in by_learner.items():
        steps.sort(key=lambda step: (step.trail.proposed_at, step.trail.id))
        moments = (step.trail.proposed_at for step in steps)
        for step, record in zip(
            steps, records_at(course.model, course.answers[learner_id], moments), strict=True
        ):
            found[step.trail.id] = _rose(course, step, record)
    return found


def _step(course: Course, trail: Trail) -> _Step | None:
    if trail.done_at is None or trail.skill_id is None or not trail.stood:
        return None
    until = trail.done_at + timedelta(days=LATER_DAYS)
    later = tuple(
        answer
        for answer in course.answers.get(trail.learner_id, ())
        if speaks_of(answer.task, trail.skill_id)
        and trail.proposed_at < answer.at <= until
        and _counts(course, trail, answer)
    )
    return _Step(trail, trail.skill_id, later) if later else None


def _counts(course: Course, trail: Trail, answer: Answer) -> bool:
    """Scores of other activities after the step was done, and of the step itself only where it is a check."""
    if answer.task.activity_id == trail.activity_id:
        return course.skill_map.activity(trail.activity_id).purpose is Purpose.CHECK
    return trail.done_at is not None and answer.at > trail.done_at


def _rose(course: Course, step: _Step, record: Record) -> bool:
    typical = Task(activity_id="", skills=((step.skill_id, 1.0, 1.0),))
    now, learner_id = step.later[-1].at, step.trail.learner_id
    before = course.model.logit(record, typical, learner_id=learner_id, now=now)
    then = record.about(step.skill_id)
    for answer in step.later:
        course.model.add(then, answer)
    return course.model.logit(then, typical, learner_id=learner_id, now=now) > before
