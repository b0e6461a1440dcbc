"""Messages out of the ordinary: reviews, no name, no course, a test student, somebody acting as another."""

from collections.abc import Callable

import pytest
import requests

from tests.demo_lms.live import LiveLms
from tests.demo_lms.probe import CLAIM, ENDPOINT, NRPS, ROSTER, Person, Probe, first_key, forms_in

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
IDENTITY = {"sub", "name", "given_name", "family_name", "email", "locale"}
MARKS = "\n".join(
    (
        "actual=$ActualUser.id",
        "student_view=$com.instructure.User.student_view",
        "masquerader=$Canvas.masqueradingUser.id",
    )
)


@pytest.fixture(scope="module")
def strict(lms_of: Callable[[str], LiveLms], tool_address: str) -> Probe:
    return _probe(lms_of("strict"), tool_address)


@pytest.fixture(scope="module")
def canvas(lms_of: Callable[[str], LiveLms], tool_address: str) -> Probe:
    return _probe(lms_of("canvas"), tool_address)


@pytest.fixture(scope="module")
def moodle(lms_of: Callable[[str], LiveLms], tool_address: str) -> Probe:
    return _probe(lms_of("moodle"), tool_address)


def _probe(lms: LiveLms, tool_address: str) -> Probe:
    return Probe(lms, tool_address, [first_key()]).register(custom=MARKS)


def _number_of(lms: LiveLms, name: str) -> int:
    """The number in the addresses of this person's cells in the gradebook."""
    page = Person(lms, "alma").page("/people").text
    row = next(part for part in page.split("<tr>") if f">{name}<" in part)
    return int(row.split("/people/")[1].split("/")[0])


# ---- Outside of courses ---------------------------------------------------------------------------------


def test_outside_of_courses_there_is_no_context_and_no_role_in_one(strict: Probe) -> None:
    claims = strict.launch(Person(strict.lms, "alma"), f"/tools/{strict.number}/open")
    assert f"{CLAIM}context" not in claims
    assert claims[f"{CLAIM}resource_link"]["id"]
    assert claims[f"{CLAIM}roles"]
    assert not any("/membership" in role for role in claims[f"{CLAIM}roles"])
    assert ENDPOINT not in claims
    assert NRPS not in claims


def test_canvas_describes_the_account_where_a_course_would_be(canvas: Probe) -> None:
    claims = canvas.launch(Person(canvas.lms, "alma"), f"/tools/{canvas.number}/open")
    assert claims[f"{CLAIM}context"]["type"] == ["Account"]
    assert ENDPOINT not in claims


def test_a_moodle_has_no_launches_outside_of_courses(moodle: Probe) -> None:
    assert Person(moodle.lms, "alma").page(f"/tools/{moodle.number}/open").status_code == 404


@pytest.mark.parametrize("key", ["tess", "ada"])
def test_only_administrators_open_tools_outside_of_courses(strict: Probe, key: str) -> None:
    assert Person(strict.lms, key).page(f"/tools/{strict.number}/open").status_code == 403


# ---- Without a name -------------------------------------------------------------------------------------


def test_an_anonymous_launch_says_nothing_about_the_person_and_names_the_roles(
    fresh_tool: Probe, administrator: Person, student: Person
) -> None:
    administrator.act(
        f"/tools/{fresh_tool.number}/settings",
        scopes=[],
        share_names="on",
        share_email="on",
        in_course_navigation="on",
        anonymous="on",
    )
    started = fresh_tool.initiation(student)
    assert started["login_hint"] == "somebody"
    claims = fresh_tool.launch(student)
    assert not IDENTITY & claims.keys()
    assert f"{MEMBERSHIP}Learner" in claims[f"{CLAIM}roles"]
    assert claims[f"{CLAIM}custom"]["mail"] == ""
    mentor = fresh_tool.launch(Person(fresh_tool.lms, "fay"))
    assert f"{CLAIM}role_scope_mentor" not in mentor


# ---- Test students --------------------------------------------------------------------------------------


def test_a_teacher_in_the_student_view_is_a_test_student(strict: Probe) -> None:
    teacher = Person(strict.lms, "tess")
    own = strict.launch(teacher)["sub"]
    assert "Test Student" in teacher.act("/student-view").text
    claims = strict.launch(teacher)
    assert claims[f"{CLAIM}roles"] == [f"{MEMBERSHIP}Learner", TEST_USER]
    assert claims["sub"] != own
    assert claims[f"{CLAIM}custom"]["actual"] == own
    again = Person(strict.lms, "toby")
    again.act("/student-view")
    assert strict.launch(again)["sub"] == claims["sub"], "there is one test student"
    assert "Tess Teacher" in teacher.act("/people/stop").text
    assert strict.launch(teacher)["sub"] == own


def test_a_test_student_stands_in_the_strict_roster_marked_and_not_in_canvas(
    strict: Probe, canvas: Probe
) -> None:
    found = []
    for probe in (strict, canvas):
        teacher = Person(probe.lms, "tess")
        roster = probe.launch(teacher)[NRPS]["context_memberships_url"]
        teacher.act("/student-view")
        members = [
            member
            for page in probe.service().pages(roster, ROSTER)
            for member in page.json()["members"]
            if TEST_USER in member["roles"]
        ]
        found.append([member["given_name"] for member in members])
        assert "Test Student" not in Person(probe.lms, "tess").page("/gradebook").text
    assert found == [["Test"], []]


