"""A teacher connects with the own Canvas account: what has to fit together, and what becomes of the access."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.gradebook import NativeConnection, PlatformConnection, Way
from lti_tool.models.launches import LaunchSession
from lti_tool.usecases.native_credentials import seal
from tests.factories import NOW
from tests.grades.native_apis.canvas_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    TOKEN,
    CanvasSchool,
    enrollment,
    running_canvas,
)
from tests.web.school import ADDRESS, SECRET, School, Visitor, open_school, text_of
from tests.web.test_gradebook_connection import PAGE, Site

FROM_OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}


def let_sign_in(school: School, canvas: CanvasSchool) -> None:
    """What an administrator does once: the developer key; and what launches tell."""
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        context.memberships_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/names_and_roles"
        context.line_items_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/line_items"
        session.add(
            PlatformConnection(
                registration_id=context.deployment.registration_id,
                product="canvas",
                root=canvas.origin,
                client_id=CLIENT_ID,
                encrypted_client_secret=seal(CLIENT_SECRET, SECRET),
                changed_at=NOW,
            )
        )
        canvas.add_teacher(900, sub=session.get_one(Person, school.teacher_key).user_id)
        for number, key in enumerate(school.learner_keys[:2], 1001):
            person = session.get_one(Person, key)
            canvas.add_student(number, person.given_name, person.family_name, sub=person.user_id)
    canvas.add_assignment(201, "Poster", 10)
    canvas.grade(1001, 201, 8.0)


@dataclass(frozen=True, slots=True)
class Connecting(Site):
    """The site, whose school lets teachers sign in."""

    def window(self) -> FlaskClient:
        """A window beside the course's own: the same browser, another jar of cookies."""
        return self.school.app.test_client()

    def begin(self, teacher: Visitor, window: FlaskClient, **headers: str) -> TestResponse:
        found = re.search(r'name="ticket" value="([^"]+)"', teacher.get(PAGE).text)
        assert found
        return send_ticket(window, found[1], headers or FROM_OUR_PAGE)

    def agree(self, teacher: Visitor, window: FlaskClient) -> dict[str, str]:
        """Up to Canvas and back; gives what Canvas sends the browser back with."""
        query = asked(self.begin(teacher, window))
        return {"code": self.canvas.agree(query["scope"], query["code_challenge"]), "state": query["state"]}

    def connect(self, teacher: Visitor) -> TestResponse:
        window = self.window()
        return come_back(window, self.agree(teacher, window))

    def kept(self) -> NativeConnection | None:
        with self.school.database.read() as session:
            return session.scalar(select(NativeConnection))


def send_ticket(window: FlaskClient, ticket: str, headers: dict[str, str]) -> TestResponse:
    return window.post("/canvas/sign-in", data={"ticket": ticket}, headers=headers, base_url=ADDRESS)


def asked(going: TestResponse) -> dict[str, str]:
    """What Canvas is asked for."""
    assert going.status_code == 200, going.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', going.text)
    assert found
    return {name: values[0] for name, values in parse_qs(urlsplit(unescape(found[1])).query).items()}


def come_back(window: FlaskClient, query: dict[str, str]) -> TestResponse:
    return window.get("/canvas/authorised", query_string=query, base_url=ADDRESS)


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Connecting]:
    shutil.copy(sqlite_template, tmp_path / "waymark.sqlite")
    database_url = f"sqlite:///{tmp_path}/waymark.sqlite"
    course = CanvasSchool(own_enrollments=[enrollment(limited=False)])
    with (
        running_canvas(course) as canvas,
        open_school(database_url, tmp_path / "queue.sqlite", local_platforms=(canvas.origin,)) as school,
    ):
        let_sign_in(school, canvas)
        yield Connecting(school, canvas)


def test_from_the_button_to_results_and_back(site: Connecting) -> None:
    teacher = site.school.teacher()
    assert "Connect with your Canvas account" in teacher.read(PAGE)
    answer = site.connect(teacher)
    assert (answer.status_code, answer.location) == (303, "/canvas/connected"), answer.text
    assert "Reading your course" in teacher.read(PAGE)
    kept = site.kept()
    assert kept is not None
    assert kept.way is Way.SIGNED_IN
    [grant] = site.canvas.grants
    columns = (kept.encrypted_secret, kept.encrypted_access, kept.key)
    assert not any(secret in str(value) for secret in (grant.refresh, grant.access) for value in columns)
    site.read()
    text = teacher.read(PAGE)
    assert "Connected with a teacher’s Canvas account" in text
    assert f"1 column, 2 of {len(site.school.learner_keys)} students" in text
    ended = teacher.follow(teacher.post(f"{PAGE}/end"))
    assert "the token is deleted" in ended
    assert (site.canvas.grants, site.kept()) == ([], None)


