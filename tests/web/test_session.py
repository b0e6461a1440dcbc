"""Launch sessions: which browser, which role, how long; and what a form must prove."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import render_template_string
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from lti_tool.launch import vocab
from lti_tool.launch.roles import Role
from lti_tool.launch.secrets import random_token
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Registration, RegistrationStatus
from lti_tool.web.browser import COOKIE
from lti_tool.web.services import services
from lti_tool.web.session import allow, current_launch, launch_blueprint
from tests.launch.platform import (
    ADDRESS,
    MEMBERSHIP,
    SigningPlatform,
    Tool,
    add_registration,
    root_of,
    running_platform,
    running_tool,
)

probe = launch_blueprint("probe", __name__)


@probe.get("/probe")
@allow(Role.LEARNER)
def show() -> str:
    """A page for learners that has an anti-forgery token."""
    return render_template_string("{{ csrf_token() }}")


@probe.post("/probe")
@allow(Role.LEARNER)
def change() -> str:
    """A change by learners."""
    with services().database.read() as session:
        return session.get_one(Person, current_launch().person_id).user_id


@probe.get("/probe-teacher")
@allow(Role.INSTRUCTOR, Role.TEACHING_ASSISTANT)
def teach() -> str:
    """A page for teachers."""
    return "teacher"


@probe.get("/probe-mentor")
@allow(Role.MENTOR)
def mentor() -> str:
    """A page for families: whom they may see."""
    return " ".join(current_launch().mentee_user_ids)


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def tool(platform: SigningPlatform, tmp_path: Path, database_url: str) -> Iterator[Tool]:
    with running_tool(database_url, platform, tmp_path) as tool:
        tool.app.register_blueprint(probe)
        yield tool


@pytest.fixture
def ann(tool: Tool) -> FlaskClient:
    """A student's browser."""
    return tool.browser()


def open_page(tool: Tool, browser: FlaskClient, **claims: Any) -> str:
    """Launch; gives the address of the launch."""
    return root_of(tool.launch(browser, **claims))


def visit(browser: FlaskClient, address: str, page: str = "probe") -> TestResponse:
    return browser.get(address + page, base_url=ADDRESS)


def is_refused(response: TestResponse, status: int, code: str) -> bool:
    return response.status_code == status and code in response.text


def test_the_address_alone_opens_nothing(tool: Tool, ann: FlaskClient) -> None:
    address = open_page(tool, ann)
    assert visit(ann, address).status_code == 200
    assert is_refused(visit(tool.browser(), address), 401, "session.missing")


def test_a_session_of_another_browser_looks_like_one_that_does_not_exist(
    tool: Tool, ann: FlaskClient
) -> None:
    address, other = open_page(tool, ann), tool.browser()
    open_page(tool, other, sub="student-2")
    foreign, unknown = visit(other, address), visit(other, "/l/AAAAAAAAAAAAAAAAAAAAAA/")
    assert is_refused(foreign, 404, "session.not_found")
    assert is_refused(unknown, 404, "session.not_found")


@pytest.mark.parametrize("value", ["", "short", "x" * 43, "é" * 43, "x" * 3000])
def test_a_made_up_cookie_opens_nothing(tool: Tool, ann: FlaskClient, value: str) -> None:
    address, forger = open_page(tool, ann), tool.browser()
    forger.set_cookie(COOKIE, value, domain="127.0.0.1")
    assert visit(forger, address).status_code in {401, 404}


def test_e06_launches_of_two_people_in_one_browser_stay_apart(tool: Tool, ann: FlaskClient) -> None:
    student = open_page(tool, ann)
    teacher = open_page(tool, ann, sub="teacher-1", **{vocab.ROLES: [MEMBERSHIP + "Instructor"]})
    assert visit(ann, student).status_code == 200
    assert visit(ann, teacher, "probe-teacher").text == "teacher"
    assert is_refused(visit(ann, student, "probe-teacher"), 403, "auth.role")


TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


