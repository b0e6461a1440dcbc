"""Results become evidence, append-only; what we wrote ourselves is not counted twice."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.models.gradebook import Column, Delivery, LineItem, OutboxEntry, Result
from lti_tool.models.learning import EvidenceRecord
from lti_tool.usecases.adopted_map import required_map
from lti_tool.usecases.evidence_records import evidence_by_learner, record_results
from tests.factories import NOW, make_column, make_results
from tests.usecases.school import School


def _record(session: Session, school: School) -> set[int]:
    context, *_ = school.rows(session)
    skill_map = required_map(session, context).skill_map
    return record_results(session, context=context, skill_map=skill_map, now=NOW)


def _fractions(session: Session, school: School) -> dict[int, list[float]]:
    context, *_ = school.rows(session)
    skill_map = required_map(session, context).skill_map
    found = evidence_by_learner(session, context=context, skill_map=skill_map)
    return {person: [piece.fraction for piece in pieces] for person, pieces in found.items()}


def test_each_result_of_a_tagged_column_is_one_piece_of_evidence(school: School) -> None:
    with school.database.read() as session:
        assert _fractions(session, school) == {school.ana: [0.9, 0.9], school.ben: [0.3, 0.3]}


def test_reading_the_same_results_again_adds_nothing(school: School) -> None:
    with school.database.transaction() as session:
        assert _record(session, school) == set()
        assert len(session.scalars(select(EvidenceRecord)).all()) == 4


def test_a_changed_result_is_a_new_revision_and_the_old_one_stays(school: School) -> None:
    with school.database.transaction() as session:
        result = session.scalars(select(Result).where(Result.person_id == school.ben)).first()
        assert result is not None
        result.result_score = 8.0
        session.flush()
        assert _record(session, school) == {school.ben}
        assert sorted(_fractions(session, school)[school.ben]) == [0.3, 0.8]
        revisions = session.scalars(
            select(EvidenceRecord.revision).where(EvidenceRecord.person_id == school.ben)
        ).all()
        assert sorted(revisions) == [1, 1, 2]


def test_a_result_that_was_removed_no_longer_counts(school: School) -> None:
    with school.database.transaction() as session:
        for result in session.scalars(select(Result).where(Result.person_id == school.ben)):
            result.result_score = None
        session.flush()
        assert _record(session, school) == {school.ben}
        assert school.ben not in _fractions(session, school)


def test_taking_a_tag_away_withdraws_the_evidence_of_the_column(school: School) -> None:
    with school.database.transaction() as session:
        for column in session.scalars(select(LineItem)):
            column.activity_id = None
        session.flush()
        assert _record(session, school) == {school.ana, school.ben}
        assert _fractions(session, school) == {}


def test_our_own_score_read_back_is_not_evidence_but_a_teachers_change_of_it_is(school: School) -> None:
    with school.database.transaction() as session:
        context, _teacher, ana, ben = school.rows(session)
        activity = next(iter(required_map(session, context).checks))
        line_item = make_column(session, context, activity_id=activity, label="Check", score_maximum=5.0)
        column = Column(
            context_id=context.id,
            tag="waymark-activity",
            resource_id=activity,
            label="Check",
            score_maximum=5.0,
            line_item_id=line_item.id,
            created_at=NOW,
        )
        session.add(column)
        session.flush()
        for person in (ana, ben):
            session.add(
                OutboxEntry(
                    registration_id=context.deployment.registration_id,
                    context_id=context.id,
                    column_id=column.id,
                    person_id=person.id,
                    score_given=4.0,
                    score_maximum=5.0,
                    activity_progress="Completed",
                    grading_progress="FullyGraded",
                    score_timestamp=NOW,
                    state=Delivery.DELIVERED,
                    first_due_at=NOW,
                    next_attempt_at=NOW,
                )
            )
        make_results(session, line_item, {ana.id: 4.0, ben.id: 5.0}, at=NOW - timedelta(hours=1))
        assert _record(session, school) == {ben.id}
        assert _fractions(session, school)[ben.id] == [0.3, 0.3, 1.0]
