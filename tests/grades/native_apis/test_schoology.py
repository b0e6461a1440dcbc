"""Schoology's REST API: three lists, read to their ends, whichever way they say where that is."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.wrappers import Request, Response

from lti_tool.errors import PlatformError, PlatformUnavailable
from lti_tool.grades.gradebooks.cells import NO_RESULT, CellState, Problem
from lti_tool.grades.gradebooks.gradebook import Gradebook, LeftOut, Product
from lti_tool.grades.native_apis import schoology_calls as module
from lti_tool.grades.native_apis.native_api import Access, CourseAddresses, NativeApi, Place
from lti_tool.grades.native_apis.schoology import SchoologyApi
from lti_tool.grades.native_apis.schoology_lists import read_grades, read_items, read_students, to_gradebook
from lti_tool.http import OutboundSession
from tests.grades.linked_course import ImpatientSession
from tests.grades.native_apis.schoology_server import (
    KEY,
    SECRET,
    Schoology,
    enrollment,
    item,
    json_answer,
    running_schoology,
)

API: NativeApi = SchoologyApi()


@pytest.fixture
def schoology() -> Iterator[Schoology]:
    with running_schoology() as schoology:
        yield schoology


def access(schoology: Schoology, *, secret: str = SECRET, course: str = "3719526") -> Access:
    return Access(
        place=Place(Product.SCHOOLOGY, schoology.root, course),
        secret=secret,
        key=KEY,
        outbound=ImpatientSession(schoology.origin),
        clock=time.time,
    )


def read(schoology: Schoology, *, secret: str = SECRET, course: str = "3719526") -> Gradebook:
    here = access(schoology, secret=secret, course=course)
    return API.read(here, user_ids=("u1",), native_ids={}).gradebook


def refusal_of(schoology: Schoology, *, secret: str = SECRET, course: str = "3719526") -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        read(schoology, secret=secret, course=course)
    return caught.value


def scores(gradebook: Gradebook) -> list[list[float | None]]:
    return [[cell.score for cell in row] for row in gradebook.cells]


def asked(schoology: Schoology) -> list[str]:
    return [request.full_path.rpartition("/")[2] for request in schoology.received]


# -- where it is, and what is read ---------------------------------------------------------------------


def test_every_school_has_one_issuer_and_a_teacher_says_the_section() -> None:
    course = CourseAddresses(issuer="https://schoology.schoology.com", context_id="7")
    assert API.offers(course) == Place(Product.SCHOOLOGY, "https://api.schoology.com/v1", "")
    assert API.offers(CourseAddresses(issuer="https://schoology.example", context_id="7")) is None


def test_a_section_is_read_whole(schoology: Schoology) -> None:
    reading = API.read(access(schoology), user_ids=("1041",), native_ids={})
    gradebook = reading.gradebook
    assert reading.native_ids == {}
    assert [(column.key, column.title, column.points) for column in gradebook.columns] == [
        ("schoology:501", "Equivalent ratios", 10),
        ("schoology:502", "Poster", 20),
        ("schoology:503", "Warm-up", 10),
    ]
    assert scores(gradebook) == [[8, None, None], [7.5, None, None], [None, 17, None]]
    assert gradebook.cells[0][1].state is CellState.EXCUSED
    assert gradebook.cells[0][2] == NO_RESULT
    assert gradebook.cells[1][0].graded_at == datetime.fromtimestamp(1389651500, UTC)
    assert [name.partition("?")[0] for name in asked(schoology)] == ["enrollments", "grade_items", "grades"]


def test_a_user_s_number_is_not_taken_for_the_id_of_launches(schoology: Schoology) -> None:
    students = read(schoology).students
    assert [(student.user_id, student.sis_id, student.full_names) for student in students] == [
        ("", "s41", ("James Howlett",)),
        ("", "s42", ("Ororo Munroe", "Ro Munroe")),
        ("", "", ("Kurt Wagner",)),
    ]


def test_teachers_and_people_who_left_are_no_students(schoology: Schoology) -> None:
    schoology.enrollments += [
        enrollment(50, "Old", "Friend", status="5"),
        enrollment(51, "Tom", "Two", admin="1"),
    ]
    schoology.grade(50, 501, 3)
    schoology.grade(50, 997, 3)
    gradebook = read(schoology)
    assert len(gradebook.students) == 3
    assert gradebook.left_out == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"max_points": "0"}, LeftOut.NO_POINTS),
        ({"max_points": 0}, LeftOut.NO_POINTS),
        ({"collected_only": 1, "count_in_grade": 0}, LeftOut.NOT_A_NUMBER),
    ],
)
def test_what_has_no_points_is_named_and_left_out(
    schoology: Schoology, changes: dict[str, Any], why: LeftOut
) -> None:
    schoology.items = [item(501, "Ratios"), item(504, "Form", **changes)]
    schoology.grades = []
    gradebook = read(schoology)
    assert [column.title for column in gradebook.columns] == ["Ratios"]
    assert [(column.title, column.why) for column in gradebook.left_out] == [("Form", why)]


def test_a_draft_is_not_named(schoology: Schoology) -> None:
    schoology.items[0]["published"] = 0
    gradebook = read(schoology)
    assert [column.title for column in gradebook.columns] == ["Poster", "Warm-up"]
    assert gradebook.left_out == ()


def test_points_that_nobody_tells_are_asked_for(schoology: Schoology) -> None:
    schoology.items[0]["max_points"] = None
    assert read(schoology).columns[0].points is None


def test_grades_of_something_that_is_not_listed_are_named(schoology: Schoology) -> None:
    schoology.grade(41, 999, 3)
    schoology.grade(42, 998, None)
    assert [(column.title, column.why) for column in read(schoology).left_out] == [
        ("#999", LeftOut.NOT_LISTED)
    ]


@pytest.mark.parametrize("exception", [2, "2", 3])
@pytest.mark.parametrize("grade", [None, 0])
def test_incomplete_and_missing_are_no_zero(schoology: Schoology, exception: Any, grade: Any) -> None:
    schoology.grade(43, 503, grade, exception=exception)
    assert read(schoology).cells[2][2] == NO_RESULT


@pytest.mark.parametrize(("grade", "text"), [("A\u0000-", "A -"), ([4], "[4]"), (10**30, "1" + "0" * 30)])
def test_a_grade_that_is_no_number_cannot_be_read(schoology: Schoology, grade: Any, text: str) -> None:
    schoology.grade(43, 503, grade)
    cell = read(schoology).cells[2][2]
    assert (cell.state, cell.problem) == (CellState.UNREADABLE, Problem.NOT_A_NUMBER)
    assert cell.text.replace(" ", "") == text.replace(" ", "")


def test_of_a_grade_that_comes_twice_the_newer_counts(schoology: Schoology) -> None:
    schoology.grade(43, 503, 4, timestamp=1389651999)
    schoology.grade(43, 503, 3, timestamp=1389651000)
    assert read(schoology).cells[2][2].score == 4


# -- pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("paging", ["links", "total", ""])
@pytest.mark.parametrize("size", [1, 2, 3, 200])
def test_lists_are_read_to_their_ends(schoology: Schoology, paging: str, size: int) -> None:
    schoology.paging, schoology.page_size = paging, size
    assert scores(read(schoology)) == [[8, None, None], [7.5, None, None], [None, 17, None]]


def test_a_list_that_is_not_paged_at_all_is_read_once_more(schoology: Schoology) -> None:
    document = {"grades": {"grade": schoology.grades}}
    schoology.instead = lambda request: json_answer(document) if request.path.endswith("/grades") else None
    assert scores(read(schoology))[0] == [8, None, None]
    assert asked(schoology)[2:] == ["grades?start=0&limit=200", "grades?start=4&limit=200"]


@pytest.mark.parametrize("empty", [{"grades": []}, {"grades": {"grade": []}}])
def test_no_grades_yet_are_no_error(schoology: Schoology, empty: Any) -> None:
    schoology.instead = lambda request: json_answer(empty) if request.path.endswith("/grades") else None
    assert scores(read(schoology)) == [[None] * 3] * 3


def test_a_list_that_ends_before_its_total_is_not_used(schoology: Schoology) -> None:
    def short(request: Request) -> Response | None:
        page = schoology.grades if request.args["start"] == "0" else []
        document = {"grades": {"grade": page}, "total": 9}
        return json_answer(document) if request.path.endswith("/grades") else None

    schoology.instead = short
    assert refusal_of(schoology).code == "platform.answer_unreadable"


def with_next(address: str) -> Response:
    return json_answer({"enrollment": [], "total": 0, "links": {"next": address}})


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/v1/sections/3719526/enrollments?start=1",
        "//evil.example/",
        "http://127.0.0.1:9/v1/",
        "http://[bad/",
        "http://user@127.0.0.1/",
        "line\nbreak",
    ],
)
def test_the_next_page_lies_with_the_first(schoology: Schoology, address: str) -> None:
    schoology.instead = lambda _request: with_next(address)
    assert refusal_of(schoology).code == "roster.refused"
    assert len(schoology.received) == 1


def test_a_link_without_encryption_is_followed_with_it() -> None:
    document = {"links": {"next": "http://api.schoology.com/v1/sections/1/grades?start=20"}}
    first = "https://api.schoology.com/v1/sections/1/grades"
    assert module._next_link(document, first=first) == f"{first}?start=20"


def test_an_address_that_cannot_be_signed_is_our_error(schoology: Schoology) -> None:
    schoology.instead = lambda _request: with_next(f"{schoology.root}/sections/1/x?a=[1]")
    assert refusal_of(schoology).code == "roster.refused"


def test_a_list_that_never_ends_is_given_up(schoology: Schoology, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = count(1)
    schoology.instead = lambda _request: with_next(f"?start={next(numbers)}")
    monkeypatch.setattr(module, "MAXIMUM_PAGES", 4)
    assert refusal_of(schoology).code == "roster.refused"
    assert len(schoology.received) == 4


def test_a_list_that_goes_in_circles_is_given_up(schoology: Schoology) -> None:
    schoology.instead = lambda _request: with_next("?start=0&limit=200")
    assert refusal_of(schoology).code == "roster.refused"
    assert len(schoology.received) == 1


# -- refusals ------------------------------------------------------------------------------------------


def test_a_wrong_secret_a_missing_right_and_a_wrong_number_are_told_apart(schoology: Schoology) -> None:
    assert refusal_of(schoology, secret="another").code == "native.token_refused"
    assert refusal_of(schoology, course="1").code == "native.course_not_found"
    schoology.permitted = False
    assert refusal_of(schoology).code == "native.not_permitted"


@pytest.mark.parametrize("course", ["", "12/../13", "app.schoology.com/course/12", "1" * 19, "１２"])
def test_what_cannot_be_a_section_s_number_is_not_asked_for(schoology: Schoology, course: str) -> None:
    assert refusal_of(schoology, course=course).code == "native.course_not_found"
    assert schoology.received == []


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (Response(status=429, headers={"Retry-After": "7"}), "platform.throttled"),
        (Response(status=500), "platform.failed"),
        (Response(status=303, headers={"Location": "https://elsewhere.example/"}), "platform.redirected"),
        (Response("<html>Sign in</html>"), "platform.answer_unreadable"),
        (Response('{"enrollment": ['), "platform.answer_unreadable"),
        (Response("[]"), "platform.answer_unreadable"),
        (Response('{"enrollment": {}}'), "platform.answer_unreadable"),
        (Response('{"enrollment": [1]}'), "platform.answer_unreadable"),
        (Response('{"enrollment": [{"id": "1"}], "total": 1}'), "platform.answer_unreadable"),
        (Response('{"section": []}'), "platform.answer_unreadable"),
    ],
)
def test_an_answer_that_is_no_list_is_an_error(schoology: Schoology, response: Response, code: str) -> None:
    schoology.instead = lambda request: response if request.path.endswith("/enrollments") else None
    assert refusal_of(schoology).code == code


def test_a_failure_on_a_later_page_is_not_a_shorter_list(schoology: Schoology) -> None:
    schoology.page_size = 1
    schoology.instead = lambda request: Response(status=500) if request.args["start"] == "2" else None
    assert isinstance(refusal_of(schoology), PlatformUnavailable)


def test_a_signature_that_the_way_out_used_twice_is_not_blamed_on_the_key(schoology: Schoology) -> None:
    failures = iter([Response(status=503)])
    schoology.instead = lambda _request: next(failures, None)
    here = Access(
        place=Place(Product.SCHOOLOGY, schoology.root, schoology.section),
        secret=SECRET,
        key=KEY,
        outbound=OutboundSession(local_origins=[schoology.origin]),
        clock=time.time,
    )
    assert len(API.read(here, user_ids=(), native_ids={}).gradebook.students) == 3


def test_the_credential_is_written_nowhere(
    schoology: Schoology, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(access(schoology))]
    read(schoology)
    for response in (Response(SECRET, status=401), Response(KEY, status=500), Response(KEY)):
        schoology.instead = lambda _request, response=response: response  # type: ignore[misc]
        error = refusal_of(schoology)
        said += [str(error), repr(error), error.detail]
    output = capsys.readouterr()
    said += [caplog.text, output.out, output.err]
    assert all(secret not in text for text in said for secret in (KEY, SECRET, "Howlett"))
    assert all(KEY not in request.url for request in schoology.received)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=9,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=JSON, name=st.sampled_from(["enrollments", "grade_items", "grades"]))
def test_any_json_in_place_of_an_answer_raises_only_our_errors(
    schoology: Schoology, document: Any, name: str
) -> None:
    schoology.instead = lambda request: json_answer(document) if request.path.endswith(name) else None
    with pytest.raises(PlatformError):
        read(schoology)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_lists_with_one_value_changed_are_read_or_refused(data: st.DataObject) -> None:
    site = Schoology(enrollments=[enrollment(41, "Ann", "Alpha")], items=[item(501, "Ratios")])
    site.grade(41, 501, 8)
    lists = json.loads(json.dumps([site.enrollments, site.items, site.grades]))
    row = data.draw(st.sampled_from(lists))[0]
    row[data.draw(st.sampled_from(sorted(row)))] = data.draw(JSON)
    try:
        gradebook = to_gradebook(read_students(lists[0]), read_items(lists[1]), read_grades(lists[2]))
    except ValueError:
        return
    assert [len(cells) for cells in gradebook.cells] == [len(gradebook.columns)] * len(gradebook.students)
    assert all(column.points is None or column.points > 0 for column in gradebook.columns)