def test_e15_the_next_learner_at_a_shared_computer_ends_what_the_first_left_open(
    tool: Tool, ann: FlaskClient
) -> None:
    first = open_page(tool, ann)
    second = open_page(tool, ann, sub="student-2")
    assert is_refused(visit(ann, first), 401, "session.ended")
    assert visit(ann, second).status_code == 200
    again = open_page(tool, ann, sub="student-2")
    assert visit(ann, second).status_code == 200, "the same person may have several tabs"
    assert visit(ann, again).status_code == 200


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {vocab.ROLES: [MEMBERSHIP + "Instructor"]}),
        ({vocab.ROLES: [MEMBERSHIP + "Instructor"]}, {}),
        ({vocab.ROLES: [MEMBERSHIP + "Instructor", MEMBERSHIP + "Learner"]}, {}),
        ({vocab.ROLES: [MEMBERSHIP + "Mentor"]}, {}),
        ({}, {vocab.ROLES: [MEMBERSHIP + "Learner", TEST_USER]}),
        ({vocab.ROLES: [MEMBERSHIP + "Learner", TEST_USER]}, {}),
        ({}, {vocab.CUSTOM: {"masquerader": "42"}}),
        ({vocab.CUSTOM: {"masquerader": "42"}}, {}),
    ],
    ids=[
        "student, then teacher",
        "teacher, then student",
        "teacher who learns as well, then student",
        "family, then student",
        "student, then student view",
        "student view, then student",
        "student, then somebody acting as a student",
        "somebody acting as a student, then student",
    ],
)
def test_e06_other_pairs_of_people_in_one_browser_stay_open(
    tool: Tool, ann: FlaskClient, first: dict[str, Any], second: dict[str, Any]
) -> None:
    address = open_page(tool, ann, **{"sub": "first", **first})
    open_page(tool, ann, **{"sub": "second", **second})
    with tool.app.extensions["waymark"].database.read() as session:
        ends = session.scalars(
            select(LaunchSession.expires_at).where(LaunchSession.public_id == address.split("/")[2])
        ).one()
    assert ends > tool.clock.now


def test_learners_in_other_browsers_and_of_other_platforms_are_left_alone(
    tool: Tool, ann: FlaskClient
) -> None:
    elsewhere, ben = open_page(tool, ann), tool.browser()
    open_page(tool, ben, sub="student-2")
    assert visit(ann, elsewhere).status_code == 200
    with tool.app.extensions["waymark"].database.transaction() as session:
        add_registration(session, tool.platform, client_id="client-2", deployment_id="deployment-1")
    tool.platform.client_id = "client-2"
    try:
        other_school = open_page(tool, ann, sub="student-2")
    finally:
        tool.platform.client_id = "client-1"
    assert visit(ann, elsewhere).status_code == 200
    assert visit(ann, other_school).status_code == 200


def mentees(tool: Tool, browser: FlaskClient, address: str) -> str:
    response = visit(browser, address, "probe-mentor")
    assert response.status_code == 200, response.text
    return response.text


def test_f16_a_mentor_sees_the_learners_of_the_latest_launch_in_older_sessions_too(
    tool: Tool, ann: FlaskClient
) -> None:
    mentor = {"sub": "mentor-1", vocab.ROLES: [MEMBERSHIP + "Mentor"]}
    older = open_page(tool, ann, **mentor, **{vocab.ROLE_SCOPE_MENTOR: ["student-1", "student-2"]})
    assert mentees(tool, ann, older) == "student-1 student-2"
    newer = open_page(tool, ann, **mentor, **{vocab.CUSTOM: {"observees": "student-2"}})
    assert mentees(tool, ann, older) == mentees(tool, ann, newer) == "student-2"
    elsewhere = open_page(
        tool, ann, **mentor, **{vocab.ROLE_SCOPE_MENTOR: ["student-1"], vocab.CONTEXT: {"id": "course-2"}}
    )
    assert mentees(tool, ann, elsewhere) == "student-1"
    assert mentees(tool, ann, older) == "student-2", "another course says nothing about this one"
    last = open_page(tool, tool.browser(), **mentor)
    assert last
    assert mentees(tool, ann, older) == "", "named by nobody any more"


def test_learners_in_the_mentor_claim_mean_nothing_without_the_role(tool: Tool, ann: FlaskClient) -> None:
    open_page(tool, ann, **{vocab.ROLE_SCOPE_MENTOR: ["student-2"]})
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.scalars(select(LaunchSession.mentee_user_ids)).one() == []


def test_an_idle_hour_ends_the_session(tool: Tool, ann: FlaskClient) -> None:
    address = open_page(tool, ann)
    tool.clock.forward(minutes=59)
    assert visit(ann, address).status_code == 200
    tool.clock.forward(minutes=59)
    assert visit(ann, address).status_code == 200
    tool.clock.forward(minutes=60)
    assert is_refused(visit(ann, address), 401, "session.ended")


