"""A school's own weights: fitted from its evidence, used once they predict better, of nobody else's making."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from random import Random

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.models.courses import Context, Membership
from lti_tool.models.learning import EvidenceRecord, ModelActivities, ModelTrial, Proposal
from lti_tool.models.platforms import Registration
from lti_tool.pathways.companions import Companions
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.school import AS_SHIPPED
from lti_tool.usecases.adopted_map import adopt
from lti_tool.usecases.classroom import open_classroom
from lti_tool.usecases.plan_path import plan
from lti_tool.usecases.school_model import TRY_EVERY, model_in_use, try_school_model, try_school_models
from tests.factories import NOW, make_context, make_person, make_registration, make_teacher, ratios

RATIOS = ratios().skill_map.id


def _class_that_does_well(
    session: Session, *, learners: int, registration: Registration | None = None
) -> Context:
    """Students who get nine tenths of everything, where the shipped weights expect a little over half."""
    context, sample, rng = make_context(session, registration=registration), ratios(), Random(3)
    teacher = make_teacher(session, context)
    adopt(session, context=context, sample=sample, tags={}, teacher=teacher, now=NOW)
    scored = [a for a in sample.skill_map.activities if a.informativeness > 0]
    for number in range(learners):
        person = make_person(session, context, f"{number}")
        for nth, activity in enumerate(rng.sample(scored, 20)):
            session.add(
                EvidenceRecord(
                    context_id=context.id,
                    person_id=person.id,
                    activity_id=activity.id,
                    origin=f"result:{nth}",
                    revision=1,
                    source="lms",
                    fraction=rng.choice([0.8, 1.0, 0.9]),
                    occurred_at=NOW - timedelta(days=20 - nth),
                    recorded_at=NOW,
                )
            )
    session.flush()
    return context


@pytest.fixture
def course(database: Database) -> tuple[Database, int, int]:
    """Database, course key and registration key."""
    with database.transaction() as session:
        context = _class_that_does_well(session, learners=30)
        return database, context.id, context.deployment.registration_id


def test_a_better_fit_is_used_from_then_on_and_plans_name_its_version(
    course: tuple[Database, int, int],
) -> None:
    database, context_key, registration = course
    assert try_school_model(database, registration, now=NOW)
    with database.transaction() as session:
        classroom = open_classroom(session, context=session.get_one(Context, context_key), now=NOW)
        trial = session.scalars(select(ModelTrial)).one()
        assert classroom.parameters.version == trial.version
        assert classroom.parameters.weights() == trial.weights
        assert trial.loss_fitted < trial.loss_in_use
        plan(session, classroom=classroom, learners=classroom.learners[:1])
        proposal = session.scalars(select(Proposal)).one()
        assert proposal.recommendation["ledger"]["model_version"] == trial.version


def test_a_fit_that_is_not_better_is_written_down_and_not_used(course: tuple[Database, int, int]) -> None:
    database, _, registration = course
    assert try_school_model(database, registration, now=NOW)
    assert not try_school_model(database, registration, now=NOW + TRY_EVERY)
    with database.read() as session:
        first, second = session.scalars(select(ModelTrial).order_by(ModelTrial.id))
        assert (first.adopted, second.adopted) == (True, False)
        assert model_in_use(session, registration, RATIOS).parameters.version == first.version


def test_a_school_gets_one_try_a_week_and_keeps_to_its_own(course: tuple[Database, int, int]) -> None:
    database, _, registration = course
    with database.transaction() as session:
        other = make_registration(session, issuer="https://other.example").id
    for days in (0, 1, 6):
        try_school_models(database, clock=partial(NOW.__add__, timedelta(days=days)))
    with database.read() as session:
        assert len(session.scalars(select(ModelTrial)).all()) == 1
        assert model_in_use(session, other, RATIOS) == AS_SHIPPED
        assert model_in_use(session, registration, RATIOS) != AS_SHIPPED


def test_only_the_schools_own_students_count_and_no_test_student(course: tuple[Database, int, int]) -> None:
    database, context_key, registration = course
    with database.transaction() as session:
        other = make_registration(session, issuer="https://other.example")
        _class_that_does_well(session, learners=6, registration=other)
        session.scalars(
            select(Membership).where(Membership.context_id == context_key, Membership.is_learner)
        ).all()[0].is_test = True
    assert try_school_model(database, registration, now=NOW)
    with database.read() as session:
        trial = session.scalars(select(ModelTrial)).one()
        assert (trial.learners, trial.answers) == (29, 29 * 20)


def test_a_small_class_keeps_the_shipped_weights(database: Database) -> None:
    with database.transaction() as session:
        registration = _class_that_does_well(session, learners=4).deployment.registration_id
    assert not try_school_model(database, registration, now=NOW)
    with database.read() as session:
        assert model_in_use(session, registration, RATIOS) == AS_SHIPPED


def _who_does_well_on_one_does_well_on_the_other(
    session: Session, context: Context, first: str, second: str
) -> None:
    """Half of the class gets both activities right, one after the other, and half gets neither."""
    by_learner = select(EvidenceRecord).where(
        EvidenceRecord.context_id == context.id, EvidenceRecord.origin.in_(("result:18", "result:19"))
    )
    for record in session.scalars(by_learner):
        record.activity_id = first if record.origin == "result:18" else second
        record.fraction = float(record.person_id % 2)


def _adopted_before(session: Session, registration: int, links: dict[str, dict[str, float]]) -> None:
    """A fit of last week that is in use, with companions that do not go together any more."""
    trial = ModelTrial(
        registration_id=registration,
        version="before",
        tried_at=NOW - TRY_EVERY,
        adopted=True,
        weights=DEFAULT_PARAMETERS.weights(),
        learners=1,
        answers=1,
        loss_in_use=1.0,
        loss_fitted=1.0,
    )
    session.add(trial)
    session.flush()
    session.add(ModelActivities(trial_id=trial.id, skill_map_id=RATIOS, companions=links, slopes={}))


def test_of_an_older_fit_the_weights_that_the_model_still_has_are_used(
    course: tuple[Database, int, int],
) -> None:
    database, _, registration = course
    with database.transaction() as session:
        _adopted_before(session, registration, links={})
        session.flush()
        session.scalars(select(ModelTrial)).one().weights = {"course_wins": 0.4, "not_in_it_any_more": 9.0}
        parameters = model_in_use(session, registration, RATIOS).parameters
    assert (parameters.course_wins, parameters.version) == (0.4, "before")
    assert parameters.repeated == DEFAULT_PARAMETERS.repeated


def test_activities_that_go_together_are_kept_with_the_fit_and_used_for_the_school_alone(
    database: Database,
) -> None:
    with database.transaction() as session:
        context = _class_that_does_well(session, learners=60)
        scored = [a.id for a in ratios().skill_map.activities if a.informativeness > 0]
        first, second = scored[0], scored[1]
        _who_does_well_on_one_does_well_on_the_other(session, context, first, second)
        key, registration = context.id, context.deployment.registration_id
        outdated = {second: {first: 9.0}, first: {second: 9.0}}
        other = make_registration(session, issuer="https://other.example").id
        for each in (other, registration):
            _adopted_before(session, each, outdated)
    assert try_school_model(database, registration, now=NOW)
    with database.read() as session:
        kept = select(ModelTrial.registration_id).join(ModelActivities).order_by(ModelTrial.registration_id)
        assert list(session.scalars(kept)) == sorted((registration, other)), "those of earlier fits are gone"
        classroom = open_classroom(session, context=session.get_one(Context, key), now=NOW)
        assert 0.1 < classroom.school.companions.links[second][first] < 1.0
        assert classroom.school.slopes[second] != 0.0
        good, bad = (next(each for each in classroom.learners if each.id % 2 == right) for right in (1, 0))
        gains = [
            classroom.state_of(each).ease[second] - classroom.ease.of_activity(second, without=str(each.id))
            for each in (good, bad)
        ]
        assert gains[0] > 0.0 > gains[1]
        assert model_in_use(session, registration, "another map").companions == Companions()
        assert model_in_use(session, other, RATIOS).companions == Companions(outdated)
