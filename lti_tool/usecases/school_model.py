"""The learner model of a school: which one is in use, and the weekly try to find a better one.

A school is a registration. Its evidence alone moves its model; what is stored are a dozen shared weights, which
activities go together and how telling each is, nothing about a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.models.courses import Context, Membership
from lti_tool.models.learning import EvidenceRecord, ModelActivities, ModelTrial
from lti_tool.models.platforms import Deployment
from lti_tool.pathways.answers import Answer, answers_of
from lti_tool.pathways.companions import Companions
from lti_tool.pathways.evaluation.predictions import InUse
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, Parameters
from lti_tool.pathways.school import AS_SHIPPED, SchoolModel
from lti_tool.pathways.trial import try_model
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.evidence_records import evidence_by_learner

TRY_EVERY = timedelta(days=7)
BETWEEN_NAMES = "/"
"""Stands between the ids of a map and of a thing in it; neither can have it."""

logger = structlog.get_logger(__name__)


def model_in_use(session: Session, registration_id: int, skill_map_id: str) -> SchoolModel:
    """The model that the school's own evidence has earned, as it speaks of one skill map; or the shipped one."""
    trial = _adopted(session, registration_id)
    if trial is None:
        return AS_SHIPPED
    found = session.scalars(
        select(ModelActivities).where(
            ModelActivities.trial_id == trial.id, ModelActivities.skill_map_id == skill_map_id
        )
    ).first()
    if found is None:
        return SchoolModel(_parameters(trial))
    return SchoolModel(_parameters(trial), Companions(found.companions), found.slopes)


def weights_in_order(session: Session, registration_id: int) -> tuple[InUse, ...]:
    """The weights that the school's own evidence has earned over time, the shipped ones before them."""
    trials = session.scalars(
        select(ModelTrial)
        .where(ModelTrial.registration_id == registration_id, ModelTrial.adopted)
        .order_by(ModelTrial.tried_at, ModelTrial.id)
    )
    return tuple(InUse(trial.tried_at, _parameters(trial)) for trial in trials)


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
        in_use = _whole_model_in_use(session, registration_id)
        answers = _answers(session, registration_id)
    version = f"school-{now:%Y-%m-%d-%H%M}"
    trial = try_model(answers, in_use, version=version)
    if trial is None:
        return False
    with database.transaction() as session:
        stored = ModelTrial(
            registration_id=registration_id,
            version=version,
            tried_at=now,
            adopted=trial.better,
            weights=trial.model.parameters.weights(),
            learners=trial.learners,
            answers=trial.answers,
            loss_in_use=trial.loss_in_use,
            loss_fitted=trial.loss_fitted,
        )
        session.add(stored)
        session.flush()
        if trial.better:
            _replace_activities(session, stored, trial.model)
    logger.info("model.tried", registration_id=registration_id, version=version, adopted=trial.better)
    return trial.better


def _adopted(session: Session, registration_id: int) -> ModelTrial | None:
    """The fit in use, if there is one."""
    return session.scalars(
        select(ModelTrial)
        .where(ModelTrial.registration_id == registration_id, ModelTrial.adopted)
        .order_by(ModelTrial.tried_at.desc(), ModelTrial.id.desc())
        .limit(1)
    ).first()


def _parameters(trial: ModelTrial) -> Parameters:
    """The weights that were found; one that the model has no more is left aside, one that it got since is as shipped."""
    known = DEFAULT_PARAMETERS.weights()
    found = {name: weight for name, weight in trial.weights.items() if name in known}
    return DEFAULT_PARAMETERS.with_weights(found, version=trial.version)


def _whole_model_in_use(session: Session, registration_id: int) -> SchoolModel:
    """The model in use for all maps of the school, with names that mean the same in the whole school."""
    trial = _adopted(session, registration_id)
    if trial is None:
        return AS_SHIPPED
    links: dict[str, dict[str, float]] = {}
    slopes: dict[str, float] = {}
    for found in session.scalars(select(ModelActivities).where(ModelActivities.trial_id == trial.id)):
        map_id = found.skill_map_id
        slopes |= _in_school_all(map_id, found.slopes)
        for later, before in found.companions.items():
            links[_in_school(map_id, later)] = _in_school_all(map_id, before)
    return SchoolModel(_parameters(trial), Companions(links), slopes)


def _replace_activities(session: Session, trial: ModelTrial, model: SchoolModel) -> None:
    """Keeps what the fit in use found about activities, map by map; nobody asks for what earlier fits found."""
    of_school = select(ModelTrial.id).where(ModelTrial.registration_id == trial.registration_id)
    session.execute(delete(ModelActivities).where(ModelActivities.trial_id.in_(of_school)))
    by_map: dict[str, ModelActivities] = {}
    for name, slope in model.slopes.items():
        map_id, activity_id = name.split(BETWEEN_NAMES)
        found = by_map.get(map_id)
        if found is None:
            found = by_map[map_id] = ModelActivities(
                trial_id=trial.id, skill_map_id=map_id, companions={}, slopes={}
            )
        found.slopes[activity_id] = slope
        links = model.companions.links.get(name, {})
        if links:
            found.companions[activity_id] = {
                earlier.split(BETWEEN_NAMES)[1]: strength for earlier, strength in links.items()
            }
    session.add_all(by_map.values())


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
        activity_id=_in_school(map_id, answer.task.activity_id),
        skills=tuple(
            (_in_school(map_id, skill_id), part, told) for skill_id, part, told in answer.task.skills
        ),
    )
    return replace(answer, learner_id=learner_id, task=task)


def _in_school(map_id: str, thing_id: str) -> str:
    return f"{map_id}{BETWEEN_NAMES}{thing_id}"


def _in_school_all(map_id: str, values: Mapping[str, float]) -> dict[str, float]:
    return {_in_school(map_id, thing_id): value for thing_id, value in values.items()}
