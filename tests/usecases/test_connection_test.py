"""The connection test, against a strict platform over HTTP that is whole, and broken in many ways."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotVisible
from lti_tool.grades import lanes
from lti_tool.models.courses import Context
from lti_tool.models.lanes import Lane
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import AuditEntry, Registration
from lti_tool.usecases import connection_test
from lti_tool.usecases.connection_test import Outcome, Step, run_connection_test
from tests.factories import make_context
from tests.grades.linked_course import SECRET, Clock, Course, linked_course
from tests.grades.strict_platform import Fault, answer

ADDRESS = "https://waymark.example"
KEYS, SIGN_IN, ROSTER, COLUMNS = range(4)
# A modulus of 1024 bits: 128 bytes of ones.
WEAK = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "w", "e": "AQAB", "n": "_" * 170 + "w"}


@pytest.fixture
def course(database: Database) -> Iterator[Course]:
    with linked_course(database, Clock()) as course:
        course.platform.add_members("1", "2", "3")
        course.platform.key_set = {"keys": [course.platform.public_jwk]}
        yield course


def run(course: Course, *, seconds: float = 15.0) -> tuple[Step, ...]:
    return run_connection_test(
        course.database,
        SECRET,
        course.context().deployment.registration_id,
        address=ADDRESS,
        local_origins=(course.platform.origin,),
        clock=course.clock,
        seconds=seconds,
    )


def outcomes(steps: tuple[Step, ...]) -> str:
    """One letter for each step: o(k), p(roblem), n(ot tried)."""
    return "".join(step.outcome.value[0] for step in steps)


def test_a_platform_that_works_answers_in_numbers(course: Course) -> None:
    course.platform.add_line_item("Next step")
    course.platform.add_line_item("Quiz")
    steps = run(course)
    assert outcomes(steps) == "oooo"
    assert steps[KEYS].found == "1 key that launches can be checked with."
    assert steps[ROSTER].found == "3 people in the course that was opened last. Names come for 3 of them."
    assert steps[COLUMNS].found.startswith("2 columns in the course")
    assert not any(step.advice for step in steps)


def test_nothing_is_stored_or_changed_and_no_name_is_said(course: Course) -> None:
    steps = run(course)
    assert "Name 1" not in repr(steps)
    assert {method for method, path in course.platform.requests if not path.startswith("/token")} == {"GET"}
    with course.database.read() as session:
        assert session.query(AuditEntry).count() == 0
        assert session.get_one(Context, course.context_key).roster_read_at is None


def test_every_page_of_a_roster_is_counted_up_to_a_limit(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    course.platform.page_size = 2
    assert run(course)[ROSTER].found.startswith("3 people in")
    monkeypatch.setattr(connection_test, "MOST_PAGES", 1)
    assert run(course)[ROSTER].found.startswith("2 people or more in")


def test_missing_names_are_a_problem_with_advice(course: Course) -> None:
    for member in course.platform.members:
        del member["name"]
    step = run(course)[ROSTER]
    assert (step.outcome, step.code) == (Outcome.PROBLEM, "connection_test.no_names")
    assert "Share launcher's name" in step.advice


@pytest.mark.parametrize(
    ("key_set", "code"),
    [
        (None, "connection_test.no_key_set"),
        ({"keys": []}, "connection_test.no_usable_key"),
        ({"keys": [WEAK]}, "connection_test.no_usable_key"),
        ([], "connection_test.no_key_set"),
    ],
)
def test_a_key_set_that_no_launch_can_be_checked_with_is_a_problem(
    course: Course, key_set: object, code: str
) -> None:
    course.platform.key_set = key_set
    steps = run(course)
    assert (steps[KEYS].outcome, steps[KEYS].code) == (Outcome.PROBLEM, code)
    assert outcomes(steps) == "pooo"


def test_a_refused_sign_in_leads_to_the_key_set_and_stops_there(course: Course) -> None:
    course.platform.fail(answer(400, '{"error": "invalid_client"}'), path="/token")
    steps = run(course)
    assert outcomes(steps) == "opnn"
    assert steps[SIGN_IN].code == "platform.token_refused"
    assert "client id" in steps[SIGN_IN].found
    assert "https://waymark.example/lti/jwks" in steps[SIGN_IN].advice
    assert [path for _method, path in course.platform.requests].count("/token") == 1


def test_moodle_that_cannot_fetch_our_keys_is_understood(course: Course) -> None:
    # Recorded from Moodle 5.1: an error page with status 404 in place of a token.
    course.platform.fail(answer(404, " Error | probe "), path="/token")
    step = run(course)[SIGN_IN]
    assert "status 404" in step.found
    assert "HTTP security" in step.advice


@pytest.mark.parametrize(
    ("status", "body"), [(500, ""), (200, "<html>sign in</html>"), (400, "odd"), (403, "")]
)
def test_every_other_refusal_of_a_token_says_what_to_check(course: Course, status: int, body: str) -> None:
    course.platform.fail(answer(status, body), path="/token")
    steps = run(course)
    assert outcomes(steps) == "opnn"
    assert "/lti/jwks" in steps[SIGN_IN].advice


def test_services_that_are_not_granted_are_named_and_the_others_are_tried(course: Course) -> None:
    course.platform.fail(answer(400, '{"error": "invalid_scope"}'), path="/token")
    steps = run(course)
    assert outcomes(steps)[SIGN_IN] == "p"
    assert "but not: read who is in a course" in steps[SIGN_IN].found
    assert outcomes(steps)[COLUMNS] == "o"


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_service_that_refuses_is_a_problem_of_its_own(course: Course, status: int) -> None:
    course.platform.fail(answer(status), path="/1/members", times=2)
    steps = run(course)
    assert outcomes(steps) == "oopo"
    assert steps[ROSTER].code.startswith("platform.")
    assert "open Waymark once more" in steps[ROSTER].advice


def test_a_platform_that_is_not_there_is_a_sentence(course: Course) -> None:
    with course.database.transaction() as session:
        registration = session.get_one(Registration, course.context().deployment.registration_id)
        registration.key_set_url = registration.auth_token_url = "http://127.0.0.1:9/nothing"
    steps = run_connection_test(
        course.database,
        SECRET,
        registration.id,
        address=ADDRESS,
        local_origins=("http://127.0.0.1:9",),
        clock=course.clock,
    )
    assert outcomes(steps) == "ppnn"
    assert {steps[KEYS].code, steps[SIGN_IN].code} == {"platform.unreachable"}


def test_a_slow_platform_ends_the_test_in_time(course: Course) -> None:
    course.platform.slow_seconds = 1.5
    course.platform.fail("slow", path="/keys", times=1)
    steps = run(course, seconds=0.3)
    assert outcomes(steps) == "ppnn"
    assert steps[SIGN_IN].code == "connection_test.out_of_time"


def test_without_a_course_the_services_are_not_tried(course: Course) -> None:
    with course.database.transaction() as session:
        session.delete(session.get_one(Context, course.context_key))
    with course.database.read() as session:
        key = session.query(Registration).one().id
    steps = run_connection_test(
        course.database,
        SECRET,
        key,
        address=ADDRESS,
        local_origins=(course.platform.origin,),
        clock=course.clock,
    )
    assert outcomes(steps) == "oonn"
    assert "after the first launch" in steps[ROSTER].found


def test_the_course_that_was_opened_last_is_the_one_that_is_tried(course: Course) -> None:
    with course.database.transaction() as session:
        context = session.get_one(Context, course.context_key)
        other = make_context(session, registration=context.deployment.registration, context_id="2")
        other.memberships_url = f"{course.platform.origin}/2/members"
        for number, (place, age) in enumerate(((context, 1), (other, 5))):
            at = course.clock() - timedelta(hours=age)
            session.add(
                LaunchSession(
                    public_id=str(number),
                    browser_hash="0" * 64,
                    deployment_id=place.deployment_id,
                    context_id=place.id,
                    message_type="LtiResourceLinkRequest",
                    roles=["instructor"],
                    created_at=at,
                    last_seen_at=at,
                    expires_at=at,
                )
            )
    assert outcomes(run(course)) == "oooo"


def test_a_second_test_of_the_same_platform_waits_its_turn(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = course.context().deployment.registration_id
    monkeypatch.setattr(connection_test, "_running", {key})
    with pytest.raises(Fixable, match="running already") as refused:
        run(course)
    assert (refused.value.code, refused.value.status) == ("connection_test.running", 409)


def test_a_registration_that_is_not_there_is_not_visible(course: Course) -> None:
    with pytest.raises(NotVisible):
        run_connection_test(
            course.database, SECRET, 999, address=ADDRESS, local_origins=(), clock=course.clock
        )


def test_a_changed_secret_key_is_said_before_anything_is_called(course: Course) -> None:
    (step,) = run_connection_test(
        course.database,
        "another secret, long enough to be taken",
        course.context().deployment.registration_id,
        address=ADDRESS,
        local_origins=(course.platform.origin,),
        clock=course.clock,
    )
    assert (step.outcome, step.code) == (Outcome.PROBLEM, "keys.unreadable")
    assert course.platform.requests == []


def lane_of(course: Course, **values: object) -> list[list[str]]:
    """Put values into the platform's lane; gives back the list that fills with the slots held during each call."""
    held: list[list[str]] = []

    def note(_request: object) -> bool:
        with course.database.read() as session:
            held.append(list(session.get_one(Lane, key).under_way))
        return False

    key = course.context().deployment.registration_id
    with course.database.transaction() as session:
        lanes.lane_with_room(session, key, now=course.clock())
        for name, value in values.items():
            setattr(session.get_one(Lane, key), name, value)
    course.platform.faults.append(Fault("cut", note))
    return held


def test_each_call_takes_a_slot_of_the_platforms_lane(course: Course) -> None:
    held = lane_of(course)
    assert outcomes(run(course)) == "oooo"
    assert len(held) >= 1 + 4 + 2
    assert all([token.split(".")[1] for token in tokens] == ["test"] for tokens in held)


def test_a_pause_of_ours_lets_a_test_through(course: Course) -> None:
    lane_of(course, not_before=course.clock() + timedelta(minutes=10), careful=True)
    assert outcomes(run(course)) == "oooo"


def test_a_pause_that_the_platform_asked_for_is_kept_and_said(course: Course) -> None:
    until = course.clock() + timedelta(minutes=10)
    held = lane_of(course, not_before=until, asked_until=until)
    steps = run(course)
    assert (outcomes(steps), held) == ("nnnn", [])
    assert "asked for a pause" in steps[KEYS].found
