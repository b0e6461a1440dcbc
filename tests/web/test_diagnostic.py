"""A student's first questions, from the offer to the next step that follows from them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.models.courses import Context
from lti_tool.models.diagnostics import Diagnostic
from lti_tool.models.gradebook import OutboxEntry
from lti_tool.models.learning import EvidenceRecord
from lti_tool.usecases.classroom import open_classroom
from tests.factories import make_person
from tests.web.school import School, Visitor, open_school
from tests.web.test_student import check, right_answer


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        yield school


@pytest.fixture
def newcomer(school: School) -> Visitor:
    """A student who joined the course and has no result."""
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        key = make_person(session, context, "new").id
    return school.visit(key, "learner")


def asked(visitor: Visitor) -> tuple[str, str] | None:
    """The check and the question that are being asked."""
    found = re.search(r'name="question" value="([^"/]+)/([^"]+)"', visitor.get("diagnostic").text)
    return (found[1], found[2]) if found else None


def answer_right(visitor: Visitor, activity_id: str, question_id: str) -> TestResponse:
    question = next(q for q in check(activity_id).questions if q.id == question_id)
    return visitor.post(
        "diagnostic/answer", question=f"{activity_id}/{question_id}", **right_answer(question)
    )


def sittings(session: Session) -> list[Diagnostic]:
    return list(session.scalars(select(Diagnostic)))


def test_a_newcomer_who_knows_it_all_begins_far_on(school: School, newcomer: Visitor) -> None:
    assert "Find my start" in newcomer.read("next")
    assert "It is not a test" in newcomer.read("diagnostic")
    newcomer.post("diagnostic")
    number = 0
    while (question := asked(newcomer)) is not None:
        number += 1
        response = answer_right(newcomer, *question)
        assert "Right!" in newcomer.follow(response)
    assert 3 <= number <= 15
    ended = newcomer.read("diagnostic")
    assert "What you can do already" in ended
    assert "Find my start" not in newcomer.read("next")
    with school.database.read() as session:
        [sitting] = sittings(session)
        classroom = open_classroom(
            session, context=session.get_one(Context, school.context_key), now=school.now
        )
        learner = classroom.learner(sitting.person_id)
        assert sitting.ended_at == school.now
        assert classroom.state_of(learner).placed >= set(classroom.skill_map.goals)
        evidence = classroom.evidence[learner.id]
        assert {piece.source.value for piece in evidence} == {"diagnostic"}
        assert all(piece.informativeness < 1.0 for piece in evidence)  # a part of each check
        assert session.scalars(select(OutboxEntry).where(OutboxEntry.person_id == learner.id)).all() == []


def test_who_has_learned_nothing_of_it_yet_begins_at_the_beginning(school: School, newcomer: Visitor) -> None:
    newcomer.post("diagnostic")
    while (question := asked(newcomer)) is not None:
        response = newcomer.post(
            "diagnostic/answer", question="/".join(question), not_learned="yes", response=""
        )
        assert "You will learn it on your way" in newcomer.follow(response)
    ended = newcomer.read("diagnostic")
    assert "What you can do already" not in ended
    assert "What comes first for you" in ended
    with school.database.read() as session:
        assert [sitting.placed for sitting in sittings(session)] == [[]]


def test_what_was_answered_counts_when_the_student_stops(school: School, newcomer: Visitor) -> None:
    newcomer.post("diagnostic")
    question = asked(newcomer)
    assert question is not None
    answer_right(newcomer, *question)
    assert "Find my start" in newcomer.read("next")  # open: it goes on where it was
    again = answer_right(newcomer, *question)  # sent twice, as a slow line does
    assert again.status_code == 303
    assert "Now we know where to begin" in newcomer.follow(newcomer.post("diagnostic/stop"))
    with school.database.read() as session:
        [sitting] = sittings(session)
        assert len(sitting.answers) == 1
        [record] = session.scalars(
            select(EvidenceRecord).where(EvidenceRecord.person_id == sitting.person_id)
        )
        assert (record.source, record.fraction, record.revision) == ("diagnostic", 1.0, 1)
        assert record.share == pytest.approx(1 / len(check(question[0]).questions))
    assert newcomer.post("diagnostic/answer", question="/".join(question), response="1").status_code == 409


def test_stopping_before_the_first_answer_leaves_the_questions_on_offer(
    school: School, newcomer: Visitor
) -> None:
    newcomer.post("diagnostic")
    assert "Begin" in newcomer.follow(newcomer.post("diagnostic/stop"))
    assert "Find my start" in newcomer.read("next")
    with school.database.read() as session:
        assert sittings(session) == []


def test_an_answer_that_cannot_be_read_is_asked_for_again(newcomer: Visitor) -> None:
    newcomer.post("diagnostic")
    question = asked(newcomer)
    assert question is not None
    response = newcomer.post("diagnostic/answer", question="/".join(question), response="")
    assert response.status_code == 422
    assert asked(newcomer) == question


def test_only_the_question_that_is_asked_is_taken(newcomer: Visitor) -> None:
    newcomer.post("diagnostic")
    response = newcomer.post("diagnostic/answer", question="check-ratio-tables/none", response="1")
    assert response.status_code == 404


def test_students_with_results_are_not_asked_and_a_course_may_offer_none(
    school: School, newcomer: Visitor
) -> None:
    assert "Find my start" not in school.learner().read("next")
    with school.database.transaction() as session:
        session.get_one(Context, school.context_key).offers_diagnostic = False
    assert "Find my start" not in newcomer.read("next")
