"""What people see: sign-in, course, gradebook, people, message log, and who may see what."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.demo_lms.live import LiveLms, live_lms
from tests.demo_lms.probe import ENDPOINT, Person, Probe


def test_everybody_can_be_chosen_and_the_page_says_that_it_is_a_demo(lms: LiveLms) -> None:
    page = requests.get(f"{lms.address}/", timeout=10).text
    for name in ("Tess Teacher", "Toby Together", "Ada Alpha", "Fay Alpha", "Alma Admin"):
        assert name in page
    assert "there are no passwords" in page


@pytest.mark.parametrize(
    "path", ["/course", "/gradebook", "/messages", "/tools", "/people", "/course/items/1"]
)
def test_nobody_is_sent_to_the_sign_in_page(lms: LiveLms, path: str) -> None:
    answer = requests.get(lms.address + path, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/sign-in")


@pytest.mark.parametrize(
    ("key", "forbidden"),
    [
        ("tess", ["/tools", "/people"]),
        ("ada", ["/tools", "/people", "/messages", "/gradebook/1/3"]),
        ("fay", ["/tools", "/people", "/messages", "/gradebook/1/3"]),
        ("alma", ["/gradebook"]),
    ],
)
def test_pages_of_other_roles_are_forbidden(lms: LiveLms, key: str, forbidden: list[str]) -> None:
    person = Person(lms, key)
    assert [person.page(path).status_code for path in forbidden] == [403] * len(forbidden)


def test_the_course_page_shows_modules_items_and_points(student: Person) -> None:
    page = student.page("/course").text
    for words in ("Week 1", "Read this", "Quiz 1", "10 points", "Week 2"):
        assert words in page
    assert "Add a tool link" not in page
    assert "Two." in student.page("/course/items/1").text


def test_the_gradebook_shows_a_teacher_everybody_with_totals(tmp_path: Path) -> None:
    with live_lms(tmp_path, "strict") as untouched:
        page = Person(untouched, "tess").page("/gradebook").text
    assert [name in page for name in ("Ada Alpha", "Ben Bravo", "Cleo Charlie")] == [True] * 3
    assert "56.0 %" in page  # Ada: 28 of 50
    assert "Well done" in page
    assert "65.0 %" in page  # Quiz 1: 13 of 20


def test_students_and_families_see_only_their_own_rows(lms: LiveLms) -> None:
    for key, own, other in (
        ("ada", "Ada Alpha", "Ben Bravo"),
        ("fay", "Ada Alpha", "Ben Bravo"),
        ("finn", "Ben Bravo", "Ada Alpha"),
    ):
        page = Person(lms, key).page("/gradebook").text
        assert own in page
        assert other not in page


def test_a_comment_is_shown_as_text_and_changes_no_total(tool: Probe, student: Person, lms: LiveLms) -> None:
    before = re.findall(r"Total: <strong>(.*?)</strong>", Person(lms, "ben").page("/gradebook").text)
    service = tool.service()
    column = service.make_column(tool.launch(student)[ENDPOINT]["lineitems"]).json()["id"]
    ben = tool.launch(Person(lms, "ben"))["sub"]
    service.score(column, ben, scoreGiven=None, scoreMaximum=None, comment="Next: <b>unit rates</b>")
    page = Person(lms, "ben").page("/gradebook").text
    assert "Next: &lt;b&gt;unit rates&lt;/b&gt;" in page
    assert re.findall(r"Total: <strong>(.*?)</strong>", page) == before


@pytest.mark.parametrize("score", ["abc", "-1", "nan", "inf", "1e99"])
def test_a_typed_grade_must_be_a_number(teacher: Person, score: str) -> None:
    answer = teacher.act("/gradebook/2/5", score=score)
    assert answer.status_code == 400
    assert "Type a number" in answer.text


def test_a_typed_grade_can_be_removed(teacher: Person) -> None:
    assert "✎" not in teacher.page("/gradebook/2/5").text
    assert "typed by a teacher" not in teacher.page("/gradebook/2/5").text
    teacher.act("/gradebook/2/5", score="30").raise_for_status()
    assert "typed by a teacher" in teacher.page("/gradebook/2/5").text
    teacher.act("/gradebook/2/5", score="").raise_for_status()
    assert "typed by a teacher" not in teacher.page("/gradebook/2/5").text


def test_a_link_can_be_added_and_removed_by_hand(tool: Probe, teacher: Person) -> None:
    path = tool.add_link(teacher, "To be removed", points=5)
    assert "To be removed" in teacher.page("/gradebook").text
    teacher.act(f"{path}/delete").raise_for_status()
    assert "To be removed" not in teacher.page("/course").text + teacher.page("/gradebook").text


def test_a_link_must_lead_to_the_tool(tool: Probe, teacher: Person) -> None:
    answer = teacher.act("/course/modules/1/links", tool=tool.number, url="http://elsewhere.example/")
    assert answer.status_code == 400
    assert "The address must be one of" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://127.0.0.1:8080"}],
    ids=str,
)
def test_forms_of_other_sites_are_refused(teacher: Person, lms: LiveLms, headers: dict[str, str]) -> None:
    answer = teacher.post(f"{lms.address}/gradebook/1/3", data={"score": "1"}, headers=headers)
    assert answer.status_code == 403


def test_a_deleted_tool_takes_everything_with_it(
    fresh_tool: Probe, administrator: Person, teacher: Person, student: Person
) -> None:
    fresh_tool.add_link(teacher, "Gone soon", points=5)
    service = fresh_tool.service()
    claims = fresh_tool.launch(student)
    column = service.make_column(claims[ENDPOINT]["lineitems"], label="Gone too").json()["id"]
    service.score(column, claims["sub"], comment="words")
    administrator.act(f"/tools/{fresh_tool.number}/delete").raise_for_status()
    page = teacher.page("/course").text + teacher.page("/gradebook").text
    assert "Gone" not in page
    assert service.get(column).status_code == 401


class TestMessageLog:
    def test_shows_every_message_of_a_launch_decoded(
        self, fresh_tool: Probe, student: Person, administrator: Person
    ) -> None:
        claims = fresh_tool.launch(student)
        service = fresh_tool.service()
        service.get(claims[ENDPOINT]["lineitems"])
        page = administrator.page("/messages").text
        for words in (
            "login initiation",
            "authentication request",
            "id_token",
            "token request",
            "line items",
            claims["nonce"],
            "client_assertion",
        ):
            assert words in page
        assert str(service.headers["Authorization"]).partition(" ")[2] not in page

    def test_names_the_reason_of_a_refusal(self, tool: Probe, teacher: Person) -> None:
        tool.ask_token(tool.assertion(aud="http://wrong.example"))
        page = teacher.page("/messages?refused=1&kind=token request").text
        newest = page.split('class="card refused"')[1]
        assert "aud must be" in newest
        assert "token.wrong_audience" in newest
        assert "http://wrong.example" in newest
        assert "login initiation</span>" not in page

    def test_can_be_narrowed_to_one_tool_and_goes_back_in_pages(
        self, fresh_tool: Probe, tool: Probe, student: Person, teacher: Person
    ) -> None:
        for _ in range(26):
            fresh_tool.initiation(student)
            tool.initiation(student)
        first = teacher.page("/messages").text
        assert "Older messages" in first
        older = re.findall(r'href="(/messages\?[^"]*before=\d+)"', first)[0].replace("&amp;", "&")
        numbers = [set(re.findall(r'id="message-(\d+)"', page)) for page in (first, teacher.page(older).text)]
        assert not numbers[0] & numbers[1]


@pytest.mark.parametrize("profile", ["strict", "canvas", "moodle", "schoology"])
def test_every_page_of_every_profile_can_be_read(
    profile: str, lms_of: Callable[[str], LiveLms], tool_for: Callable[[LiveLms], Probe]
) -> None:
    lms = lms_of(profile)
    tool_for(lms)
    rows = {
        "tess": ["/course", "/gradebook", "/gradebook?columns=tools", "/gradebook/1/3", "/messages"],
        "alma": ["/tools", "/people", "/messages", "/course"],
    }
    for key, paths in rows.items():
        person = Person(lms, key)
        assert [person.page(path).status_code for path in paths] == [200] * len(paths)
