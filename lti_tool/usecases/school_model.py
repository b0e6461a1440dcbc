"""The learner model of a school: which weights are in use, and the weekly try to find better ones.

A school is a registration. Its evidence alone moves its weights; what is stored are a dozen shared numbers, nothing about
a person.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.models.courses import Context, Membership
from lti_tool.models.learning import EvidenceRecord, ModelTrial
from lti_tool.models.platforms import Deployment
from lti_tool.pathways.answers import Answer, answers_of
from lti_tool.pathways.evaluation.predictions import InUse
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters
from lti_tool.pathways.trial import try_weights
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.evidence_records import evidence_by_learner

TRY_EVERY = timedelta(days=7)

logger = structlog.get_logger(__name__)


def parameters_in_use(session: Session, registration_id: int) -> Parameters:
    """The weights that the school's own evidence has earned, or the shipped ones."""
    earned = weights_in_order(session, registration_id)
    return earned[-1].parameters if earned else DEFAULT_PARAMETERS


def weights_in_order(session: Session, registration_id: int) -> tuple[InUse, ...]:
    """The weights that the school's own evidence has earned over time, the shipped ones before them."""
    trials = session.scalars(
        select(ModelTrial)
        .where(ModelTrial.registration_id == registration_id, ModelTrial.adopted)
        .order_by(ModelTrial.tried_at, ModelTrial.id)
    )
    return tuple(
        InUse(trial.tried_at, DEFAULT_PARAMETERS.with_weights(trial.weights, version=trial.version))
        for trial in trials
    )


def try_school_models(
    database: Database, *, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False
) -> None:
    """For every school whose last try is a week old, fit its weights anew and keep them if they predict better."""
    with database.read() as session:
        due = _due(session, clock())
    for registration_id in due:
        if stopping():
            return
        try_school_model(database, registration_id, now=clock())


def try_school_model(database: Database, registration_id: int, *, now: datetime) -> bool:
    """Fit one school's weights; whether they are in use from now on. Nothing is locked while it is worked out."""
    with database.read() as session:
        in_use = parameters_in_use(session, registration_id)
        answers = _answers(session, registration_id)
    version = f"school-{now:%Y-%m-%d-%H%M}"
    trial = try_weights(answers, in_use, version=version)
    if trial is None:
        return False
    with database.transaction() as session:
        session.add(
            ModelTrial(
                registration_id=registration_id,
                version=version,
                tried_at=now,
                adopted=trial.better,
                weights=trial.parameters.weights(),
                learners=trial.learners,
                answers=trial.answers,
                loss_in_use=trial.loss_in_use,
                loss_fitted=trial.loss_fitted,
            )
        )
    logger.info("model.tried", registration_id=registration_id, version=version, adopted=trial.better)
    return trial.better


def _due(session: Session, now: datetime) -> tuple[int, ...]:
    """Schools with evidence and without a try in the last week."""
    tried = select(ModelTrial.registration_id).where(ModelTrial.tried_at > now - TRY_EVERY)
    return tuple(
        session.scalars(
            select(Deployment.registration_id)
            .join(Context, Context.deployment_id == Deployment.id)
            .where(
                Context.id.in_(select(EvidenceRecord.context_id)), Deployment.registration_id.not_in(tried)
            )
            .distinct()
            .order_by(Deployment.registration_id)
        )
    )


def _answers(session: Session, registration_id: int) -> list[Answer]:
    """All answers of the school's students, test students aside.

    A student is another learner in each course, and an activity is the same in all courses with the same skill map.
    """
    found: list[Answer] = []
    for context in session.scalars(
        select(Context)
        .join(Deployment, Context.deployment_id == Deployment.id)
        .where(Deployment.registration_id == registration_id)
        .order_by(Context.id)
    ):
        adopted = adopted_map(session, context)
        if adopted is None:
            continue
        skill_map = adopted.skill_map
        tests = set(
            session.scalars(
                select(Membership.person_id).where(Membership.context_id == context.id, Membership.is_test)
            )
        )
        for key, pieces in evidence_by_learner(session, context=context, skill_map=skill_map).items():
            if key not in tests:
                found += [
                    _named(answer, learner_id=f"{context.id}:{key}", map_id=skill_map.id)
                    for answer in answers_of(pieces, skill_map, DEFAULT_PARAMETERS)
                ]
    return found


def _named(answer: Answer, *, learner_id: str, map_id: str) -> Answer:
    """The answer with names that mean the same in the whole school."""
    task = replace(
        answer.task,
        activity_id=f"{map_id}:{answer.task.activity_id}",
        skills=tuple((f"{map_id}:{skill_id}", part, told) for skill_id, part, told in answer.task.skills),
    )
    return replace(answer, learner_id=learner_id, task=task)
