"""A family without an account: the link of a letter leads to one child's report, for as long as it should."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from lti_tool.models.courses import Context, Person
from lti_tool.models.families import FamilyLink
from lti_tool.models.platforms import DeploymentStatus
from lti_tool.usecases.family_links import LIFETIME, make_link
from lti_tool.web.family_cookie import COOKIE
from tests.factories import NOW
from tests.web.school import ADDRESS, School, open_school, text_of

ENDED = "This link has ended. Ask the teacher for a new one."


class Phone:
    """A phone in a family's hand, which came by a link."""

    def __init__(self, school: School, token: str, *, speaks: str = "en") -> None:
        self.client: FlaskClient = school.app.test_client()
        self.token = token
        self.speaks = speaks

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=ADDRESS, headers={"Accept-Language": self.speaks})

    def enter(self) -> TestResponse:
        """Tap the link; nothing else."""
        return self.get(f"/f/{self.token}")

    def welcome(self) -> TestResponse:
        self.enter()
        return self.get("/f/welcome")

    def press(self, page: TestResponse, path: str, **fields: str) -> TestResponse:
        """Press a button of a page."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
        token = found[1] if found else ""
        return self.client.post(
            path,
            data={"csrf_token": token, **fields},
            base_url=ADDRESS,
            headers={"Accept-Language": self.speaks},
        )

    def read(self) -> TestResponse:
        """From the letter to the report."""
        page = self.welcome()
        if page.status_code == 200:
            assert self.press(page, "/f/report").location == "/f/report"
        return self.get("/f/report")


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=3) as school:
        yield school


def link_to(school: School, index: int = 0, *, language: str = "", age: timedelta = timedelta(0)) -> str:
    """A link to the report about one student, made `age` ago."""
    with school.database.transaction() as session:
        return make_link(
            session,
            context=session.get_one(Context, school.context_key),
            person=session.get_one(Person, school.learner_keys[index]),
            teacher=session.get_one(Person, school.teacher_key),
            now=NOW - age,
            language=language,
        ).url_token


def opened_on(school: School) -> list[object]:
    with school.database.read() as session:
        return list(session.scalars(select(FamilyLink.last_opened_on).order_by(FamilyLink.id)))


def test_a_letter_leads_to_the_same_report_as_the_lms(school: School) -> None:
    page = text_of(Phone(school, link_to(school)).read())
    assert "Ana’s learning" in page
    report = page[page.index("How it is going") : page.index("No more reports")]
    assert report in text_of(school.mentor(0).get("family"))
    for other in ("Ben", "Chloé", "Carter", "Dubois"):
        assert other not in page


def test_no_address_after_the_link_s_own_says_anything(school: School) -> None:
    phone = Phone(school, token := link_to(school))
    first = phone.enter()
    assert (first.status_code, first.location) == (303, "/f/welcome")
    [cookie] = first.headers.getlist("Set-Cookie")
    value, *attributes = cookie.split("; ")
    assert value == f"{COOKIE}={token}"
    assert sorted(attributes) == ["HttpOnly", "Max-Age=3600", "Path=/f", "SameSite=Lax", "Secure"]
    for response in (first, phone.get("/f/welcome"), phone.read()):
        assert token not in response.text
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert response.headers["Cache-Control"] == "no-store"
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


def test_programs_that_look_at_links_read_nothing_and_count_for_nothing(school: School) -> None:
    phone = Phone(school, link_to(school))
    for _ in range(3):
        page = phone.welcome()
    assert page.status_code == 200
    assert "Ana" not in page.text
    assert "Mathematics 6B" not in page.text
    assert opened_on(school) == [None]
    phone.read()
    assert opened_on(school) == [NOW.date()]


def stable(response: TestResponse) -> tuple[int, str]:
    return response.status_code, re.sub(r'nonce="[^"]*"', "", response.text)


def test_a_link_that_is_unknown_over_or_taken_back_says_the_same(school: School) -> None:
    over, taken_back, of_child_who_left = (
        link_to(school, age=LIFETIME),
        link_to(school),
        link_to(school, 1),
    )
    teacher = school.teacher()
    with school.database.read() as session:
        keys = session.scalars(select(FamilyLink.id).order_by(FamilyLink.id)).all()
    assert teacher.post(f"families/links/{keys[1]}/end").status_code == 303
    with school.database.transaction() as session:
        session.get_one(Person, school.learner_keys[1]).disabled_at = NOW
    answers = set()
    for token in ("A" * 22, over, taken_back, of_child_who_left):
        phone = Phone(school, token)
        with capture_logs() as logs:
            for page in (phone.welcome(), phone.get("/f/report")):
                assert ENDED in text_of(page)
                answers.add(stable(page))
        assert token not in str(logs)
        assert {line["code"] for line in logs} == {"family_link.ended"}
        for path in ("/f/report", "/f/stop", "/f/again", "/f/language"):
            page_with_a_token = phone.get("/f/welcome")
            assert phone.press(page_with_a_token, path, language="es").status_code in {403, 404}
    assert len(answers) == 1
    assert answers.pop()[0] == 404
    assert ENDED in text_of(Phone(school, "no-such-link").enter())


def test_a_school_that_is_switched_off_closes_its_links(school: School) -> None:
    phone = Phone(school, link_to(school))
    assert "Ana" in phone.read().text
    with school.database.transaction() as session:
        session.get_one(Context, school.context_key).deployment.status = DeploymentStatus.SUSPENDED
    assert ENDED in text_of(phone.get("/f/report"))


def test_without_the_link_the_page_asks_for_it(school: School) -> None:
    page = Phone(school, "").get("/f/report")
    assert page.status_code == 404
    assert "open the link in your letter or e-mail once more" in text_of(page)


def test_the_language_is_the_phone_s_then_the_letter_s_then_the_family_s(school: School) -> None:
    assert "El aprendizaje de Ana" in Phone(school, link_to(school), speaks="es-MX").read().text
    letter = Phone(school, link_to(school, language="es"))
    page = letter.read()
    assert "El aprendizaje de Ana" in page.text
    assert letter.press(page, "/f/language", language="en").status_code == 303
    assert "Ana’s learning" in letter.get("/f/report").text
    assert "Ana’s learning" in Phone(school, link_to(school), speaks="es").read().text
    assert "Ana’s learning" in school.mentor(0, locale="es").read("family")
    assert letter.press(page, "/f/language", language="tlh").status_code == 422


def test_a_family_says_no_more_reports_and_comes_back(school: School) -> None:
    used, other, of_ben = link_to(school), link_to(school), link_to(school, 1)
    phone = Phone(school, used)
    assert phone.press(phone.read(), "/f/stop").status_code == 303
    page = phone.get("/f/report")
    assert "No more reports" in text_of(page)
    for silent in (page, phone.welcome(), phone.get("/f/report")):
        assert "Ana" not in silent.text
    assert ENDED in text_of(Phone(school, other).read())
    assert "Ben’s learning" in text_of(Phone(school, of_ben).read())
    assert "No more reports" in school.mentor(0).read("family")
    assert "Ben’s learning" in school.mentor(1).read("family")
    teacher = school.teacher()
    assert "This family does not wish reports." in teacher.read("families")
    assert "This family does not wish reports." in teacher.read(f"students/{school.learner_keys[0]}")
    refused = teacher.post(f"students/{school.learner_keys[0]}/family-link")
    assert (refused.status_code, "family.no_reports" in refused.text) == (422, True)
    phone.press(page, "/f/again")
    assert "Ana’s learning" in text_of(phone.get("/f/report"))
    assert ENDED in text_of(Phone(school, other).read())


def test_a_form_of_one_link_does_nothing_by_another(school: School) -> None:
    ana, ben = link_to(school), link_to(school, 1)
    phone = Phone(school, ana)
    page = phone.read()
    phone.token = ben
    phone.enter()  # the sister's letter is opened in the same browser
    assert phone.press(page, "/f/stop").status_code == 403
    assert "Ana’s learning" in text_of(Phone(school, ana).read())
    assert "Ben’s learning" in text_of(Phone(school, ben).read())


def test_a_mentor_says_no_more_reports_about_the_own_child_alone(school: School) -> None:
    mentor, link = school.mentor(0), link_to(school)
    mentor.form_page = "family"
    mine, foreign = school.learner_keys[0], school.learner_keys[1]
    for what in ("stop", "again", "language"):
        refused = mentor.post(f"family/{foreign}/{what}", language="es")
        assert (refused.status_code, "student.not_found" in refused.text) == (404, True)
    assert "No more reports" in mentor.follow(mentor.post(f"family/{mine}/stop"))
    assert ENDED in text_of(Phone(school, link).read())
    assert "Ana’s learning" in mentor.follow(mentor.post(f"family/{mine}/again"))
    assert "El aprendizaje de Ana" in mentor.follow(mentor.post(f"family/{mine}/language", language="es"))


def test_a_teacher_makes_shows_and_ends_links(school: School) -> None:
    teacher, ana = school.teacher(), school.learner_keys[0]
    page = teacher.post(f"students/{ana}/family-link", language="es")
    assert page.status_code == 200
    found = re.search(rf'value="{ADDRESS}/f/([\w-]{{22}})" readonly', page.text)
    assert found
    assert "Apr 1, 2026" in page.text
    assert "El aprendizaje de Ana" in text_of(Phone(school, found[1]).read())
    listed = teacher.get("families")
    assert found[1] not in listed.text
    assert "Español · read last on Mar 2, 2026" in text_of(listed)
    [key] = set(re.findall(r"families/links/(\d+)/end", listed.text))
    said = teacher.follow(teacher.post(f"families/links/{key}/end", page="student"))
    assert "The link has ended." in said
    assert "There is no link to this student’s report" in said
    teacher.post(f"students/{ana}/family-link")
    teacher.post(f"students/{school.learner_keys[1]}/family-link")
    assert "2 links have ended." in teacher.follow(teacher.post("families/end-all"))
    assert "End this link" not in teacher.read("families")


def test_an_assistant_sees_links_and_makes_none(school: School) -> None:
    link_to(school)
    assistant = school.visit(school.teacher_key, "teaching_assistant")
    assert "until Apr 1, 2026" in assistant.read("families")
    for path in ("families", f"students/{school.learner_keys[0]}"):
        assert not re.search("Make a link|End this link|End all links", assistant.read(path))


def test_one_address_opens_so_many_and_no_more(school: School) -> None:
    phone = Phone(school, "A" * 22)
    for _ in range(600):
        assert phone.enter().status_code == 303
    refused = phone.enter()
    assert (refused.status_code, "request.too_many" in refused.text) == (429, True)
