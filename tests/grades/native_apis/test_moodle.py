"""Moodle's web services: one answer for a whole course, and nothing taken for granted."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.wrappers import Response

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.grades.gradebooks.cells import NO_RESULT, CellState, Problem
from lti_tool.grades.gradebooks.gradebook import Gradebook, LeftOut, Product
from lti_tool.grades.native_apis import moodle as module
from lti_tool.grades.native_apis.moodle import MoodleApi
from lti_tool.grades.native_apis.moodle_refusals import error_code, refusal
from lti_tool.grades.native_apis.moodle_reports import read_reports, to_gradebook
from lti_tool.grades.native_apis.native_api import Access, CourseAddresses, NativeApi, Place
from lti_tool.http import MAXIMUM_BYTES
from tests.grades.linked_course import ImpatientSession
from tests.grades.native_apis.moodle_server import (
    TOKEN,
    Grade,
    Item,
    Moodle,
    Student,
    json_answer,
    refused,
    running_moodle,
)

RECORDED: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "samples" / "moodle-5.1" / "grade_items.json").read_text(encoding="utf-8")
)
API: NativeApi = MoodleApi()
EVERYBODY = ("5", "6", "7")


@pytest.fixture
def moodle() -> Iterator[Moodle]:
    with running_moodle() as moodle:
        yield moodle


def access(moodle: Moodle, *, secret: str = TOKEN, course: str = "2") -> Access:
    place = Place(Product.MOODLE, moodle.root, course)
    return Access(
        place=place, secret=secret, outbound=ImpatientSession(moodle.origin), clock=lambda: 1795320000.0
    )


def read(
    moodle: Moodle, *, user_ids: tuple[str, ...] = EVERYBODY, secret: str = TOKEN, course: str = "2"
) -> Gradebook:
    here = access(moodle, secret=secret, course=course)
    return API.read(here, user_ids=user_ids, native_ids={}).gradebook


def refusal_of(
    moodle: Moodle, *, user_ids: tuple[str, ...] = EVERYBODY, secret: str = TOKEN, course: str = "2"
) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        read(moodle, user_ids=user_ids, secret=secret, course=course)
    return caught.value


def scores(gradebook: Gradebook) -> list[list[float | None]]:
    return [[cell.score for cell in row] for row in gradebook.cells]


# -- where it is ---------------------------------------------------------------------------------------


MEMBERSHIPS = "/mod/lti/services.php/CourseSection/2/bindings/1/memberships"
LINE_ITEMS = "/mod/lti/services.php/2/lineitems?type_id=1"


@pytest.mark.parametrize(
    "root", ["https://moodle.example", "https://x.example/moodle", "http://127.0.0.1:8080"]
)
@pytest.mark.parametrize(
    ("memberships", "line_items"), [(MEMBERSHIPS, LINE_ITEMS), (MEMBERSHIPS, ""), ("", LINE_ITEMS)]
)
def test_a_course_is_found_by_the_addresses_of_its_services(
    root: str, memberships: str, line_items: str
) -> None:
    course = CourseAddresses(
        issuer=root,
        context_id="2",
        memberships_url=root + memberships if memberships else "",
        line_items_url=root + line_items if line_items else "",
    )
    assert API.offers(course) == Place(Product.MOODLE, root, "2")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"issuer": "https://moodle.example/deeper"},
        {"issuer": ""},
        {"context_id": "3"},
        {"memberships_url": "https://moodle.example/api/lti/courses/2/names_and_roles"},
        {"memberships_url": "https://moodle.example.evil.example" + MEMBERSHIPS},
        {"memberships_url": "https://moodle.example" + MEMBERSHIPS.replace("/2/", "/3/")},
        {"line_items_url": "https://moodle.example" + LINE_ITEMS.replace("/2/", "/3/")},
        {"memberships_url": "", "line_items_url": ""},
    ],
)
def test_nothing_else_is_taken_for_a_moodle(changes: dict[str, str]) -> None:
    addresses = {
        "issuer": "https://moodle.example",
        "context_id": "2",
        "memberships_url": "https://moodle.example" + MEMBERSHIPS,
        "line_items_url": "https://moodle.example" + LINE_ITEMS,
    }
    assert API.offers(CourseAddresses(**(addresses | changes))) is None


# -- what is read --------------------------------------------------------------------------------------


def test_a_recorded_course_is_read_whole() -> None:
    gradebook = to_gradebook(read_reports(RECORDED["grade_items_whole_course"]["response"], course="2"))
    assert [(student.user_id, student.name, student.sis_id) for student in gradebook.students] == [
        ("5", "Ann Alpha", "S-001"),
        ("6", "Ben Bravo", "S-002"),
        ("7", "Cleo Charlie", "S-003"),
    ]
    assert [(column.key, column.title, column.points) for column in gradebook.columns] == [
        ("moodle:2", "Homework 1", 100),
        ("moodle:3", "Quiz 1", 10),
        ("moodle:5", "Tutor (cross site)", 100),
        ("moodle:7", "Unit 3 mastery (renamed)", 120),
        ("moodle:15", "Tutor (same site)", 100),
    ]
    assert scores(gradebook) == [[88, 7, None, 77, 42], [61.5, None, None, 90, 50], [None, 9.25, None, 30, 5]]
    assert gradebook.cells[0][2] == NO_RESULT
    assert gradebook.cells[0][0].graded_at == datetime.fromtimestamp(1795317337, UTC)
    assert [(column.title, column.why) for column in gradebook.left_out] == [
        ("Course total", LeftOut.CALCULATED)
    ]


def test_one_call_reads_a_course(moodle: Moodle) -> None:
    reading = API.read(access(moodle), user_ids=EVERYBODY, native_ids={"x": "y"})
    assert scores(reading.gradebook) == [[88, 7, None], [61.5, None, None], [None, 9.25, None]]
    assert reading.native_ids == {}
    [request] = moodle.received
    assert request.form.to_dict() == {
        "wstoken": TOKEN,
        "wsfunction": "gradereport_user_get_grade_items",
        "moodlewsrestformat": "json",
        "courseid": "2",
    }


def test_a_moodle_may_lie_below_a_path() -> None:
    with running_moodle(path="/moodle") as moodle:
        assert len(read(moodle).students) == 3


def test_points_begin_at_zero(moodle: Moodle) -> None:
    moodle.items = [Item(2, "Effort", grademin=1, grademax=5)]
    moodle.grades = {(5, 2): Grade(1), (6, 2): Grade(4.5)}
    gradebook = read(moodle)
    assert gradebook.columns[0].points == 4
    assert scores(gradebook) == [[0], [3.5], [None]]


def test_a_grade_with_a_range_of_its_own_keeps_its_share(moodle: Moodle) -> None:
    moodle.items = [Item(2, "Essay", grademax=20)]
    moodle.grades = {
        (5, 2): Grade(15),
        (6, 2): Grade(15, extra={"grademax": 30, "rangeformatted": "0&ndash;30"}),
    }
    gradebook = read(moodle)
    assert gradebook.columns[0].points == 20
    assert scores(gradebook) == [[15], [10], [None]]


def test_an_item_that_only_some_students_have_is_a_column(moodle: Moodle) -> None:
    whole = RECORDED["grade_items_whole_course"]["response"]
    reports = json.loads(json.dumps(whole))
    del reports["usergrades"][0]["gradeitems"][1]
    gradebook = to_gradebook(read_reports(reports, course="2"))
    place = [column.title for column in gradebook.columns].index("Quiz 1")
    assert [row[place].score for row in gradebook.cells] == [None, None, 9.25]


@pytest.mark.parametrize(
    ("item", "why"),
    [
        (Item(9, "Scale", grademin=1, grademax=3, words="Poor&ndash;Very good"), LeftOut.NOT_A_NUMBER),
        (Item(9, "Text", words="", grademax=0, extra={"rangeformatted": ""}), LeftOut.NOT_A_NUMBER),
        (Item(9, "Outcome", extra={"outcomeid": 3, "scaleid": 3}), LeftOut.NOT_A_NUMBER),
        (Item(9, "Nothing to get", grademax=0), LeftOut.NO_POINTS),
        (Item(9, None, "category"), LeftOut.CALCULATED),
    ],
)
def test_what_is_not_in_points_is_named_and_left_out(moodle: Moodle, item: Item, why: LeftOut) -> None:
    moodle.items = [Item(2, "Homework"), item]
    moodle.grades[5, 9] = Grade(0)
    gradebook = read(moodle)
    assert [column.title for column in gradebook.columns] == ["Homework"]
    assert [(column.title, column.why) for column in gradebook.left_out] == [
        (item.itemname or "Category total", why)
    ]


@pytest.mark.parametrize("said", ["0&ndash;100", "0,5&ndash;10,0", "-5&ndash;5", "0–100"])
def test_points_are_told_in_any_language(moodle: Moodle, said: str) -> None:
    moodle.items = [Item(2, "Homework", words=said)]
    assert [column.title for column in read(moodle).columns] == ["Homework"]


def test_a_hidden_grade_is_a_grade(moodle: Moodle) -> None:
    moodle.items = [Item(2, "Homework", hidden=True)]
    assert scores(read(moodle)) == [[88], [61.5], [None]]


def test_a_grade_that_is_no_number_cannot_be_read(moodle: Moodle) -> None:
    moodle.items = [Item(2, "Homework")]
    moodle.grades = {
        (5, 2): Grade(3, extra={"graderaw": "A\u0000+"}),
        (6, 2): Grade(3, extra={"graderaw": True}),
    }
    gradebook = read(moodle)
    assert [row[0].state for row in gradebook.cells] == [
        CellState.UNREADABLE,
        CellState.UNREADABLE,
        CellState.NO_RESULT,
    ]
    assert gradebook.cells[0][0].problem is Problem.NOT_A_NUMBER
    assert gradebook.cells[0][0].text == "A+"


@pytest.mark.parametrize("dated", [None, 0, -5, 10**30, "yesterday", True])
def test_a_moment_that_cannot_be_one_is_none(moodle: Moodle, dated: Any) -> None:
    moodle.grades[5, 2] = Grade(5, extra={"gradedategraded": dated})
    cell = read(moodle).cells[0][0]
    assert (cell.score, cell.graded_at) == (5, None)


# -- whole or error ------------------------------------------------------------------------------------


def test_students_of_other_groups_are_asked_for_one_by_one(moodle: Moodle) -> None:
    moodle.group_mode = "visible"
    moodle.rights.remove("moodle/site:accessallgroups")
    moodle.students[2].group = 2
    gradebook = read(moodle)
    assert [student.user_id for student in gradebook.students] == ["5", "6", "7"]
    assert scores(gradebook)[2] == [None, 9.25, None]
    assert moodle.asked_alone() == ["7"]


def test_a_group_that_is_closed_to_the_account_ends_the_reading(moodle: Moodle) -> None:
    moodle.group_mode = "separate"
    moodle.rights.remove("moodle/site:accessallgroups")
    moodle.students[2].group = 2
    error = refusal_of(moodle)
    assert error.code == "native.not_permitted"
    assert "moodle/site:accessallgroups" in error.message


def test_everybody_is_read_while_the_course_total_waits(moodle: Moodle) -> None:
    moodle.total_waits = True
    assert len(read(moodle).students) == 3


def test_an_assistant_whom_launches_take_for_a_student_is_no_error(moodle: Moodle) -> None:
    moodle.students.append(Student(4, "Toby Assistant", is_listed=False))
    gradebook = read(moodle, user_ids=("4", *EVERYBODY))
    assert gradebook.students[-1].name == "Toby Assistant"
    assert gradebook.cells[-1] == (NO_RESULT,) * 3


def test_somebody_whom_moodle_does_not_know_is_no_error(moodle: Moodle) -> None:
    assert len(read(moodle, user_ids=("99", "not a number", "99")).students) == 3
    assert moodle.asked_alone() == ["99"]


def test_too_many_to_ask_one_by_one_is_an_error(moodle: Moodle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAXIMUM_PAGES", 2)
    moodle.total_waits = True
    assert refusal_of(moodle).code == "platform.answer_too_big"


def too_big(request: Any) -> Response | None:
    return None if "userid" in request.form else Response(b" " * (MAXIMUM_BYTES + 1))


def test_a_course_too_big_for_one_answer_is_read_student_by_student(moodle: Moodle) -> None:
    moodle.instead = too_big
    assert scores(read(moodle)) == [[88, 7, None], [61.5, None, None], [None, 9.25, None]]
    moodle.received.clear()
    with pytest.raises(PlatformRefused) as caught:
        read(moodle, user_ids=())
    assert caught.value.code == "platform.answer_too_big"


def test_a_course_too_slow_for_one_answer_is_read_student_by_student(moodle: Moodle) -> None:
    def slow(request: Any) -> None:
        if "userid" not in request.form:
            time.sleep(1.3)

    moodle.instead = slow
    assert len(read(moodle).students) == 3


@pytest.mark.parametrize("hides", ["shows_grades", "shows_ranges"])
def test_a_course_whose_report_hides_something_says_which_setting(moodle: Moodle, hides: str) -> None:
    setattr(moodle, hides, False)
    error = refusal_of(moodle)
    assert error.code == "native.not_permitted"
    assert "Course grade settings" in error.message


def test_a_grade_that_is_held_back_is_not_no_result(moodle: Moodle) -> None:
    moodle.grades[5, 2] = Grade(None, extra={"gradehiddenbydate": True})
    error = refusal_of(moodle)
    assert error.code == "native.not_permitted"
    assert "moodle/grade:viewhidden" in error.message


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"feedback": ""}, CellState.UNREADABLE),
        ({"feedback": "Please hand it in again"}, CellState.NO_RESULT),
        ({"feedback": "", "gradedategraded": None}, CellState.NO_RESULT),
        ({"feedback": "", "gradeishidden": False}, CellState.NO_RESULT),
    ],
)
def test_a_hidden_grade_that_may_be_held_back_is_not_taken_for_none(
    moodle: Moodle, said: dict[str, Any], state: CellState
) -> None:
    hidden = {"gradeishidden": True, "gradedategraded": 1795317337}
    moodle.grades[5, 2] = Grade(None, extra=hidden | said)
    cell = read(moodle).cells[0][0]
    assert cell.state is state
    assert cell.problem is (Problem.HELD_BACK if state is CellState.UNREADABLE else None)


def test_a_grade_that_is_not_worked_out_yet_is_not_no_result(moodle: Moodle) -> None:
    moodle.grades[5, 2] = Grade(None, extra={"gradeneedsupdate": True})
    assert refusal_of(moodle).code == "platform.failed"
    moodle.grades = {(5, 1): Grade(None, extra={"gradeneedsupdate": True})}
    assert len(read(moodle).students) == 3  # only the total waits, and nothing is taken from that


# -- refusals ------------------------------------------------------------------------------------------


def test_a_wrong_token_is_told_from_missing_rights(moodle: Moodle) -> None:
    assert refusal_of(moodle, secret="0" * 32).code == "native.token_refused"
    moodle.functions.clear()
    error = refusal_of(moodle)
    assert (error.code, "gradereport_user_get_grade_items" in error.message) == ("native.not_permitted", True)


@pytest.mark.parametrize("right", ["gradereport/user:view", "moodle/grade:viewall"])
def test_a_missing_right_is_named(moodle: Moodle, right: str) -> None:
    moodle.rights.remove(right)
    error = refusal_of(moodle)
    assert error.code == "native.not_permitted"
    assert right in error.message


def test_a_course_that_the_account_is_not_in_or_that_is_gone(moodle: Moodle) -> None:
    moodle.enrolled = False
    assert refusal_of(moodle).code == "native.not_permitted"
    assert refusal_of(moodle, course="3").code == "native.course_not_found"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("error_bad_token", "native.token_refused"),
        ("error_function_not_in_service", "native.not_permitted"),
        ("error_course_without_access", "native.not_permitted"),
        ("error_missing_parameter", "platform.rejected"),
    ],
)
def test_recorded_refusals_are_understood(name: str, code: str) -> None:
    said = error_code(RECORDED[name]["response"])
    assert said is not None
    assert refusal(said).code == code


@pytest.mark.parametrize(
    ("said", "detail"),
    [("invalidparameter", "invalidparameter"), ("Ann Alpha!", ""), ("x" * 65, ""), (7, "")],
)
def test_only_a_plain_word_of_a_refusal_is_kept(moodle: Moodle, said: Any, detail: str) -> None:
    moodle.instead = lambda _request: json_answer(
        {"exception": "e", "errorcode": said, "message": "Ann Alpha"}
    )
    error = refusal_of(moodle)
    assert (error.code, error.detail) == ("platform.rejected", detail)
    assert "Ann" not in f"{error} {error.detail}"


@pytest.mark.parametrize(
    "code",
    ["invalidtoken", "accessexception", "nopermissions", "notingroup", "errorcoursecontextnotvalid", "x"],
)
def test_a_page_has_room_for_what_is_said(code: str) -> None:
    assert len(refusal(code).message) <= 255


@pytest.mark.parametrize("code", ["sitemaintenance", "upgraderunning", "dbconnectionfailed"])
def test_maintenance_passes(moodle: Moodle, code: str) -> None:
    moodle.instead = lambda _request: refused(code)
    assert isinstance(refusal_of(moodle), PlatformUnavailable)


def test_a_refusal_in_the_middle_ends_the_reading(moodle: Moodle) -> None:
    moodle.total_waits = True
    moodle.instead = lambda request: refused("invalidtoken") if request.form.get("userid") == "6" else None
    assert refusal_of(moodle).code == "native.token_refused"


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (Response(status=403), "native.not_permitted"),
        (Response("<html>blocked</html>", status=401), "native.not_permitted"),
        (Response("<html>not here</html>", status=404), "native.not_permitted"),
        (Response(status=429, headers={"Retry-After": "7"}), "platform.throttled"),
        (Response(status=503), "platform.failed"),
        (Response(status=303, headers={"Location": "https://elsewhere.example/"}), "platform.redirected"),
        (Response("<html>Log in to the site</html>", status=200), "platform.answer_unreadable"),
        (Response('{"usergrades": [', status=200), "platform.answer_unreadable"),
        (Response('{"usergrades": {}}', status=200), "platform.answer_unreadable"),
        (Response("null", status=200), "platform.answer_unreadable"),
        (Response('{"usergrades": [{"courseid": 2}]}', status=200), "platform.answer_unreadable"),
    ],
)
def test_an_answer_that_is_no_gradebook_is_an_error(moodle: Moodle, response: Response, code: str) -> None:
    moodle.instead = lambda _request: response
    assert refusal_of(moodle).code == code
    assert len(moodle.received) == 1


def test_throttling_says_when_to_come_back(moodle: Moodle) -> None:
    moodle.instead = lambda _request: Response(status=429, headers={"Retry-After": "7"})
    error = refusal_of(moodle)
    assert isinstance(error, PlatformUnavailable)
    assert error.retry_after_seconds == 7


def test_an_answer_about_another_course_or_student_is_not_used(moodle: Moodle) -> None:
    whole = RECORDED["grade_items_whole_course"]["response"]
    other = [report | {"courseid": 3} for report in whole["usergrades"]]
    moodle.instead = lambda _request: json_answer({"usergrades": other})
    assert refusal_of(moodle).code == "platform.answer_unreadable"
    moodle.instead = lambda request: json_answer(whole) if request.form.get("userid") else None
    assert refusal_of(moodle, user_ids=("8",)).code == "platform.answer_unreadable"


def test_a_student_or_an_item_that_comes_twice_is_not_used(moodle: Moodle) -> None:
    report = RECORDED["grade_items_whole_course"]["response"]["usergrades"][0]
    doubled = report | {"gradeitems": report["gradeitems"] * 2}
    for reports in ([report, report], [doubled]):
        with pytest.raises(ValueError, match="twice"):
            read_reports({"usergrades": reports}, course="2")


def test_a_site_that_cannot_be_reached(moodle: Moodle) -> None:
    lost = Access(
        place=Place(Product.MOODLE, "http://127.0.0.1:9", "2"),
        secret=TOKEN,
        outbound=ImpatientSession("http://127.0.0.1:9"),
        clock=time.time,
    )
    with pytest.raises(PlatformUnavailable) as caught:
        API.read(lost, user_ids=(), native_ids={})
    assert caught.value.code == "platform.unreachable"


def test_the_token_is_written_nowhere(moodle: Moodle, caplog: pytest.LogCaptureFixture, capsys: Any) -> None:
    caplog.set_level(logging.DEBUG)
    said = [repr(access(moodle))]
    read(moodle, user_ids=("99",))
    for response in (refused("invalidtoken", message=TOKEN), Response(TOKEN, status=500), Response(TOKEN)):
        moodle.instead = lambda _request, response=response: response  # type: ignore[misc]
        error = refusal_of(moodle)
        said += [str(error), repr(error), error.detail]
    output = capsys.readouterr()
    said += [caplog.text, output.out, output.err]
    assert all(TOKEN not in text and "Ann" not in text for text in said)
    assert all(TOKEN not in request.url for request in moodle.received)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=9,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(document=JSON)
def test_any_json_in_place_of_an_answer_raises_only_our_errors(moodle: Moodle, document: Any) -> None:
    moodle.instead = lambda _request: json_answer(document)
    with pytest.raises(PlatformError):
        read(moodle)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_a_recorded_answer_with_one_value_changed_is_read_or_refused(data: st.DataObject) -> None:
    document = json.loads(json.dumps(RECORDED["grade_items_whole_course"]["response"]))
    report = data.draw(st.sampled_from(document["usergrades"]))
    holder = data.draw(st.sampled_from([report, *report["gradeitems"]]))
    holder[data.draw(st.sampled_from(sorted(holder)))] = data.draw(JSON)
    try:
        gradebook = to_gradebook(read_reports(document, course="2"))
    except (ValueError, PlatformError):
        return
    assert all(len(row) == len(gradebook.columns) for row in gradebook.cells)
    assert all(column.points is not None and column.points > 0 for column in gradebook.columns)
