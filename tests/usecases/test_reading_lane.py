"""Readings take slots of the lane that deliveries use: neither starves the other, and trouble stops both."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.db import Database
from lti_tool.errors import PlatformUnavailable
from lti_tool.grades import lanes
from lti_tool.grades.lanes import PARALLEL, READINGS, Outcome, Slot, Use
from lti_tool.models.courses import Context, SyncState
from lti_tool.models.lanes import Lane
from lti_tool.usecases.reading import request_reading
from lti_tool.usecases.reading_lane import ReadingLane
from lti_tool.usecases.sync_course import sync_course, waiting_courses
from tests.grades.linked_course import START, Clock, Course, linked_course
from tests.grades.strict_platform import Fault, answer

LASTS = timedelta(seconds=60)


@pytest.fixture
def course(database: Database) -> Iterator[Course]:
    with linked_course(database, Clock()) as course:
        course.platform.add_members("teacher", role="Instructor")
        course.platform.add_members("u1", "u2")
        for number in range(6):
            course.platform.teacher_enters(
                course.platform.add_line_item(f"Column {number}"), "u1", number, at=course.clock()
            )
        yield course


def registration_key(course: Course) -> int:
    return course.context().deployment.registration_id


def take(course: Course, use: Use = Use.DELIVERY) -> Slot | None:
    with course.database.transaction() as session:
        lane = lanes.lane_with_room(session, registration_key(course), now=course.clock(), use=use)
        return None if lane is None else lanes.take_slot(lane, now=course.clock(), lasts=LASTS, use=use)


def leave(course: Course, slot: Slot | None, outcome: Outcome = lanes.ACCEPTED) -> None:
    assert slot is not None
    with course.database.transaction() as session:
        lanes.leave(session, slot, outcome, now=course.clock())


def taken(course: Course, *uses: Use) -> list[bool]:
    return [take(course, use) is not None for use in uses]


def fail(course: Course, times: int = 5) -> None:
    for number in range(times):
        leave(course, take(course), Outcome(failed=f"score {number}"))


def lane_row(course: Course) -> Lane:
    with course.database.read() as session:
        return session.get_one(Lane, registration_key(course))


def read(course: Course) -> SyncState:
    return sync_course(
        course.database,
        course.outbound,
        course.secret,
        course.context_key,
        clock=course.clock,
        on_read=lambda *_: None,
        process="me",
    )


def reading_lane(course: Course, **options: Any) -> ReadingLane:
    return replace(ReadingLane(course.database, registration_key(course), course.clock), **options)


def test_readings_hold_two_of_the_four_slots_and_deliveries_the_rest(course: Course) -> None:
    assert taken(course, *[Use.READING] * 3) == [True, True, False]
    assert taken(course, *[Use.DELIVERY] * 3) == [True, True, False]


def test_deliveries_leave_a_place_to_a_reading_that_waits(course: Course) -> None:
    held = [take(course) for _ in range(PARALLEL)]
    assert taken(course, Use.READING) == [False]
    leave(course, held[0])
    assert taken(course, Use.DELIVERY, Use.READING) == [False, True]
    leave(course, held[1])
    assert taken(course, Use.DELIVERY, Use.DELIVERY) == [True, False]


def test_a_reading_that_gave_up_waiting_holds_no_place_free(course: Course) -> None:
    held = [take(course) for _ in range(PARALLEL)]
    assert taken(course, Use.READING) == [False]
    leave(course, held[0])
    course.clock.now += lanes.WAITS_FOR
    assert taken(course, Use.DELIVERY) == [True]


def test_a_reading_that_somebody_waits_for_goes_before_those_of_the_night(course: Course) -> None:
    held = [take(course, Use.NIGHTLY_READING) for _ in range(READINGS)]
    assert taken(course, Use.READING) == [False]
    leave(course, held[0], lanes.READ)
    assert taken(course, Use.NIGHTLY_READING, Use.READING) == [False, True]


def test_of_two_readings_the_one_that_waits_goes_before_the_one_that_had_its_turn(course: Course) -> None:
    held = [take(course, Use.READING) for _ in range(READINGS)]
    assert taken(course, Use.READING) == [False]
    leave(course, held[0], lanes.READ)
    had_its_turn = reading_lane(course, longest_wait_seconds=-1.0)
    with pytest.raises(PlatformUnavailable, match="did not get its turn"):
        had_its_turn.call("https://lms.example/", successful)
    assert taken(course, Use.READING) == [True]


def test_while_one_call_goes_at_a_time_what_is_written_goes_first(course: Course) -> None:
    fail(course, 1)
    held = take(course, Use.READING)
    assert taken(course, Use.DELIVERY) == [False]
    leave(course, held, lanes.READ)
    assert taken(course, Use.READING, Use.DELIVERY) == [False, True]


def test_a_reading_takes_a_slot_for_each_call_with_its_token_and_leaves_it(course: Course) -> None:
    under_way: list[list[str]] = []

    def note(request: object) -> bool:
        under_way.append(list(lane_row(course).under_way))
        return False

    course.platform.faults.append(Fault("cut", note))
    assert read(course) is SyncState.DONE
    assert len(under_way) >= 1 + 1 + 6 + 2
    assert all(1 <= len(held) <= READINGS for held in under_way)
    assert {token.rpartition(".")[0] for held in under_way for token in held} == {"me.reading"}
    assert lane_row(course).under_way == {}


def test_at_a_closed_lane_a_reading_ends_at_once_says_so_and_comes_again_when_it_opens(
    course: Course,
) -> None:
    read(course)
    course.clock.advance(hours=1)
    with course.database.transaction() as session:
        request_reading(session.get_one(Context, course.context_key), now=course.clock(), nightly=True)
    fail(course)
    asked = len(course.platform.ledger)
    assert read(course) is SyncState.FAILED
    context = course.context()
    assert len(course.platform.ledger) == asked
    assert "left alone for a moment" in (context.sync_error or "")
    assert context.gradebook_read_at == course.clock() - timedelta(hours=1)

    def waiting() -> tuple[int, ...]:
        with course.database.read() as session:
            return waiting_courses(session, now=course.clock())

    assert waiting() == ()
    course.clock.now += lanes.PROBE_EVERY
    assert waiting() == (course.context_key,)
    assert read(course) is SyncState.DONE
    assert (course.context().sync_error, course.context().sync_again_at, waiting()) == (None, None, ())


def test_what_the_platform_asks_a_reading_for_holds_for_deliveries(course: Course) -> None:
    course.platform.fail(answer(429, Retry_After="120"), path="/members")
    assert read(course) is SyncState.FAILED
    assert course.context().sync_again_at == course.clock() + timedelta(minutes=2)
    assert taken(course, Use.DELIVERY) == [False]
    assert lane_row(course).rate < lanes.FULL_RATE
    course.clock.advance(minutes=2)
    assert taken(course, Use.DELIVERY) == [True]


def test_what_was_read_says_nothing_of_what_failed_to_be_written(course: Course) -> None:
    fail(course, 2)
    assert read(course) is SyncState.DONE
    assert (lane_row(course).failed, lane_row(course).careful) == (["score 0", "score 1"], True)
    assert lane_row(course).last_success_at is None


def test_readings_that_fail_again_and_again_close_the_lane_and_one_that_succeeds_is_forgiven(
    course: Course,
) -> None:
    lane = reading_lane(course)

    def broken(name: str) -> None:
        with pytest.raises(PlatformUnavailable):
            lane.call(f"https://lms.example/{name}", unreachable)

    for name in "abcd":
        broken(name)
    lane.call("https://lms.example/a", successful)
    assert lane_row(course).failed == []
    for name in "abcde":
        broken(name)
    assert taken(course, Use.DELIVERY) == [False]


def test_a_test_goes_as_the_only_probe_where_we_keep_away_ourselves_but_not_where_a_pause_was_asked_for(
    course: Course,
) -> None:
    """Who has just corrected a registration sees at once whether it helped."""
    leave(course, take(course), Outcome(failed="score 1", wait=lanes.SLOW_RETRY))
    assert taken(course, Use.DELIVERY, Use.READING, Use.TEST, Use.TEST) == [False, False, True, False]
    with course.database.transaction() as session:
        session.get_one(Lane, registration_key(course)).under_way = {}
    probe = take(course, Use.TEST)
    leave(course, probe, Outcome(failed="score 2", wait=timedelta(minutes=1), asked=True))
    assert taken(course, Use.TEST) == [False]
    course.clock.advance(minutes=1)
    assert taken(course, Use.READING, Use.TEST) == [False, True]


def test_waiting_for_a_slot_ends_and_is_said(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lti_tool.usecases.reading_lane.SAID_AFTER_SECONDS", 0.0)
    for _ in range(PARALLEL):
        take(course)
    said: list[str] = []
    lane = reading_lane(course, waits=lambda: said.append("waits"), longest_wait_seconds=0.2)
    with pytest.raises(PlatformUnavailable) as refused:
        lane.call("https://lms.example/", successful)
    assert (refused.value.code, said) == ("reading.no_slot", ["waits"])


def test_a_reading_goes_on_as_soon_as_a_slot_is_left(course: Course) -> None:
    held = [take(course) for _ in range(PARALLEL)]
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reading_lane(course).call, "https://lms.example/", successful)
        while "reading" not in lane_row(course).waiting:
            pass
        leave(course, held[0])
        assert waiting.result().status_code == 200


@pytest.mark.parametrize(("ours", "open_still"), [(True, False), (False, True)])
def test_only_a_refusal_of_our_own_key_stops_everybody(
    course: Course, *, ours: bool, open_still: bool
) -> None:
    """The token of one teacher may be wrong while all else works."""
    lane = reading_lane(course, with_our_key=ours)
    for _ in range(2):
        lane.call("https://lms.example/", refused_401)
    assert taken(course, Use.DELIVERY) == [open_still]


@given(st.lists(st.tuples(st.sampled_from(Use), st.booleans(), st.floats(0, 2)), max_size=60))
def test_places_are_shared_as_said(steps: list[tuple[Use, bool, float]]) -> None:
    """Whatever comes in whatever order: four at a time, two of them readings, and nobody is shut out for good."""
    lane, now, held = Lane(**lanes._new_lane(1)), START, list[tuple[Use, str]]()
    for number, (use, leaves, seconds) in enumerate(steps):
        now += timedelta(seconds=seconds)
        if leaves and held:
            _, token = held.pop(0)
            lane.under_way = {kept: until for kept, until in lane.under_way.items() if kept != token}
        has_place = lanes._has_place(lane, use, now)
        lanes._note_waiting(lane, use, now, waits=not has_place)
        if has_place:
            token = f"me.{use}.{number}"
            lane.under_way = {**lane.under_way, token: (now + timedelta(minutes=30)).timestamp()}
            held.append((use, token))
        reading = sum(use is not Use.DELIVERY for use, _ in held)
        assert len(held) <= PARALLEL
        assert reading <= READINGS
    lane.under_way = {}
    now += lanes.WAITS_FOR
    assert all(lanes._has_place(lane, use, now) for use in Use)


def successful() -> requests.Response:
    return _answer(200)


def refused_401() -> requests.Response:
    return _answer(401)


def unreachable() -> requests.Response:
    raise PlatformUnavailable("platform.failed", "Broken.", http_status=500)


def _answer(status: int) -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response._content = b""
    return response