def test_access_is_renewed_when_its_hour_is_over_and_kept_until_then(site: Connecting) -> None:
    site.connect(site.school.teacher())
    [grant] = site.canvas.grants
    first = grant.access
    site.read()
    assert grant.access == first
    site.canvas.expire()
    site.read(NOW + timedelta(minutes=56))
    assert grant.access != first
    assert "was not read" not in site.school.teacher().read(PAGE)


def test_access_that_became_void_too_early_is_renewed_once(site: Connecting) -> None:
    site.connect(site.school.teacher())
    site.canvas.expire()
    site.read()
    assert "1 column, 2 of" in site.school.teacher().read(PAGE)


def test_what_was_withdrawn_at_canvas_is_said_with_the_button_to_agree_again(site: Connecting) -> None:
    teacher = site.school.teacher()
    site.connect(teacher)
    site.canvas.grants.clear()
    site.read()
    text = teacher.read(PAGE)
    assert "it was withdrawn there" in text
    assert "Connect with your Canvas account" in text
    site.connect(teacher)
    site.read()
    assert "was not read" not in teacher.read(PAGE)


def test_ending_says_when_canvas_could_not_be_told(site: Connecting) -> None:
    teacher = site.school.teacher()
    site.connect(teacher)
    site.canvas.fail("cut", path="/login/oauth2/token", times=9)
    assert "remove Waymark there, too" in teacher.follow(teacher.post(f"{PAGE}/end"))
    assert site.kept() is None


def test_a_window_with_the_launch_s_own_cookie_comes_back_to_the_course(site: Connecting) -> None:
    teacher = site.school.teacher()
    answer = come_back(teacher.client, site.agree(teacher, teacher.client))
    assert answer.location == f"/l/{teacher.launch_id}/{PAGE}"


def test_only_a_page_of_ours_opens_the_window(site: Connecting) -> None:
    teacher = site.school.teacher()
    ours = {"Origin": ADDRESS}
    for foreign in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", **ours},
        {"X-Nothing": "1"},
        {"Origin": "null"},
        {"Origin": "https://evil.example"},
        {"Referer": f"{ADDRESS}/l/x/{PAGE}"},
    ):
        answer = site.begin(teacher, site.window(), **foreign)
        assert (answer.status_code, "auth.csrf" in answer.text) == (403, True)


def test_a_browser_that_sends_no_sec_fetch_site_says_by_its_origin_that_the_page_was_ours(
    site: Connecting,
) -> None:
    """Which browsers do for a page of this policy, and only then: seen in Chromium, over plain http."""
    teacher = site.school.teacher()
    assert teacher.get(PAGE).headers["Referrer-Policy"] == "same-origin"
    assert teacher.get("setup").headers["Referrer-Policy"] == "no-referrer"
    assert asked(site.begin(teacher, site.window(), Origin=ADDRESS))["client_id"] == CLIENT_ID


def test_outcomes_are_asked_for_once_a_teacher_wants_them(site: Connecting) -> None:
    teacher = site.school.teacher()
    assert "outcome" not in asked(site.begin(teacher, site.window()))["scope"]
    site.connect(teacher)
    teacher.post("setup/gradebook/outcomes/on")
    site.read()
    assert "does not let this connection read outcomes" in teacher.read("setup/gradebook/outcomes")
    assert "1 column" in teacher.read(PAGE)
    assert "outcome_results" in asked(site.begin(teacher, site.window()))["scope"]
    site.connect(teacher)
    site.read()
    assert "no outcomes yet" in teacher.read("setup/gradebook/outcomes")


def test_an_answer_counts_in_its_own_window_and_once(site: Connecting) -> None:
    teacher, window = site.school.teacher(), site.window()
    answer = site.agree(teacher, window)
    assert "sign_in.not_bound" in come_back(site.window(), answer).text
    assert "sign_in.invalid" in come_back(window, answer | {"state": answer["state"][:-3] + "abc"}).text
    assert site.kept() is None
    assert come_back(window, answer).status_code == 303
    assert "sign_in.used" in come_back(window, answer).text


