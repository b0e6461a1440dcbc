"""Evaluations of courses, worked out in the background and kept as sums: for the school, and so that pages are quick."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.models.courses import Context
from lti_tool.models.learning import AdoptedSkillMap, CourseEvaluation, EvidenceRecord
from lti_tool.pathways.evaluation.calibration import Calibration
from lti_tool.usecases.evaluate_course import LoadedCourse, load_course

ACTIVE_DAYS = 28
EVALUATE_EVERY = timedelta(days=7)
"""A course without new scores is looked at so often: steps go on, and learners leave."""

logger = structlog.get_logger(__name__)


def calibration_now(session: Session, context: Context, loaded: LoadedCourse) -> Calibration:
    """The calibration of a course: what was kept where nothing has changed since, else worked out now."""
    kept = session.get(CourseEvaluation, context.id)
    if kept is not None and kept.fingerprint == loaded.fingerprint:
        return Calibration.from_mapping(kept.calibration)
    return loaded.calibration


def evaluate_due_courses(
    database: Database, *, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False
) -> None:
    """Evaluate every course with scores that came after its latest evaluation, and each at least once a week."""
    with database.read() as session:
        due = _due(session, clock())
    for context_key in due:
        if stopping():
            return
        keep_evaluation(database, context_key, now=clock())


def keep_evaluation(database: Database, context_key: int, *, now: datetime) -> None:
    """Evaluate one course. Nothing is locked while it is worked out."""
    with database.read() as session:
        context = session.get(Context, context_key)
        if context is None:
            return
        loaded = load_course(session, context=context, now=now)
        calibration = calibration_now(session, context, loaded)
    uptake = loaded.uptake
    row = CourseEvaluation(
        context_id=context_key,
        evaluated_at=now,
        fingerprint=loaded.fingerprint,
        learners=sum(1 for own in loaded.course.answers.values() if own),
        active_learners=_active(loaded, now),
        calibration=calibration.to_mapping(),
        uptake={
            "whole": uptake.whole.to_mapping(),
            "by_kind": {kind.value: found.to_mapping() for kind, found in uptake.by_kind.items()},
        },
    )
    with database.transaction() as session:
        if session.get(Context, context_key) is not None:  # else it was deleted meanwhile
            session.merge(row)
    logger.info("course.evaluated", context_id=context_key)


def _due(session: Session, now: datetime) -> tuple[int, ...]:
    latest = (
        select(EvidenceRecord.context_id, func.max(EvidenceRecord.recorded_at).label("at"))
        .group_by(EvidenceRecord.context_id)
        .subquery()
    )
    return tuple(
        session.scalars(
            select(latest.c.context_id)
            .outerjoin(CourseEvaluation, CourseEvaluation.context_id == latest.c.context_id)
            .where(
                latest.c.context_id.in_(select(AdoptedSkillMap.context_id)),
                or_(
                    CourseEvaluation.context_id.is_(None),
                    CourseEvaluation.evaluated_at <= latest.c.at,
                    CourseEvaluation.evaluated_at <= now - EVALUATE_EVERY,
                ),
            )
            .order_by(latest.c.context_id)
        )
    )


def _active(loaded: LoadedCourse, now: datetime) -> int:
    """Learners with a score, or with a step that they opened or did, in the last weeks."""
    since = now - timedelta(days=ACTIVE_DAYS)
    active = {answer.learner_id for answer in loaded.answers if answer.at > since}
    for trail in loaded.trails:
        if any(moment is not None and moment > since for moment in (trail.seen_at, trail.done_at)):
            active.add(trail.learner_id)
    return len(active)
