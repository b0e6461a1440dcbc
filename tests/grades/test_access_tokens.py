"""Tokens as the grade services use them: asked for once, renewed in time, never shared between schools."""

from __future__ import annotations

import threading
import time

import pytest
from werkzeug.wrappers import Request

from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.grades.roster import read_roster
from tests.grades.linked_course import Course
from tests.grades.strict_platform import Fault, answer


def token_requests(course: Course) -> int:
    return len([path for _, path in course.platform.requests if path == "/token"])


def test_one_token_serves_many_connectors(course: Course) -> None:
    for _ in range(3):
        read_roster(course.client(), course.context())
    assert token_requests(course) == 1


def test_a_burst_asks_for_one_token(course: Course) -> None:
    threads = [
        threading.Thread(target=read_roster, args=(course.client(), course.context())) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert token_requests(course) == 1


def test_who_waits_while_another_is_turned_away_does_not_ask_again(course: Course) -> None:
    client, context, began = course.client(), course.context(), threading.Barrier(5)
    codes: list[str] = []

    def read() -> None:
        began.wait()
        with pytest.raises(PlatformRefused) as caught:
            read_roster(client, context)
        codes.append(caught.value.code)

    def turn_away(request: Request) -> bool:
        time.sleep(0.3)  # long enough for all to come to the same door
        return request.path == "/token"

    course.platform.faults.append(Fault(answer(400, '{"error": "invalid_client"}'), turn_away, 9))
    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    began.wait()
    for thread in threads:
        thread.join()
    assert codes == ["platform.token_refused"] * 4
    assert token_requests(course) == 1
    with pytest.raises(PlatformRefused):
        read_roster(client, context)
    assert token_requests(course) == 2, "later, it is worth another try"


def test_a_token_is_renewed_a_minute_before_it_expires(course: Course) -> None:
    read_roster(course.client(), course.context())
    course.clock.advance(seconds=3600 - 61)
    read_roster(course.client(), course.context())
    assert token_requests(course) == 1
    course.clock.advance(seconds=2)
    read_roster(course.client(), course.context())
    assert token_requests(course) == 2


@pytest.mark.parametrize("seconds", [None, 0, -5, "3600", True])
def test_an_odd_life_time_counts_as_short_and_does_not_loop(course: Course, seconds: object) -> None:
    course.platform.token_seconds = seconds
    read_roster(course.client(), course.context())
    read_roster(course.client(), course.context())
    assert token_requests(course) == 1
    course.clock.advance(minutes=5)
    read_roster(course.client(), course.context())
    assert token_requests(course) == 2


def test_a_token_that_the_platform_dropped_is_renewed_once(course: Course) -> None:
    read_roster(course.client(), course.context())
    course.platform.tokens.clear()
    read_roster(course.client(), course.context())
    assert token_requests(course) == 2


def test_a_platform_that_never_accepts_the_token_is_asked_twice_and_no_more(course: Course) -> None:
    course.platform.fail(answer(401), times=9, path="/members")
    with pytest.raises(PlatformRefused) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.code == "platform.not_authorised"
    assert token_requests(course) == 2


def test_a_refused_sign_in_says_what_to_check(course: Course) -> None:
    course.platform.client_id = "somebody else"
    with pytest.raises(PlatformRefused, match="client id, key set address") as caught:
        read_roster(course.client(), course.context())
    assert caught.value.code == "platform.token_refused"
    assert caught.value.detail == "invalid_client"


@pytest.mark.parametrize(
    ("status", "text", "code"),
    [
        (503, "", "platform.token_unavailable"),
        (429, "", "platform.token_unavailable"),
        (200, "<html>", "platform.token_unreadable"),
        (200, '{"token": 1}', "platform.token_unreadable"),
        (200, "[]", "platform.token_unreadable"),
    ],
)
def test_a_token_endpoint_in_trouble_is_worth_another_try(
    course: Course, status: int, text: str, code: str
) -> None:
    course.platform.fail(answer(status, text), path="/token")
    with pytest.raises(PlatformUnavailable) as caught:
        read_roster(course.client(), course.context())
    assert caught.value.code == code
    read_roster(course.client(), course.context())
