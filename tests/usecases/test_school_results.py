"""What leads of schools see: sums over courses, worked out in the background, nothing about few students."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.models.courses import Context, Membership
from lti_tool.models.learning import CourseEvaluation, EvidenceRecord, ModelTrial, Proposal
from lti_tool.models.platforms import Registration
from lti_tool.pathways.evaluation.uptake import Stage
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.usecases.adopted_map import adopt
from lti_tool.usecases.evaluate_course import load_course
from lti_tool.usecases.kept_evaluations import (
    EVALUATE_EVERY,
    calibration_now,
    evaluate_due_courses,
    keep_evaluation,
)
from lti_tool.usecases.school_results import SchoolResults, look_at_results
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_context, make_person, make_registration, make_teacher, ratios
from tests.school_year import add_school_year


def add_course(session: Session, registration: Registration, name: str, *, learners: int) -> Context:
    """A course of some weeks that works with the sample map."""
    context = make_context(session, registration=registration, context_id=name)
    teacher = make_teacher(session, context, f"teacher {name}")
    adopt(session, context=context, sample=ratios(), tags={}, teacher=teacher, now=NOW)
    keys = [make_person(session, context, f"{name} {number}").id for number in range(learners)]
    add_school_year(session, context, keys, weeks=5)
    return context


def add_trials(session: Session, registration_key: int) -> None:
    """Weights that were adopted, then others that were not, on few learners."""
    for number, (adopted, learners) in enumerate(((True, 40), (False, 9))):
        session.add(
            ModelTrial(
                registration_id=registration_key,
                version=f"v{number}",
                tried_at=NOW + timedelta(days=number),
                adopted=adopted,
                weights=DEFAULT_PARAMETERS.weights(),
                learners=learners,
                answers=900,
                loss_in_use=0.6,
                loss_fitted=0.5,
            )
        )


@pytest.fixture
def courses(database: Database) -> tuple[Database, int, int]:
    """The keys of two courses at one platform, of 8 and 6 students."""
    with database.transaction() as session:
        registration = make_registration(session)
        first = add_course(session, registration, "a", learners=8)
        return database, first.id, add_course(session, registration, "b", learners=6).id


def evaluate(database: Database, now: datetime = NOW) -> None:
    evaluate_due_courses(database, clock=lambda: now)


def results(database: Database) -> SchoolResults:
    with database.read() as session:
        [found] = look_at_results(session, ENGLISH)
        return found


def test_courses_are_summed_up(courses: tuple[Database, int, int]) -> None:
    database, first, second = courses
    evaluate(database)
    found = results(database)
    with database.read() as session:
        loaded = [
            load_course(session, context=session.get_one(Context, key), now=NOW) for key in (first, second)
        ]
    assert (found.courses, found.learners, found.model) == (2, 14, "as shipped")
    assert found.calibration.enough
    wholes = [each.uptake.whole for each in loaded]
    assert found.funnel.stages[0].steps == sum(whole[Stage.PROPOSED].steps for whole in wholes)
    assert sum(stage.told for stage in found.funnel.stages) >= 2


def test_a_single_small_course_tells_nothing(courses: tuple[Database, int, int]) -> None:
    database, first, _second = courses
    keep_evaluation(database, first, now=NOW)
    found = results(database)
    assert (found.courses, found.learners, found.active_learners) == (1, None, None)
    assert not found.calibration.enough
    assert not any(stage.told for stage in found.funnel.stages if stage.steps)
    assert {cell for row in found.kinds for cell in row.cells} == {None}


def test_a_learner_in_two_courses_is_not_two_people(courses: tuple[Database, int, int]) -> None:
    database, first, second = courses
    with database.transaction() as session:
        of_first = session.scalars(select(Membership).where(Membership.context_id == first)).all()
        learner = next(membership for membership in of_first if membership.is_learner)
        session.add(
            Membership(
                context_id=second,
                person_id=learner.person_id,
                roles=["learner"],
                is_learner=True,
                is_test=False,
                active=True,
                seen_at=NOW,
            )
        )
    evaluate(database)
    assert results(database).learners is None, "14 seats may be as few as 7 people"


def test_few_who_are_not_active_are_not_told_apart(courses: tuple[Database, int, int]) -> None:
    database, first, _second = courses
    with database.transaction() as session:
        keys = session.scalars(select(EvidenceRecord.person_id).where(EvidenceRecord.context_id == first))
        quiet = min(keys)
        session.execute(delete(Proposal).where(Proposal.person_id == quiet))
        for record in session.scalars(select(EvidenceRecord).where(EvidenceRecord.person_id == quiet)):
            record.occurred_at -= timedelta(days=40)
    evaluate(database)
    found = results(database)
    assert (found.learners, found.active_learners) == (14, None)


def test_tries_of_the_model_are_told_with_what_came_of_them(courses: tuple[Database, int, int]) -> None:
    database, *_ = courses
    with database.transaction() as session:
        registration = session.scalars(select(Registration.id)).one()
        add_trials(session, registration)
    found = results(database)
    assert [(trial.version, trial.adopted, trial.learners) for trial in found.trials] == [
        ("v1", False, None),
        ("v0", True, 40),
    ]
    assert found.model == "v0"
    assert "Not adopted" in found.trials[0].words


def test_a_course_is_evaluated_when_something_came_and_once_a_week(
    courses: tuple[Database, int, int],
) -> None:
    database, first, second = courses

    def moments() -> dict[int, datetime]:
        with database.read() as session:
            return {row.context_id: row.evaluated_at for row in session.scalars(select(CourseEvaluation))}

    evaluate(database)
    evaluate(database, NOW + timedelta(days=1))
    assert moments() == {first: NOW, second: NOW}
    with database.transaction() as session:
        newest = session.scalars(select(EvidenceRecord).where(EvidenceRecord.context_id == first)).first()
        assert newest is not None
        newest.recorded_at = NOW + timedelta(days=2)
    evaluate(database, NOW + timedelta(days=3))
    assert moments() == {first: NOW + timedelta(days=3), second: NOW}
    evaluate(database, NOW + EVALUATE_EVERY)
    assert moments() == {first: NOW + timedelta(days=3), second: NOW + EVALUATE_EVERY}


def test_what_was_kept_is_used_until_a_score_changes(courses: tuple[Database, int, int]) -> None:
    database, first, _second = courses
    keep_evaluation(database, first, now=NOW)
    with database.transaction() as session:
        context = session.get_one(Context, first)
        loaded = load_course(session, context=context, now=NOW)
        fresh = loaded.calibration
        kept = session.get_one(CourseEvaluation, first)
        kept.calibration = kept.calibration | {"scores": 7}
        session.flush()
        assert calibration_now(session, context, loaded).scores == 7
        record = session.scalars(select(EvidenceRecord).where(EvidenceRecord.context_id == first)).first()
        assert record is not None
        record.fraction = 0.123
        session.flush()
        changed = load_course(session, context=context, now=NOW)
        assert calibration_now(session, context, changed).scores == fresh.scores