def test_twelve_hours_end_the_session_however_busy_it_is(tool: Tool, ann: FlaskClient) -> None:
    address = open_page(tool, ann)
    for _ in range(23):
        tool.clock.forward(minutes=30)
        assert visit(ann, address).status_code == 200
    tool.clock.forward(minutes=30)
    assert is_refused(visit(ann, address), 401, "session.ended")


def test_a_role_that_a_later_launch_takes_away_is_gone_from_older_sessions(
    tool: Tool, ann: FlaskClient
) -> None:
    teacher = open_page(tool, ann, **{vocab.ROLES: [MEMBERSHIP + "Instructor"]})
    learner = open_page(tool, ann, **{vocab.ROLES: [MEMBERSHIP + "Learner"]})
    assert is_refused(visit(ann, teacher, "probe-teacher"), 401, "session.ended")
    assert visit(ann, learner).status_code == 200


@pytest.mark.parametrize("what", ["membership", "person", "registration"])
def test_whoever_is_switched_off_is_out_with_the_next_page(tool: Tool, ann: FlaskClient, what: str) -> None:
    address = open_page(tool, ann)
    with tool.app.extensions["waymark"].database.transaction() as session:
        if what == "membership":
            session.execute(update(Membership).values(active=False))
        elif what == "person":
            session.execute(update(Person).values(disabled_at=tool.clock.now))
        else:
            session.get_one(Registration, 1).status = RegistrationStatus.DISABLED
    assert is_refused(visit(ann, address), 401, "session.ended")


def test_a_roster_that_never_names_an_administrator_does_not_end_the_session(
    tool: Tool, ann: FlaskClient
) -> None:
    address = open_page(tool, ann, **{vocab.ROLES: [MEMBERSHIP + "Instructor"]})
    with tool.app.extensions["waymark"].database.transaction() as session:
        session.execute(update(Membership).values(active=False))
    assert visit(ann, address, "probe-teacher").status_code == 200
    with tool.app.extensions["waymark"].database.transaction() as session:  # named since, and then taken out
        session.execute(update(Membership).values(seen_at=tool.clock.now + timedelta(minutes=1)))
    assert is_refused(visit(ann, address, "probe-teacher"), 401, "session.ended")


def test_pages_of_a_launch_can_be_framed_by_its_platform_alone_and_are_not_kept(
    tool: Tool, ann: FlaskClient
) -> None:
    headers = visit(ann, open_page(tool, ann)).headers
    policy = headers["Content-Security-Policy"]
    assert f"frame-ancestors {tool.platform.issuer}" in policy
    assert "default-src 'none'" in policy
    assert "'unsafe-inline'" not in policy
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "X-Frame-Options" not in headers


# ---- Changes -----------------------------------------------------------------------------------------


def post(browser: FlaskClient, address: str, token: str | None, **headers: str) -> TestResponse:
    data = {} if token is None else {"csrf_token": token}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.post(address + "probe", data=data, base_url=ADDRESS, headers=named)


def test_a_form_of_ours_is_taken(tool: Tool, ann: FlaskClient) -> None:
    address = open_page(tool, ann)
    token = visit(ann, address).text
    assert post(ann, address, token).text == "student-1"
    assert post(ann, address, token, Sec_Fetch_Site="same-origin", Origin="null").text == "student-1"
    assert post(ann, address, token, Origin=ADDRESS).text == "student-1"


def test_a72_without_the_anti_forgery_token_nothing_changes(tool: Tool, ann: FlaskClient) -> None:
    address = open_page(tool, ann)
    assert is_refused(post(ann, address, None), 403, "auth.csrf")
    assert is_refused(post(ann, address, "made up"), 403, "auth.csrf")


def test_a_token_of_another_launch_or_browser_is_worth_nothing(tool: Tool, ann: FlaskClient) -> None:
    first, second = open_page(tool, ann), open_page(tool, ann)
    ben = tool.browser()
    his = open_page(tool, ben, sub="student-2")
    assert is_refused(post(ann, second, visit(ann, first).text), 403, "auth.csrf")
    assert is_refused(post(ann, first, visit(ben, his).text), 403, "auth.csrf")


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:9999"},
    ],
)
def test_a72_a_change_that_another_site_began_is_refused_even_with_the_token(
    tool: Tool, ann: FlaskClient, headers: dict[str, str]
) -> None:
    address = open_page(tool, ann)
    assert is_refused(post(ann, address, visit(ann, address).text, **headers), 403, "auth.csrf")


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:9999", "localhost:8080"])
def test_a80_another_host_name_is_refused(tool: Tool, host: str) -> None:
    response = tool.browser().get("/lti/jwks", base_url=f"http://{host}")
    assert response.status_code == 400
    assert host not in response.text.replace(ADDRESS, "")