def test_canvas_marks_the_student_view_and_the_teacher_behind_it(canvas: Probe) -> None:
    teacher = Person(canvas.lms, "tess")
    before = canvas.launch(teacher)[f"{CLAIM}custom"]
    assert before["student_view"] == "false"
    assert before["masquerader"] == "$Canvas.masqueradingUser.id", "sent as it was written"
    teacher.act("/student-view")
    custom = canvas.launch(teacher)[f"{CLAIM}custom"]
    assert custom["student_view"] == "true"
    assert custom["masquerader"].isdigit()


def test_a_moodle_has_no_test_student(moodle: Probe) -> None:
    teacher = Person(moodle.lms, "tess")
    assert teacher.act("/student-view").status_code == 404
    assert "Student view" not in teacher.page("/course").text


def test_nobody_signs_in_as_the_test_student(strict: Probe) -> None:
    Person(strict.lms, "tess").act("/student-view")
    assert "Test Student" not in requests.get(f"{strict.lms.address}/sign-in", timeout=10).text


# ---- Acting as somebody ---------------------------------------------------------------------------------


def test_who_acts_as_a_student_is_sent_as_that_student_and_named_beside(strict: Probe) -> None:
    administrator = Person(strict.lms, "alma")
    ada = strict.launch(Person(strict.lms, "ada"))
    assert ada[f"{CLAIM}custom"]["actual"] == ada["sub"], "nobody else is there"
    administrator.act(f"/people/{_number_of(strict.lms, 'Ada Alpha')}/act")
    claims = strict.launch(administrator)
    assert (claims["sub"], claims[f"{CLAIM}roles"]) == (ada["sub"], ada[f"{CLAIM}roles"])
    assert claims[f"{CLAIM}custom"]["actual"] != ada["sub"]
    administrator.act("/people/stop")
    assert administrator.page("/people").status_code == 200


def test_canvas_names_who_acts_by_number(canvas: Probe) -> None:
    administrator = Person(canvas.lms, "alma")
    administrator.act(f"/people/{_number_of(canvas.lms, 'Ada Alpha')}/act")
    custom = canvas.launch(administrator)[f"{CLAIM}custom"]
    assert custom["masquerader"].isdigit()
    assert custom["student_view"] == "false"


@pytest.mark.parametrize("key", ["tess", "ada", "fay"])
def test_only_administrators_act_as_others(strict: Probe, key: str) -> None:
    number = _number_of(strict.lms, "Ben Bravo")
    assert Person(strict.lms, key).act(f"/people/{number}/act").status_code == 403


def test_nobody_stops_acting_who_has_not_begun(strict: Probe) -> None:
    assert Person(strict.lms, "ada").act("/people/stop").status_code == 404


# ---- Submission review ----------------------------------------------------------------------------------


def _linked_column(probe: Probe) -> str:
    """The path of Ada's cell in the column of a link that was added by hand."""
    teacher = Person(probe.lms, "tess")
    probe.add_link(teacher, f"Reviewed {probe.number}", points=10)
    page = teacher.page("/gradebook").text
    cell = page.split(f"Ada Alpha, Reviewed {probe.number}:")[0].rpartition('href="')[2].split('"')[0]
    assert cell.startswith("/gradebook/")
    return cell


def test_a_moodle_offers_a_review_of_everybodys_work_and_signs_what_a_student_writes(moodle: Probe) -> None:
    ada, teacher = Person(moodle.lms, "ada"), Person(moodle.lms, "tess")
    cell = _linked_column(moodle)
    assert "See the work in" in teacher.page(cell).text
    claims = moodle.launch(teacher, f"{cell}/review")
    own = moodle.launch(ada, moodle.add_link(teacher, "Another", points=1))["sub"]
    assert claims[f"{CLAIM}message_type"] == "LtiSubmissionReviewRequest"
    assert claims[f"{CLAIM}for_user"] == {"user_id": own}
    assert claims[ENDPOINT]["lineitem"]
    ben = Person(moodle.lms, "ben")
    forged = moodle.launch(ben, f"{cell}/review")
    assert forged["sub"] != own
    assert forged[f"{CLAIM}for_user"] == {"user_id": own}


def test_the_strict_platform_reviews_only_where_the_tool_asked_for_it(strict: Probe) -> None:
    cell, teacher = _linked_column(strict), Person(strict.lms, "tess")
    assert "See the work in" not in teacher.page(cell).text
    assert teacher.page(f"{cell}/review").status_code == 404


def test_forms_that_begin_these_views_cannot_be_sent_from_elsewhere(strict: Probe) -> None:
    teacher = Person(strict.lms, "tess")
    answer = teacher.post(
        f"{strict.lms.address}/student-view", headers={"Sec-Fetch-Site": "cross-site"}, data={}
    )
    assert answer.status_code == 403
    assert forms_in(teacher.page("/course").text)
