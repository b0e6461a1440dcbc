"""Approved steps against a small Schoology: what the teacher assigned stays, and nothing becomes everybody's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.grades.channels.channel import Effect
from lti_tool.models.courses import Context, Person
from lti_tool.models.gradebook import Delivery, NativeConnection
from lti_tool.usecases.read_native_gradebook import read_native_gradebook, store_native_gradebook
from tests.grades.linked_course import ImpatientSession
from tests.grades.native_apis.schoology_school import SchoologySchool
from tests.grades.strict_platform import answer
from tests.usecases.schoology_desk import OTHERS, SchoologyDesk, open_schoology_desk
from tests.usecases.step_desk import SECRET, a_step, known

ASSIGNEES, MESSAGE = "schoology_assignees", "schoology_message"


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[SchoologyDesk]:
    database = Database(sqlite_url)
    with open_schoology_desk(database) as desk:
        yield desk
    database.close()


def effects(desk: SchoologyDesk, *user_ids: str) -> list[Effect]:
    """What a dry run for assignment 201 says."""
    steps = [(desk.student(user_id), a_step(201, product="schoology")) for user_id in user_ids]
    return [line.effect for line in known(ASSIGNEES).describe(desk.access(), steps)]


def test_an_assignment_goes_to_exactly_this_student_and_back(desk: SchoologyDesk) -> None:
    assert effects(desk, "1") == [Effect.WRITTEN]
    desk.want(ASSIGNEES, "1", 201)
    assert desk.deliver() == {Delivery.DELIVERED: 1}
    assert [desk.schoology.sees(one, 201) for one in (41, 42)] == [True, False]
    desk.want(ASSIGNEES, "1", None)
    desk.deliver()
    assert (desk.assignees(201), desk.row().effect) == ({OTHERS}, Effect.TAKEN_BACK)


def test_what_is_for_everybody_or_given_already_stays_as_it_is(desk: SchoologyDesk) -> None:
    item = desk.schoology.assignment(201)
    item["assignees"] = []
    assert effects(desk, "1") == [Effect.HAS_IT]
    item["assignees"] = [41]
    desk.schoology.groups.append({"id": 971, "title": "Retake", "members": [42]})
    item["grading_group_ids"] = [971]
    for user_id in ("1", "2", "3"):
        desk.want(ASSIGNEES, user_id, 201)
    desk.deliver()
    assert [row.effect for row in desk.rows()] == [Effect.HAS_IT, Effect.HAS_IT, Effect.WRITTEN]
    for user_id in ("1", "2", "3"):
        desk.want(ASSIGNEES, user_id, None)
    desk.deliver()
    assert (desk.assignees(201), item["grading_group_ids"]) == ({41}, [971])


def test_the_last_student_of_an_assignment_keeps_it(desk: SchoologyDesk) -> None:
    desk.want(ASSIGNEES, "1", 201)
    desk.deliver()
    desk.schoology.assignment(201)["assignees"].remove(OTHERS)
    desk.want(ASSIGNEES, "1", None)
    desk.deliver()
    assert (desk.assignees(201), desk.row().effect) == ({41}, Effect.LEFT_LAST)


def test_files_of_the_teachers_are_not_put_at_risk(desk: SchoologyDesk) -> None:
    desk.schoology.assignment(201)["attachments"] = {"files": {"file": [{"id": 9, "title": "a.pdf"}]}}
    assert effects(desk, "1") == [Effect.NOT_SAFE]
    desk.want(ASSIGNEES, "1", 201)
    desk.deliver()
    assert (desk.row().problem_code, desk.assignees(201)) == ("channel.not_safe", {OTHERS})


def test_files_that_came_later_are_not_put_at_risk(desk: SchoologyDesk) -> None:
    desk.want(ASSIGNEES, "1", 201)
    desk.deliver()
    desk.schoology.assignment(201)["attachments"] = {"links": {"link": [{"id": 9}]}}
    desk.want(ASSIGNEES, "1", None)
    desk.deliver()
    assert (desk.assignees(201), desk.row().effect) == ({41, OTHERS}, Effect.LEFT)


@pytest.mark.parametrize("kind", ["lost", "cut"])
def test_a_lost_answer_is_looked_for_and_can_be_taken_back(desk: SchoologyDesk, kind: str) -> None:
    desk.schoology.fail(kind, path="/assignments", method="PUT")
    desk.want(ASSIGNEES, "1", 201)
    assert desk.deliver() == {Delivery.PENDING: 1}
    desk.deliver_until_quiet()
    assert (desk.assignees(201), desk.row().effect) == ({41, OTHERS}, Effect.WRITTEN)
    desk.want(ASSIGNEES, "1", None)
    desk.deliver_until_quiet()
    assert desk.assignees(201) == {OTHERS}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda schoology: schoology.rights.discard("assignments"), "channel.not_permitted"),
        (lambda schoology: schoology.assignment(201).update(published=0), "channel.not_published"),
        (lambda schoology: schoology.assignment(201).pop("assignees"), "channel.visibility_hidden"),
        (lambda schoology: schoology.items.clear(), "channel.column_gone"),
        (lambda schoology: schoology.enrollments[1].update(status="5"), "channel.not_in_course"),
        (lambda schoology: setattr(schoology, "secret", "another"), "native.token_refused"),
    ],
)
def test_what_a_person_must_change_waits_visibly(
    desk: SchoologyDesk, change: Callable[[SchoologySchool], object], code: str
) -> None:
    change(desk.schoology)
    desk.want(ASSIGNEES, "1", 201)
    assert desk.deliver() == {Delivery.ATTENTION: 1}
    assert desk.row().problem_code == code
    assert desk.row().problem_message


@pytest.mark.parametrize("text", ["[]", '{"id": 201, "title": "x", "assignees": ["all"]}', '{"id": 5}'])
def test_an_answer_of_another_shape_changes_nothing(desk: SchoologyDesk, text: str) -> None:
    desk.schoology.fail(answer(200, text), path="/assignments/")
    desk.want(ASSIGNEES, "1", 201)
    assert desk.deliver() == {Delivery.PENDING: 1}
    assert desk.assignees(201) == {OTHERS}


def test_reading_the_gradebook_keeps_which_enrollment_is_which_student(desk: SchoologyDesk) -> None:
    names = {"1": ("Given42", "Family"), "2": ("Given43", "Family"), "3": ("Somebody", "Else")}
    with desk.database.transaction() as session:
        for user_id, (given, family) in names.items():
            person = session.get_one(Person, desk.person_keys[user_id])
            person.given_name, person.family_name, person.name = given, family, f"{given} {family}"
    with ImpatientSession(desk.schoology.origin) as outbound:
        native = read_native_gradebook(
            desk.database, outbound, SECRET, desk.context_key, clock=desk.clock, progress=lambda: None
        )
    assert native is not None
    with desk.database.transaction() as session:
        context = session.get_one(Context, desk.context_key)
        store_native_gradebook(session, context=context, native=native, now=desk.clock())
        assert session.scalars(select(NativeConnection.native_ids)).one() == {"1": "42", "2": "43"}


def test_a_message_goes_out_once(desk: SchoologyDesk) -> None:
    desk.want(MESSAGE, "1", 201)
    desk.deliver()
    [message] = desk.schoology.messages
    assert (message["recipient_ids"], message["subject"]) == ("1041", "Your next step: Activity 201")
    for wanted in (None, 201):
        desk.want(MESSAGE, "1", wanted)
        desk.deliver()
    assert len(desk.schoology.messages) == 1


@pytest.mark.parametrize(("kind", "sent_at_first"), [("lost", 1), ("cut", 0)])
def test_a_message_whose_answer_was_lost_is_looked_for_before_another_try(
    desk: SchoologyDesk, kind: str, sent_at_first: int
) -> None:
    desk.want(MESSAGE, "1", 201, proposal=7)
    desk.deliver()
    desk.clock.now += timedelta(days=3)
    desk.want(MESSAGE, "2", 201, proposal=8)  # the same words to somebody else
    desk.deliver()
    desk.schoology.fail(kind, path="/messages", method="POST")
    desk.want(MESSAGE, "1", 201, proposal=9)  # the same words as before
    assert desk.deliver() == {Delivery.PENDING: 1}
    assert len(desk.schoology.messages) == 2 + sent_at_first
    desk.deliver_until_quiet()
    assert len(desk.schoology.messages) == 3


def test_a_message_that_is_not_permitted_waits_for_a_person(desk: SchoologyDesk) -> None:
    desk.schoology.rights.discard("messages")
    desk.want(MESSAGE, "1", 201)
    desk.deliver()
    assert (desk.row().state, desk.row().problem_code) == (Delivery.ATTENTION, "channel.not_permitted")
