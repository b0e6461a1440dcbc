"""The offer in a copied course: shown on Today and Setup, answered by those who answer for the course."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from lti_tool.launch.copies import offer_original
from lti_tool.models.courses import Context, CopyState, Membership, Person
from lti_tool.models.gradebook import LineItem
from tests.factories import NOW, make_context, make_person, make_registration
from tests.usecases.test_copy_course import second_context
from tests.web.school import School, Visitor, open_school, text_of

QUESTION = "This course is a copy of “Mathematics 6B”"


@pytest.fixture
def copied(database_url: str, tmp_path: Path) -> Iterator[School]:
    """A copy of a course that is in use, with the same teacher and one student."""
    with open_school(database_url, tmp_path / "queue.sqlite") as school:
        with school.database.transaction() as session:
            original = session.get_one(Context, school.context_key)
            context = second_context(session, original)
            context.title, context.gradebook_read_at = "Mathematics 6C", NOW
            for key, roles in ((school.teacher_key, ["instructor"]), (school.learner_keys[0], ["learner"])):
                session.add(
                    Membership(
                        context_id=context.id,
                        person_id=key,
                        roles=roles,
                        is_learner="learner" in roles,
                        seen_at=NOW,
                    )
                )
            for column in session.scalars(select(LineItem).where(LineItem.context_id == original.id)):
                session.add(
                    LineItem(
                        context_id=context.id,
                        url=f"{column.url}/copy",
                        label=column.label,
                        score_maximum=column.score_maximum,
                        resource_id=column.resource_id,
                        read_at=NOW,
                    )
                )
            session.flush()
            offer_original(session, context_key=context.id, ancestors=[original.context_id])
            copied_key = context.id
        school.context_key = copied_key
        yield school


def with_role(school: School, role: str) -> Visitor:
    with school.database.transaction() as session:
        person = make_person(session, session.get_one(Context, school.context_key), role, roles=(role,))
    return school.visit(person.id, role)


def state_of(school: School) -> CopyState | None:
    with school.database.read() as session:
        return session.get_one(Context, school.context_key).copy_state


def test_today_asks_once_and_says_what_would_come_along(copied: School) -> None:
    page = copied.teacher().read("today")
    assert QUESTION in page
    assert "Take over its path, tags and columns?" in page
    assert "Tags for 6 of the 6 columns here" in page
    assert "a skill counts as secure from 70 %" in page
    assert page.count("Take it over") == 1
    assert "Three minutes to your first plan" not in page, "one question at a time"
    assert QUESTION in copied.teacher().read("setup")


def test_taking_over_leads_to_the_path_and_asks_for_a_new_reading(copied: School) -> None:
    teacher = copied.teacher()
    page = teacher.follow(teacher.post("copy/take"))
    assert "Path, tags and columns are taken over." in page
    assert QUESTION not in page
    assert "Ana Morales" in page
    assert "Ben Carter" not in page, "a student of the original only"
    with copied.database.read() as session:
        context = session.get_one(Context, copied.context_key)
        assert (context.copy_state, context.sync_requested_at) == (CopyState.TAKEN, NOW)
        tags = session.scalars(select(LineItem.activity_id).where(LineItem.context_id == context.id)).all()
        assert None not in tags


def test_starting_fresh_leads_to_setup_where_it_can_be_reconsidered(copied: School) -> None:
    teacher = copied.teacher()
    page = teacher.follow(teacher.post("copy/decline"))
    assert "You start fresh." in page
    assert "The set-up of “Mathematics 6B” is still there." in page
    assert QUESTION not in teacher.read("today")
    assert "Three minutes to your first plan" in teacher.read("today")
    assert "taken over" in teacher.follow(teacher.post("copy/take"))
    assert state_of(copied) is CopyState.TAKEN


def test_taking_over_can_be_taken_back_on_setup(copied: School) -> None:
    teacher = copied.teacher()
    teacher.post("copy/take")
    assert "Take this back" in teacher.read("setup")
    page = teacher.follow(teacher.post("copy/take-back"))
    assert "Taken back." in page
    assert QUESTION in page


@pytest.mark.parametrize("role", ["teaching_assistant", "learner", "mentor", "content_developer"])
def test_others_cannot_answer(copied: School, role: str) -> None:
    visitor = with_role(copied, role)
    for action in ("take", "decline", "take-back"):
        assert visitor.post(f"copy/{action}").status_code == 403
    assert state_of(copied) is CopyState.OFFERED


def test_teaching_assistants_see_the_offer_without_its_buttons(copied: School) -> None:
    page = with_role(copied, "teaching_assistant").read("today")
    assert QUESTION in page
    assert "Teachers of this course can take it over or start fresh." in page
    assert "Take it over" not in page


def test_administrators_answer_like_teachers(copied: School) -> None:
    assert with_role(copied, "administrator").post("copy/take").status_code == 303


def test_a_forged_answer_changes_nothing(copied: School) -> None:
    teacher = copied.teacher()
    assert teacher.post("copy/take", csrf_token="forged").status_code == 403
    assert state_of(copied) is CopyState.OFFERED


def test_the_second_of_two_answers_is_told_so(copied: School) -> None:
    teacher = copied.teacher()
    teacher.post("copy/take")
    response = teacher.post("copy/decline")
    assert response.status_code == 409
    assert "There is no open question about this course." in text_of(response)


def test_a_course_that_is_no_copy_shows_nothing_of_it(copied: School) -> None:
    with copied.database.transaction() as session:
        other = make_context(session, registration=make_registration(session, client_id="c9"), context_id="9")
        person = make_person(session, other, "teacher-9", roles=("instructor",))
        key = session.get_one(Person, person.id).id
        copied.context_key = other.id
    visitor = copied.visit(key, "instructor")
    assert "is a copy of" not in visitor.read("today") + visitor.read("setup")
    assert visitor.post("copy/take").status_code == 409
