"""Scores of activities in the platform's gradebook: one column for each activity, made when first needed."""

from __future__ import annotations

from sqlalchemy.orm import Session

from lti_tool.grades.outbox import want_score, wanted_column
from lti_tool.models.courses import Person
from lti_tool.usecases.classroom import Classroom

ACTIVITY_TAG = "waymark-activity"


def publish_score(
    session: Session,
    *,
    classroom: Classroom,
    learner: Person,
    activity_id: str,
    score_given: float,
    score_maximum: float,
    comment: str,
) -> None:
    """Queue a score for the activity's own column, in the caller's transaction.

    Does nothing where the course lets us write nothing or the platform offers it no gradebook service, or for a test
    student.
    """
    context = classroom.context
    if not context.mode.writes or context.line_items_url is None or learner not in classroom.learners:
        return
    column = wanted_column(
        session,
        context=context,
        tag=ACTIVITY_TAG,
        resource_id=activity_id,
        label=classroom.skill_map.activity(activity_id).title,
        score_maximum=score_maximum,
        now=classroom.now,
    )
    want_score(
        session,
        column=column,
        person=learner,
        score_given=score_given,
        score_maximum=score_maximum,
        comment=comment,
        now=classroom.now,
        activity_progress="Completed",
        grading_progress="FullyGraded",
    )
