"""Today: at most five things to do, everybody with a step and a reason."""

from __future__ import annotations

from datetime import timedelta

from lti_tool.models.courses import SyncState
from lti_tool.usecases import decide
from lti_tool.usecases.to_do import MOST_TO_DOS
from lti_tool.usecases.today import today
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_person
from tests.usecases.school import School


def test_every_student_has_a_step_with_a_reason_and_two_alternatives(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        view = today(session, context=context, teacher=teacher, now=NOW, words=ENGLISH)
    assert [row.person_key for row in view.learners] == [school.ana, school.ben]
    for row in view.learners:
        assert row.step.activity_id
        assert row.step.reason
        assert len(row.alternatives) == 2
    assert view.waiting == 2


def test_there_are_never_more_than_five_things_to_do(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        for number in range(12):
            make_person(session, context, f"new-{number}")
        view = today(session, context=context, teacher=teacher, now=NOW, words=ENGLISH)
    assert 1 <= len(view.todos) <= MOST_TO_DOS


def test_a_failed_reading_is_the_first_thing_to_do(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        context.sync_state, context.sync_error = SyncState.FAILED, "The platform did not answer."
        view = today(session, context=context, teacher=teacher, now=NOW, words=ENGLISH)
    assert view.todos[0].action == "teacher.read_again"
    assert view.todos[0].why == "The platform did not answer."
    assert len(view.learners) == 2, "a failed reading is never shown as an empty class"


def test_undo_is_offered_for_the_latest_decision_only(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        assert today(session, context=context, teacher=teacher, now=NOW, words=ENGLISH).can_undo is None
        decide.approve_all(session, context=context, teacher=teacher, now=NOW + timedelta(minutes=1))
        view = today(session, context=context, teacher=teacher, now=NOW, words=ENGLISH)
    assert view.can_undo == "Undo 2 approvals"
    assert (view.waiting, view.approved) == (0, 2)


def test_test_students_and_people_who_left_are_not_in_the_class(school: School) -> None:
    with school.database.transaction() as session:
        context, teacher, _ana, _ben = school.rows(session)
        make_person(session, context, "test", is_test=True)
        make_person(session, context, "gone", active=False)
        view = today(session, context=context, teacher=teacher, now=NOW, words=ENGLISH)
    assert len(view.learners) == 2
