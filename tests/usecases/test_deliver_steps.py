"""Approved steps against a small Canvas: brought once, taken back, and what a teacher made is never touched."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, select
from structlog.testing import capture_logs
from werkzeug.wrappers import Request

from lti_tool.db import Database
from lti_tool.grades import step_leases
from lti_tool.grades.channels.canvas_assignment import TITLE
from lti_tool.grades.channels.channel import Effect, StepColumn, Student
from lti_tool.grades.claims import INTERRUPTED, renew
from lti_tool.grades.native_apis.canvas_oauth import SCOPES, STEP_SCOPES
from lti_tool.models.channels import StepDelivery
from lti_tool.models.courses import Context, Mode
from lti_tool.models.gradebook import Delivery, NativeConnection
from lti_tool.models.platforms import Registration, RegistrationStatus
from lti_tool.worker import Work
from tests.grades.native_apis.canvas_server import enrollment, forbidden, throttled
from tests.grades.strict_platform import Fault, answer
from tests.usecases.step_desk import SECRET, Desk, a_step, known, open_desk

OVERRIDE, MESSAGE = "canvas_override", "canvas_message"


@pytest.fixture
def desk(database: Database) -> Iterator[Desk]:
    with open_desk(database) as desk:
        yield desk


@pytest.fixture
def quick(sqlite_url: str) -> Iterator[Desk]:
    """A desk on SQLite alone: for what is decided outside of the database."""
    database = Database(sqlite_url)
    with open_desk(database) as desk:
        yield desk
    database.close()


def ours(desk: Desk, assignment: int = 201) -> list[int]:
    return desk.canvas.students_of(TITLE, assignment)


def writes(desk: Desk) -> int:
    return sum("/overrides" in path and "per_page" not in path for path in desk.canvas.requests)


def test_students_of_one_assignment_share_an_override_that_goes_with_the_last(desk: Desk) -> None:
    for user_id in ("1", "2"):
        desk.want(OVERRIDE, user_id, 201)
    assert desk.deliver() == {Delivery.DELIVERED: 2}
    assert ours(desk) == [1001, 1002]
    assert len(desk.canvas.overrides) == 1
    desk.want(OVERRIDE, "1", None)
    desk.deliver()
    assert ours(desk) == [1002]
    desk.want(OVERRIDE, "2", None)
    desk.deliver()
    assert desk.canvas.overrides == {}
    assert {(row.effect, row.in_place) for row in desk.rows()} == {(Effect.TAKEN_BACK, None)}


def test_another_step_takes_the_earlier_one_back(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    quick.want(OVERRIDE, "1", 202, proposal=2)
    quick.deliver()
    assert (ours(quick, 201), ours(quick, 202)) == ([], [1001])


def test_the_dates_of_an_override_stay_as_they_were(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    [number] = quick.canvas.overrides
    quick.canvas.overrides[number]["due_at"] = (
        "2026-03-20T22:00:00Z"  # a teacher gave our students a day of their own
    )
    quick.canvas.overrides[number]["lock_at"] = None
    quick.want(OVERRIDE, "2", 201)
    quick.deliver()
    assert quick.canvas.overrides[number]["due_at"] == "2026-03-20T22:00:00Z"
    assert quick.canvas.overrides[number]["lock_at"] is None
    assert "unlock_at" not in quick.canvas.overrides[number]


def test_what_the_teacher_gave_is_left_alone(quick: Desk) -> None:
    canvas = quick.canvas
    canvas.override(201, [1001], title="For Ana")
    canvas.sections[7] = {1002}
    canvas.override(201, [], title="Section 7", course_section_id=7)
    canvas.override(201, [1003], title="Not for Chloé", unassign_item=True)
    before = dict(canvas.overrides)
    for user_id in ("1", "2", "3"):
        quick.want(OVERRIDE, user_id, 201)
    quick.deliver()
    assert [row.effect for row in quick.rows()] == [Effect.HAS_IT, Effect.HAS_IT, Effect.KEPT_OUT]
    for user_id in ("1", "2", "3"):
        quick.want(OVERRIDE, user_id, None)
    quick.deliver()
    assert canvas.overrides == before


def test_an_assignment_for_everybody_stays_for_everybody(quick: Desk) -> None:
    quick.canvas.assignments[201]["only_visible_to_overrides"] = False
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    assert (quick.row().effect, quick.canvas.overrides) == (Effect.HAS_IT, {})
    assert quick.canvas.assignments[201]["only_visible_to_overrides"] is False


def test_an_override_that_the_teacher_renamed_is_theirs(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    [number] = quick.canvas.overrides
    quick.canvas.overrides[number]["title"] = "Ana"
    quick.want(OVERRIDE, "1", None)
    quick.deliver()
    assert (quick.row().effect, quick.row().in_place) == (Effect.LEFT, None)
    assert quick.canvas.students_of("Ana", 201) == [1001]


def test_a_student_whom_a_teacher_put_into_our_override_stays_there(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    [number] = quick.canvas.overrides
    quick.canvas.overrides[number]["student_ids"].append(1002)
    quick.want(OVERRIDE, "2", 201)
    quick.deliver()
    assert [row.effect for row in quick.rows()] == [Effect.WRITTEN, Effect.HAS_IT]
    for user_id in ("1", "2"):
        quick.want(OVERRIDE, user_id, None)
    quick.deliver()
    assert ours(quick) == [1002]
    assert {row.state for row in quick.rows()} == {Delivery.DELIVERED}


def in_between(desk: Desk, method: str, act: Callable[[], object]) -> None:
    """Let a teacher do something right before our next change arrives."""

    def matches(request: Request) -> bool:
        if request.method == method:
            desk.canvas.faults.clear()
            act()
        return False

    desk.canvas.faults.append(Fault("cut", matches))


def test_what_a_teacher_gives_at_the_same_moment_counts(quick: Desk) -> None:
    in_between(quick, "POST", lambda: quick.canvas.override(201, [1001], title="For Ana"))
    quick.want(OVERRIDE, "1", 201)
    assert quick.deliver() == {Delivery.DELIVERED: 1}
    assert (quick.row().effect, quick.row().in_place) == (Effect.HAS_IT, None)
    assert quick.canvas.students_of("For Ana", 201) == [1001]


@pytest.mark.parametrize(("user_id", "method"), [("1", "DELETE"), ("2", "PUT")])
def test_what_a_teacher_deletes_at_the_same_moment_is_looked_at_again(
    quick: Desk, user_id: str, method: str
) -> None:
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    in_between(quick, method, quick.canvas.overrides.clear)
    quick.want(OVERRIDE, user_id, None if user_id == "1" else 201)
    assert quick.deliver() == {Delivery.PENDING: 1}
    quick.deliver_until_quiet()
    assert ours(quick) == ([] if user_id == "1" else [1002])


@pytest.mark.parametrize(
    ("key", "title", "link", "expected"),
    [
        ("https://canvas.example/line_items/5", "Another title", "link-202", 202),
        ("https://canvas.example/line_items/5", "Activity 201", "", 201),
        ("https://canvas.example/line_items/5", "Activity 201", "of-another-kind", 201),
        ("https://canvas.example/line_items/5", "Nowhere", "", None),
    ],
)
def test_the_assignment_of_a_column_that_the_tool_sees_is_found(
    quick: Desk, key: str, title: str, link: str, expected: int | None
) -> None:
    step = replace(a_step(201), column=StepColumn(key, title, link))
    access = quick.access()
    [line] = known(OVERRIDE).describe(access, [(Student(1, "1"), step)])
    if expected is None:
        assert line.effect is Effect.COLUMN_GONE
    else:
        assert (line.effect, line.where) == (Effect.WRITTEN, f"Activity {expected}")


def test_of_two_assignments_with_one_title_none_is_taken(quick: Desk) -> None:
    quick.canvas.add_assignment(203, "Activity 201", 10, only_visible_to_overrides=True)
    step = replace(a_step(201), column=StepColumn("https://canvas.example/line_items/5", "Activity 201"))
    access = quick.access()
    [line] = known(OVERRIDE).describe(access, [(Student(1, "1"), step)])
    assert line.effect is Effect.COLUMN_GONE


def test_where_canvas_does_not_say_who_sees_it_nothing_is_given(quick: Desk) -> None:
    quick.canvas.hides_visibility = True
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    assert (quick.row().problem_code, quick.canvas.overrides) == ("channel.visibility_hidden", {})


@pytest.mark.parametrize(
    "document",
    [
        [],
        [{"id": 1, "assignment_id": 202, "student_ids": []}],
        {"id": 202},
        {"id": 201, "visible_to_everyone": False, "assignment_visibility": "all"},
        {"id": "x"},
    ],
)
def test_an_answer_of_another_shape_is_tried_again_and_nothing_is_given(
    quick: Desk, document: object
) -> None:
    path = "/overrides" if document and isinstance(document, list) else "/assignments/201"
    quick.canvas.fail(answer(200, json.dumps(document)), path=path)
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    assert (quick.row().problem_code, quick.canvas.overrides) == ("platform.answer_unreadable", {})


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_lost_answer_is_looked_for_and_can_be_taken_back(desk: Desk, method: str) -> None:
    if method == "PUT":
        desk.want(OVERRIDE, "2", 201)
        desk.deliver()
    desk.canvas.fail("lost", path="/overrides", method=method)
    desk.want(OVERRIDE, "1", 201)
    assert desk.deliver() == {Delivery.PENDING: 1}
    desk.want(OVERRIDE, "1", None)  # before anybody knows that it arrived
    desk.deliver_until_quiet()
    assert 1001 not in ours(desk)


def test_a_lost_answer_is_not_a_second_try(quick: Desk) -> None:
    quick.canvas.fail("lost", path="/overrides", method="POST")
    quick.want(OVERRIDE, "1", 201)
    quick.deliver_until_quiet()
    assert (ours(quick), quick.row().effect) == ([1001], Effect.WRITTEN)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda canvas: canvas.permissions.discard("manage_assignments"), "channel.not_permitted"),
        (lambda canvas: canvas.assignments.pop(201), "channel.column_gone"),
        (lambda canvas: canvas.assignments[201].update(published=False), "channel.not_published"),
        (lambda canvas: canvas.students.pop(1002), "channel.not_in_course"),
        (lambda canvas: setattr(canvas, "token", "another"), "native.token_refused"),
    ],
)
def test_what_a_person_must_change_waits_visibly_and_goes_on_when_it_was(
    quick: Desk, change: object, code: str
) -> None:
    canvas = quick.canvas
    kept = (set(canvas.permissions), dict(canvas.assignments[201]), canvas.students[1002], canvas.token)
    assert callable(change)
    change(canvas)
    quick.want(OVERRIDE, "2", 201)
    assert quick.deliver() == {Delivery.ATTENTION: 1}
    row = quick.row()
    assert row.problem_code == code
    assert row.problem_message
    assert canvas.overrides == {}
    canvas.permissions, canvas.assignments[201], canvas.students[1002], canvas.token = kept
    quick.send_again()
    quick.deliver()
    assert ours(quick) == [1002]


def test_an_account_that_sees_a_part_of_the_students_changes_no_shared_override(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    quick.canvas.own_enrollments = [enrollment(limited=True)]
    quick.want(OVERRIDE, "2", 201)
    quick.deliver()
    assert ours(quick) == [1001]
    assert [row.problem_code for row in quick.rows()] == [None, "native.not_permitted"]


@pytest.mark.parametrize("fault", [answer(500), answer(503), answer(429), throttled(), "cut"])
def test_a_fault_is_tried_again(quick: Desk, fault: object) -> None:
    quick.canvas.fail(fault, path="/overrides", times=2)  # type: ignore[arg-type]
    quick.want(OVERRIDE, "1", 201)
    assert quick.deliver() == {Delivery.PENDING: 1}
    quick.deliver_until_quiet()
    assert ours(quick) == [1001]


def test_nothing_is_asked_before_the_platform_wants_it(quick: Desk) -> None:
    quick.canvas.fail(answer(503, Retry_After="120"), path="/assignments")
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    asked = len(quick.canvas.requests)
    quick.clock.now += timedelta(seconds=110)
    quick.deliver()
    assert len(quick.canvas.requests) == asked
    quick.clock.now += timedelta(seconds=15)
    assert quick.deliver() == {Delivery.DELIVERED: 1}


def test_after_a_week_a_person_has_to_look(quick: Desk) -> None:
    quick.canvas.fail(answer(500), times=10_000)
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    quick.clock.now += timedelta(days=8)
    quick.deliver()
    assert (quick.row().state, quick.row().problem_code) == (Delivery.ATTENTION, "channel.gave_up")


def test_a_message_is_sent_once_with_what_to_do(desk: Desk) -> None:
    desk.want(MESSAGE, "1", 201)
    desk.deliver()
    [conversation] = desk.canvas.conversations.values()
    assert (conversation["subject"], conversation["audience"]) == ("Your next step: Activity 201", [1001])
    assert conversation["messages"][0]["body"] == (
        "Next: Activity 201 (10 min).\nWhy: It comes next on your path.\n\nOpen “Activity 201” in your course."
    )
    desk.want(MESSAGE, "1", None)
    desk.deliver()
    desk.want(MESSAGE, "1", 201)  # the same approval again, after "undo"
    desk.deliver()
    assert len(desk.canvas.conversations) == 1
    desk.want(MESSAGE, "1", 201, proposal=2)
    desk.deliver()
    assert len(desk.canvas.conversations) == 2


@pytest.mark.parametrize(("fault", "sent_at_first"), [("lost", 1), ("cut", 0)])
def test_a_message_whose_answer_was_lost_is_looked_for_before_another_try(
    quick: Desk, fault: str, sent_at_first: int
) -> None:
    quick.want(MESSAGE, "1", 201, proposal=7)
    quick.deliver()
    quick.clock.now += timedelta(days=3)
    quick.canvas.fail(fault, path="/conversations", method="POST")
    quick.want(MESSAGE, "1", 201, proposal=8)  # the same words as before
    assert quick.deliver() == {Delivery.PENDING: 1}
    assert len(quick.canvas.conversations) == 1 + sent_at_first
    quick.clock.now += timedelta(seconds=50)
    assert not quick.deliver()  # it may still be under way
    quick.deliver_until_quiet()
    assert len(quick.canvas.conversations) == 2


def test_what_was_brought_and_then_deleted_by_the_teacher_is_not_brought_again(quick: Desk) -> None:
    for channel in (OVERRIDE, MESSAGE):
        quick.want(channel, "1", 201)
    quick.deliver()
    quick.canvas.conversations.clear()
    quick.canvas.overrides.clear()
    with quick.database.transaction() as session:  # the same step in other words
        for row in session.scalars(select(StepDelivery)):
            row.wanted = {**(row.wanted or {}), "reason": "Another reason."}
            renew(row, now=quick.clock())
    assert quick.deliver() == {Delivery.DELIVERED: 2}
    assert (quick.canvas.conversations, quick.canvas.overrides) == ({}, {})


def test_another_message_is_not_taken_for_the_lost_one(quick: Desk) -> None:
    quick.want(MESSAGE, "1", 201)
    quick.canvas.fail("cut", path="/conversations", method="POST")
    quick.deliver()
    # Written by the teacher meanwhile: to this student about something else, and to several with our subject.
    for subject, audience in (("Hello", [1001]), ("Your next step: Activity 201", [1001, 1002])):
        message = {"id": 1, "author_id": 900, "body": "-", "created_at": quick.clock().isoformat()}
        quick.canvas.conversations[len(audience)] = {
            "id": len(audience),
            "subject": subject,
            "audience": audience,
            "messages": [message],
        }
    quick.deliver_until_quiet()
    assert len(quick.canvas.conversations) == 3


def test_a_message_that_was_withdrawn_in_time_is_never_sent(quick: Desk) -> None:
    quick.want(MESSAGE, "1", 201)
    quick.want(MESSAGE, "1", None)
    quick.deliver()
    assert quick.canvas.conversations == {}


def test_a_message_that_canvas_refuses_waits_for_a_person(quick: Desk) -> None:
    quick.canvas.permissions.discard("send_messages")
    quick.want(MESSAGE, "1", 201)
    quick.deliver()
    assert (quick.row().state, quick.row().problem_code) == (Delivery.ATTENTION, "channel.refused")


def test_without_a_connection_it_waits_and_says_so(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    quick.deliver()
    with quick.database.transaction() as session:
        session.execute(delete(NativeConnection))
    quick.want(OVERRIDE, "1", None)
    quick.deliver()
    assert (quick.row().state, quick.row().problem_code) == (Delivery.ATTENTION, "channel.not_connected")
    assert quick.row().in_place is not None


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.SUGGEST])
def test_a_course_that_is_only_looked_at_is_not_written_to(desk: Desk, mode: Mode) -> None:
    desk.want(OVERRIDE, "1", 201)
    with desk.database.transaction() as session:
        session.get_one(Context, desk.context_key).mode = mode
    assert desk.deliver() == {}
    assert desk.canvas.requests == []


def test_a_platform_that_is_switched_off_is_not_written_to(desk: Desk) -> None:
    desk.want(OVERRIDE, "1", 201)
    with desk.database.transaction() as session:
        registration = session.get_one(Context, desk.context_key).deployment.registration
        session.get_one(Registration, registration.id).status = RegistrationStatus.DISABLED
    assert desk.deliver() == {}


def _claim(desk: Desk) -> step_leases.StepClaim | None:
    with desk.database.transaction() as session:
        due = step_leases.due_registrations(session, now=desk.clock())
        return step_leases.claim_next(session, registration_id=due[0], now=desk.clock()) if due else None


def test_one_at_a_time_for_each_channel_of_a_course_there(desk: Desk) -> None:
    desk.want(OVERRIDE, "1", 201)
    desk.want(OVERRIDE, "2", 201)
    desk.want(MESSAGE, "1", 201)
    claims = [_claim(desk), _claim(desk), _claim(desk)]
    assert [claim.channel if claim else None for claim in claims] == [OVERRIDE, MESSAGE, None]


def test_a_worker_that_slept_beyond_its_lease_writes_and_marks_nothing(desk: Desk) -> None:
    desk.want(OVERRIDE, "1", 201)
    late = _claim(desk)
    assert late is not None
    desk.clock.now += timedelta(minutes=2)
    assert desk.deliver() == {Delivery.DELIVERED: 1}
    with desk.database.transaction() as session:
        with pytest.raises(Exception, match="took too long"):
            step_leases.keep_turn(session, late, now=desk.clock())
        assert not step_leases.mark_done(
            session, late, effect=Effect.TAKEN_BACK, in_place=None, now=desk.clock()
        )
    assert desk.row().effect == Effect.WRITTEN


def test_a_newer_wish_stops_an_older_one_before_it_is_written(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    claim = _claim(quick)
    assert claim is not None
    quick.want(OVERRIDE, "1", 202, proposal=2)
    with quick.database.transaction() as session, pytest.raises(Exception, match="took too long"):
        step_leases.keep_turn(session, claim, now=quick.clock())
    quick.clock.now += timedelta(minutes=2)
    quick.deliver_until_quiet()
    assert (ours(quick, 201), ours(quick, 202)) == ([], [1001])


def test_what_kills_worker_after_worker_waits_for_a_person(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    for _ in range(6):
        _claim(quick)
        quick.clock.now += timedelta(minutes=2)
    assert (quick.row().state, quick.row().problem_code) == (Delivery.ATTENTION, INTERRUPTED)


def test_the_worker_delivers_what_is_due(quick: Desk) -> None:
    quick.want(OVERRIDE, "1", 201)
    work = Work(quick.database, quick.courier.outbound, SECRET, quick.clock)
    work.deliver_steps()
    work.finish()
    assert ours(quick) == [1001]


def test_no_name_token_or_id_of_a_person_is_logged(quick: Desk) -> None:
    quick.canvas.fail(forbidden(), path="/overrides", method="POST")
    with capture_logs() as logs:
        quick.want(OVERRIDE, "1", 201)
        quick.deliver()
        quick.send_again()
        quick.deliver()
    assert [line["event"] for line in logs] == ["step.failed", "step.done"]
    assert not any(secret in str(logs) for secret in ("1001", quick.canvas.token, "Given1"))


def test_bringing_steps_calls_nothing_that_a_developer_key_would_not_permit(quick: Desk) -> None:
    quick.canvas.fail("lost", path="conversations", method="POST")
    for user_id in ("1", "2"):
        quick.want(OVERRIDE, user_id, 201)
        quick.want(MESSAGE, user_id, 201)
    quick.deliver_until_quiet()
    for user_id in ("1", "2"):
        quick.want(OVERRIDE, user_id, None)
        quick.deliver_until_quiet()
    routes = [scope.removeprefix("url:").split("|") for scope in SCOPES]
    patterns = [re.compile(f"{method} {re.sub(r':[a-z_]+', '[^/]+', path)}") for method, path in routes]
    called = {call for call in quick.canvas.calls if not any(one.fullmatch(call) for one in patterns)}
    assert called == set()
    used = {
        scope
        for scope, one in zip(SCOPES, patterns, strict=True)
        for call in quick.canvas.calls
        if one.fullmatch(call)
    }
    assert set(STEP_SCOPES) <= used
