"""Canvas's REST API, read over real HTTP from a small Canvas."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from werkzeug.wrappers import Request, Response

from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.grades import service_client
from lti_tool.grades.gradebooks.cells import CellState
from lti_tool.grades.gradebooks.gradebook import LeftOut, Product
from lti_tool.grades.native_apis.canvas import CanvasApi
from lti_tool.grades.native_apis.native_api import Access, CourseAddresses, NativeApi, Place, Reading
from tests.grades.linked_course import START, ImpatientSession
from tests.grades.native_apis.canvas_server import (
    CanvasSchool,
    enrollment,
    forbidden,
    running_canvas,
    throttled,
)
from tests.grades.strict_platform import Fault, answer

API: NativeApi = CanvasApi()
PATHS = ["/permissions", "/enrollments", "/assignments", "/users", "/submissions", "/users/lti_1_3_id"]


@pytest.fixture
def school() -> Iterator[CanvasSchool]:
    with running_canvas() as school:
        yield school


def access(school: CanvasSchool, *, secret: str = "") -> Access:
    place = Place(Product.CANVAS, school.origin, school.course)
    return Access(place, secret or school.token, ImpatientSession(school.origin), clock=START.timestamp)


def read(school: CanvasSchool, *user_ids: str) -> Reading:
    return API.read(access(school), user_ids=user_ids or tuple(school.subs), native_ids={})


def test_the_whole_gradebook_is_read(school: CanvasSchool) -> None:
    book = read(school).gradebook
    assert book.product is Product.CANVAS
    assert [(column.key, column.title, column.points) for column in book.columns] == [
        ("canvas:201", "Equivalent ratios", 10),
        ("canvas:202", "Ratios, tables and graphs", 20),
        ("canvas:203", "Unit project", 50),
    ]
    assert [[cell.score for cell in row] for row in book.cells] == [
        [8, 17.5, None],
        [4, None, None],
        [0, 19.5, None],
    ]
    assert book.cells[1][2].state is CellState.EXCUSED
    assert book.cells[0][2].state is CellState.NO_RESULT
    assert book.cells[0][0].graded_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert [(column.title, column.why) for column in book.left_out] == [("Participation", LeftOut.NO_POINTS)]


def test_students_have_the_id_of_launches(school: CanvasSchool) -> None:
    reading = read(school)
    ana = reading.gradebook.students[0]
    assert (ana.name, ana.full_names, ana.sis_id) == ("Morales, Ana", ("Ana Morales",), "S-1001")
    assert [student.user_id for student in reading.gradebook.students] == list(school.subs)
    assert reading.native_ids == {sub: str(number) for sub, number in school.subs.items()}


@pytest.mark.parametrize(
    ("memberships", "line_items"),
    [
        ("https://school.example/api/lti/courses/77/names_and_roles", ""),
        ("", "https://school.example/api/lti/courses/77/line_items"),
        ("https://School.example:443/api/lti/courses/77/names_and_roles?x=1", ""),
        (
            "https://school.example/api/lti/courses/77/names_and_roles",
            "https://school.example/api/lti/courses/77/line_items",
        ),
    ],
)
def test_the_service_addresses_say_where_the_course_is(memberships: str, line_items: str) -> None:
    course = CourseAddresses("https://canvas.instructure.com", "x", memberships, line_items)
    assert API.offers(course) == Place(Product.CANVAS, "https://school.example", "77")


@pytest.mark.parametrize(
    ("memberships", "line_items"),
    [
        ("", ""),
        ("https://school.example/api/lti/groups/77/names_and_roles", ""),
        ("https://school.example/api/lti/courses/77/names_and_roles/more", ""),
        ("https://school.example/prefix/api/lti/courses/77/names_and_roles", ""),
        ("https://school.example/api/lti/courses/٧٧/names_and_roles", ""),
        ("https://teacher:x@school.example/api/lti/courses/77/names_and_roles", ""),
        ("file:///api/lti/courses/77/names_and_roles", ""),
        ("https://lms.example/mod/lti/services.php/CourseSection/2/bindings/1/memberships", ""),
        # Two addresses that do not name the same course.
        (
            "https://school.example/api/lti/courses/77/names_and_roles",
            "https://school.example/api/lti/courses/78/line_items",
        ),
        (
            "https://school.example/api/lti/courses/77/names_and_roles",
            "https://other.example/api/lti/courses/77/line_items",
        ),
        ("https://school.example/api/lti/courses/77/names_and_roles", "https://school.example/1/lineitems"),
    ],
)
def test_other_addresses_are_no_canvas(memberships: str, line_items: str) -> None:
    assert API.offers(CourseAddresses("https://lms.example", "x", memberships, line_items)) is None


def test_all_pages_of_every_list_are_read(school: CanvasSchool) -> None:
    school.page_size = 1
    whole = read(school)
    school.page_size = 100
    assert whole == read(school)
    assert sum("students/submissions" in address for address in school.requests) == 9 + 1


def test_only_what_a_gradebook_needs_of_a_submission_is_asked_for(school: CanvasSchool) -> None:
    read(school)
    (asked,) = [address for address in school.requests if "submissions" in address]
    assert "response_fields%5B%5D=score" in asked
    assert "body" not in asked


def test_who_is_known_is_not_asked_for_again(school: CanvasSchool) -> None:
    known = read(school).native_ids
    school.requests.clear()
    reading = API.read(access(school), user_ids=tuple(school.subs), native_ids=known)
    assert not any("lti_1_3_id" in address for address in school.requests)
    assert reading.native_ids == known
    assert [student.user_id for student in reading.gradebook.students] == list(school.subs)


def test_somebody_whom_canvas_does_not_know_by_id_has_no_id(school: CanvasSchool) -> None:
    reading = read(school, "nobody of this school", "")
    assert reading.native_ids == {}
    assert [student.user_id for student in reading.gradebook.students] == ["", "", ""]


def test_people_who_are_no_longer_in_the_course_are_forgotten(school: CanvasSchool) -> None:
    ana, ben, chloe = school.subs
    reading = API.read(access(school), user_ids=[ana], native_ids={ana: "1001", ben: "1002", chloe: "1003"})
    assert reading.native_ids == {ana: "1001"}
    assert [student.user_id for student in reading.gradebook.students] == [ana, "", ""]


@pytest.mark.parametrize(
    "sub", ["a/b", "CS.101", "../1", "é", "a b", "x?y#z%2F", "self", "1002", "hex:lti_1_3_id:31"]
)
def test_an_id_may_hold_any_character(school: CanvasSchool, sub: str) -> None:
    school.subs = {sub: 1001}
    assert read(school, sub).native_ids == {sub: "1001"}


def test_the_addresses_hold_no_credential(school: CanvasSchool) -> None:
    read(school)
    assert school.token not in " ".join(school.requests)
    assert school.token not in repr(access(school))


def test_white_space_around_a_pasted_token_does_no_harm(school: CanvasSchool) -> None:
    pasted = f" {school.token}\n"
    reading = API.read(access(school, secret=pasted), user_ids=[], native_ids={})
    assert len(reading.gradebook.students) == 3


@pytest.mark.parametrize("secret", ["", " ", "two words", "two\r\nlines: x", "schlüssel", "κλειδί"])
def test_what_cannot_be_a_token_is_not_sent(school: CanvasSchool, secret: str) -> None:
    with pytest.raises(PlatformRefused) as caught:
        API.read(replace(access(school), secret=secret), user_ids=[], native_ids={})
    assert caught.value.code == "native.token_refused"
    assert school.requests == []


@pytest.mark.parametrize(
    "refusal",
    [
        None,
        answer(401, '{"errors": [{"message": "Insufficient scopes on access token."}]}'),
        answer(401, '{"errors": [{"message": "Token de acceso"}]}', WWW_Authenticate="Bearer"),
    ],
)
def test_a_token_that_canvas_refuses_has_to_be_made_anew(
    school: CanvasSchool, refusal: Response | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    if refusal is None:
        school.token = "another"
    else:
        school.fail(refusal)
    error = refused(school, secret="7~a0token0that0was0deleted")
    assert error.code == "native.token_refused"
    assert "New Access Token" in error.message
    assert "7~a0token0that0was0deleted" not in caplog.text + repr(error) + str(error) + error.detail


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(
    "path", ["permissions", "enrollments", "assignments", "users", "submissions", "lti_"]
)
def test_a_right_that_is_missing_is_named(school: CanvasSchool, path: str, status: int) -> None:
    school.fail(forbidden(status), path=path)
    error = refused(school)
    assert error.code == "native.not_permitted"
    assert "view all grades" in error.message


def test_an_account_that_would_be_shown_its_own_grades_alone_is_refused(school: CanvasSchool) -> None:
    school.permissions, school.own_user = {"read_roster"}, 1001
    error = refused(school)
    assert error.code == "native.not_permitted"
    assert not any("submissions" in address for address in school.requests)


@pytest.mark.parametrize("right", ["view_all_grades", "manage_grades"])
def test_one_of_two_rights_is_enough(school: CanvasSchool, right: str) -> None:
    school.permissions = {right}
    assert len(read(school).gradebook.students) == 3


def test_an_account_that_sees_some_sections_is_refused(school: CanvasSchool) -> None:
    school.own_enrollments = [enrollment(limited=True), enrollment(limited=True)]
    error = refused(school)
    assert error.code == "native.not_permitted"
    assert "sections" in error.message


@pytest.mark.parametrize("limits", [[], [True, False]])
def test_an_administrator_and_who_is_limited_in_one_section_alone_see_all(
    school: CanvasSchool, limits: list[bool]
) -> None:
    school.own_enrollments = [enrollment(limited=limited) for limited in limits]
    assert len(read(school).gradebook.students) == 3


def test_a_course_that_is_gone_is_said_to_be(school: CanvasSchool) -> None:
    with pytest.raises(PlatformRefused) as caught:
        API.read(
            replace(access(school), place=Place(Product.CANVAS, school.origin, "78")),
            user_ids=[],
            native_ids={},
        )
    assert caught.value.code == "native.course_not_found"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("response", "code"),
    [
        (throttled(), "platform.throttled"),
        (answer(429, "Rate Limit Exceeded", Retry_After="7"), "platform.throttled"),
        (answer(500, "<html>"), "platform.failed"),
        (answer(200, "<html>Sign in</html>"), "platform.answer_unreadable"),
        (answer(200, ""), "platform.answer_unreadable"),
        (answer(200, "[{"), "platform.answer_unreadable"),
        (answer(200, "[NaN]"), "platform.answer_unreadable"),
        (answer(200, "7"), "platform.answer_unreadable"),
        (answer(200, '["x"]'), "platform.answer_unreadable"),
        (answer(200, '[{"id": null}]'), "platform.answer_unreadable"),
    ],
)
def test_an_answer_that_is_none_ends_the_reading(
    school: CanvasSchool, path: str, response: Response, code: str
) -> None:
    school.fail(response, path=path)
    with pytest.raises(PlatformUnavailable) as caught:
        read(school)
    assert caught.value.code == code
    if response.headers.get("Retry-After"):
        assert caught.value.retry_after_seconds == 7


@pytest.mark.parametrize("path", PATHS)
def test_a_connection_that_breaks_ends_the_reading(school: CanvasSchool, path: str) -> None:
    school.fail("cut", path=path)
    with pytest.raises(PlatformUnavailable) as caught:
        read(school)
    assert caught.value.code == "platform.unreachable"


@pytest.mark.parametrize("path", PATHS)
def test_a_redirect_is_not_followed(school: CanvasSchool, path: str) -> None:
    school.fail(answer(302, "", Location=f"{school.origin}/elsewhere"), path=path)
    assert refused(school).code == "platform.redirected"
    assert not any("elsewhere" in address for address in school.requests)


def test_the_second_page_failing_ends_the_reading(school: CanvasSchool) -> None:
    school.page_size = 2
    school.fail(answer(500), path="users", times=1)
    school.faults[0].matches = lambda request: "bookmark" in request.args.get("page", "")
    with pytest.raises(PlatformUnavailable):
        read(school)


@pytest.mark.parametrize("path", ["enrollments", "assignments", "users", "submissions"])
def test_a_list_without_an_end_is_refused(
    school: CanvasSchool, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service_client, "MAXIMUM_PAGES", 5)

    def matches(request: Request) -> bool:
        fault.kind = answer(200, "[]", Link=f'<{request.base_url}?n={len(school.requests)}>; rel="next"')
        return path in request.path

    fault = Fault("", matches, times=99)
    school.faults.append(fault)
    assert refused(school).code == "roster.refused"
    assert sum(path in address for address in school.requests) == 5


@pytest.mark.parametrize("elsewhere", ["https://evil.example/api/v1/x", "http://127.0.0.1:9/api/v1/x"])
def test_the_token_does_not_follow_a_page_elsewhere(school: CanvasSchool, elsewhere: str) -> None:
    school.fail(answer(200, "[]", Link=f'<{elsewhere}>; rel="next"'), path="assignments")
    assert refused(school).code == "roster.refused"


@pytest.mark.parametrize("path", ["assignments", "enrollments"])
def test_another_course_s_answer_is_not_taken(school: CanvasSchool, path: str) -> None:
    assignment = school.assignments[201]
    other = [assignment | enrollment(limited=False) | {"course_id": 78}]
    school.fail(answer(200, json.dumps(other)), path=path)
    with pytest.raises(PlatformUnavailable) as caught:
        read(school)
    assert caught.value.code == "platform.answer_unreadable"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "x"]), inner),
    max_leaves=6,
)


@settings(max_examples=50, deadline=None)
@given(path=st.sampled_from(PATHS), document=JSON)
def test_any_json_in_place_of_an_answer_is_read_or_refused(path: str, document: Any) -> None:
    with running_canvas() as school:
        school.fail(answer(200, json.dumps(document)), path=path)
        with suppress(PlatformUnavailable, PlatformRefused):
            read(school)


def test_names_and_the_token_are_in_no_log(school: CanvasSchool, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    school.add_assignment(207, "Odd", 10, grading_type="stars")
    school.grade(1002, 202, 11, posted_at=None)
    with capture_logs() as events:
        read(school)
        school.fail(answer(500, "Ana Morales"), path="submissions")
        with pytest.raises(PlatformUnavailable) as caught:
            read(school)
    said = f"{caplog.text} {events} {caught.value} {caught.value.detail}"
    for word in (school.token, school.token[-6:], "Morales", "ana@school", "Teresa"):
        assert word not in said
    assert [(event["event"], event.get("grades")) for event in events] == [
        ("canvas.grading_type_unknown", None),
        ("canvas.grades_not_posted", 1),
    ]


def refused(school: CanvasSchool, *, secret: str = "") -> PlatformRefused:
    """The error with which a reading is refused."""
    with pytest.raises(PlatformRefused) as caught:
        API.read(access(school, secret=secret), user_ids=tuple(school.subs), native_ids={})
    return caught.value


@pytest.mark.parametrize("includes", [True, False])
def test_a_column_has_its_place_in_the_course(school: CanvasSchool, includes: bool) -> None:
    school.includes = includes
    school.assignments[203]["quiz_id"] = 77
    school.assignments[202]["discussion_topic"] = {"id": 88}
    school.add_module("Unit 1: Ratios", ("Page", 201), ("Quiz", 77), ("SubHeader", 0))
    school.add_module("Unit 2: Graphs", ("Assignment", 201), ("Discussion", 88), ("Quiz", 77))
    places = read(school).places
    assert places is not None
    assert {key: (place.module, place.place) for key, place in places.items()} == {
        "canvas:203": ("Unit 1: Ratios", 0),
        "canvas:201": ("Unit 2: Graphs", 1),
        "canvas:202": ("Unit 2: Graphs", 2),
    }


def test_modules_that_may_not_be_seen_keep_from_nothing_and_are_not_taken_for_none(
    school: CanvasSchool,
) -> None:
    assert read(school).places == {}
    school.fail(forbidden(), path="/modules")
    reading = read(school)
    assert (reading.places, len(reading.gradebook.columns)) == (None, 3)