def test_an_account_of_somebody_else_is_refused_and_revoked(site: Connecting) -> None:
    site.canvas.signed_in = 1002
    answer = site.connect(site.school.teacher())
    assert (answer.status_code, "sign_in.somebody_else" in answer.text) == (403, True)
    assert (site.canvas.grants, site.kept()) == ([], None)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ("access_denied", "sign_in.not_agreed"),
        ("invalid_scope", "sign_in.key_refused"),
        ("<script>", "sign_in.not_agreed"),
        ("a" * 64, "sign_in.not_agreed"),
    ],
)
def test_what_canvas_answers_instead_of_a_code_is_said_in_words(
    site: Connecting, error: str, code: str
) -> None:
    window = site.window()
    state = site.agree(site.school.teacher(), window)["state"]
    with capture_logs() as logs:
        answer = come_back(window, {"error": error, "state": state})
    assert [log["detail"] for log in logs if log["event"] == "refused"] == [error if "_" in error else ""]
    assert (answer.status_code, code in answer.text) == (422, True)
    assert "script>" not in text_of(answer)
    assert site.kept() is None


def change_launch(site: Connecting, visitor: Visitor, **values: Any) -> None:
    with site.school.database.transaction() as session:
        launch = session.scalars(
            select(LaunchSession).where(LaunchSession.public_id == visitor.launch_id)
        ).one()
        for name, value in values.items():
            setattr(launch, name, value)


def demote(site: Connecting, visitor: Visitor) -> None:
    with site.school.database.transaction() as session:
        row = session.scalars(select(Membership).where(Membership.person_id == site.school.teacher_key)).one()
        row.roles = ["teaching_assistant", "instructor"][:1]
    change_launch(site, visitor, roles=["teaching_assistant"])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda site, who: change_launch(site, who, expires_at=NOW), "session.ended"),
        (lambda site, who: change_launch(site, who, is_masquerading=True), "sign_in.role"),
        (lambda site, who: change_launch(site, who, person_id=None), "sign_in.role"),
        (lambda site, who: change_launch(site, who, context_id=None), "sign_in.role"),
        (lambda site, who: change_launch(site, who, browser_hash="0" * 64), "session.not_found"),
        (demote, "sign_in.role"),
    ],
)
def test_the_launch_is_looked_at_again_on_the_way_back(site: Connecting, change: Any, code: str) -> None:
    teacher, window = site.school.teacher(), site.window()
    answer = site.agree(teacher, window)
    change(site, teacher)
    assert code in come_back(window, answer).text
    assert site.kept() is None


def test_without_a_developer_key_there_is_no_button_and_no_way(site: Connecting) -> None:
    teacher, window = site.school.teacher(), site.window()
    answer = site.agree(teacher, window)
    with site.school.database.transaction() as session:
        row = session.scalars(select(PlatformConnection)).one()
        row.client_id, row.encrypted_client_secret = "", None
    assert "Canvas account" not in teacher.read(PAGE)
    assert "native.no_developer_key" in come_back(window, answer).text


def test_no_secret_and_no_name_is_in_an_address_page_or_log(site: Connecting) -> None:
    teacher, window = site.school.teacher(), site.window()
    with capture_logs() as logs:
        answer = site.agree(teacher, window)
        come_back(window, answer)
        site.read()
        pages = [teacher.get(path).text for path in (PAGE, "setup", "today")]
    [grant] = site.canvas.grants
    for secret in (grant.access, grant.refresh, CLIENT_SECRET, "Teresa", answer["code"]):
        assert secret not in str(logs)
        assert not any(secret in url for url in site.canvas.requests)
        assert not any(secret in page for page in pages)


def test_a_pasted_token_and_a_signed_in_account_take_each_other_s_place(site: Connecting) -> None:
    teacher = site.school.teacher()
    teacher.post(PAGE, credential=TOKEN)
    site.connect(teacher)
    kept = site.kept()
    assert kept is not None
    assert kept.way is Way.SIGNED_IN
    teacher.post(PAGE, credential=TOKEN)
    kept = site.kept()
    assert kept is not None
    assert (kept.way, kept.encrypted_access) == (Way.PASTED, None)


def test_kept_access_says_until_when_it_lasts(site: Connecting) -> None:
    site.connect(site.school.teacher())
    kept = site.kept()
    assert kept is not None
    assert kept.access_until == datetime(2026, 3, 2, 9, 59, tzinfo=NOW.tzinfo)