@pytest.mark.parametrize("path", ["/l/%00/", "/lti/login?iss=a%00b", "/admin/sign-in?x%00=1"])
def test_a77_nul_is_refused_wherever_it_stands(tool: Tool, path: str) -> None:
    assert is_refused(tool.browser().get(path, base_url=ADDRESS), 400, "request.nul")


def test_a80_a_forwarded_host_changes_no_address(tool: Tool) -> None:
    parameters = tool.platform.login_parameters()
    response = tool.browser().post(
        "/lti/login", data=parameters, base_url=ADDRESS, headers={"X-Forwarded-Host": "evil.example"}
    )
    assert "evil.example" not in response.location


# ---- A launch without a cookie goes on in a window ------------------------------------------------------


def test_a_session_is_handed_over_once(tool: Tool, ann: FlaskClient) -> None:
    address = open_page(tool, ann)
    cookie = ann.get_cookie(COOKIE, domain="127.0.0.1")
    assert cookie is not None
    window, form = tool.browser(), {"launch_id": address.split("/")[2], "code": cookie.value}
    taken = window.post("/lti/continue", data=form, base_url=ADDRESS)
    assert (taken.status_code, taken.location) == (303, address)
    assert visit(window, address).status_code == 200
    again = tool.browser().post("/lti/continue", data=form, base_url=ADDRESS)
    assert is_refused(again, 401, "session.ended")


def test_a_hand_over_must_come_soon(tool: Tool, ann: FlaskClient) -> None:
    address = open_page(tool, ann)
    cookie = ann.get_cookie(COOKIE, domain="127.0.0.1")
    assert cookie is not None
    tool.clock.forward(minutes=5)
    form = {"launch_id": address.split("/")[2], "code": cookie.value}
    assert is_refused(tool.browser().post("/lti/continue", data=form, base_url=ADDRESS), 401, "session.ended")


def test_platform_storage_proves_what_the_cookie_would(tool: Tool) -> None:
    browser = tool.browser()
    asked = tool.begin(browser, lti_storage_target="_parent")
    cookie = browser.get_cookie(COOKIE, domain="127.0.0.1")
    assert cookie is not None
    token = tool.platform.sign(tool.platform.claims(asked["nonce"]))
    forgetful = tool.browser()
    page = tool.answer(forgetful, asked["state"], token)
    assert page.status_code == 200
    assert f'data-platform-origin="{tool.platform.issuer}"' in page.text
    wrong = tool.answer(tool.browser(), asked["state"], token, proof=random_token())
    assert is_refused(wrong, 401, "launch.state_not_bound")
    opened = tool.answer(tool.browser(), asked["state"], token, proof=cookie.value)
    assert opened.status_code == 200
    assert "Open in a new window" in opened.text


# ---- Services named in a launch --------------------------------------------------------------------------


def test_a66_service_addresses_elsewhere_are_not_kept(tool: Tool) -> None:
    own, scopes = tool.platform.issuer, ["https://purl.imsglobal.org/spec/lti-ags/scope/score"]
    for url in ("http://lms.example/x", "https://evil.example/x", "https://10.0.0.8/x", own + "/x?y=Z"):
        response = tool.launch(
            **{
                vocab.NAMES_AND_ROLES: {"context_memberships_url": url},
                vocab.GRADE_ENDPOINT: {"lineitems": url, "scope": scopes},
            }
        )
        assert response.status_code == 200
        with tool.app.extensions["waymark"].database.read() as session:
            context = session.scalars(select(Context)).one()
        kept = url if url.startswith(own) else None
        assert (context.memberships_url, context.line_items_url) == (kept, kept)
        assert context.service_scopes == (scopes if kept else [])


def test_a_mentor_may_see_the_children_of_the_latest_launch(tool: Tool) -> None:
    tool.launch(**{vocab.ROLES: [MEMBERSHIP + "Mentor"], vocab.ROLE_SCOPE_MENTOR: ["5", 6, "5", ""]})
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.scalars(select(LaunchSession)).one().mentee_user_ids == ["5", "6"]


def test_only_a_mentor_has_children(tool: Tool) -> None:
    tool.launch(**{vocab.ROLE_SCOPE_MENTOR: ["5"]})
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.scalars(select(LaunchSession)).one().mentee_user_ids == []
