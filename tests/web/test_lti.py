"""Whole launches through the tool's own addresses, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlalchemy import select

from lti_tool.launch import vocab
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Registration
from lti_tool.web.browser import COOKIE
from tests.launch.platform import (
    ADDRESS,
    MEMBERSHIP,
    SigningPlatform,
    Tool,
    first_page_of,
    root_of,
    running_platform,
    running_tool,
)


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def tool(platform: SigningPlatform, database_url: str, tmp_path: Path) -> Iterator[Tool]:
    with running_tool(database_url, platform, tmp_path) as tool:
        yield tool


def test_a_login_goes_back_to_the_platform_with_its_hints_unchanged(tool: Tool) -> None:
    response = tool.login(tool.browser())
    address = urlsplit(response.location)
    asked = dict(parse_qsl(address.query))
    assert f"{address.scheme}://{address.netloc}{address.path}" == tool.platform.issuer + "/auth"
    assert asked["login_hint"] == "hint-1"
    assert asked["lti_message_hint"] == '{"cmid":4,"launchid":"a b+c&d=é"}'
    assert asked["redirect_uri"] == ADDRESS + "/lti/launch"
    assert (asked["scope"], asked["response_type"]) == ("openid", "id_token")
    assert (asked["response_mode"], asked["prompt"]) == ("form_post", "none")
    cookie = response.headers["Set-Cookie"]
    for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert attribute in cookie


def test_a_login_may_also_be_begun_by_get(tool: Tool) -> None:
    response = tool.browser().get(
        "/lti/login", query_string=tool.platform.login_parameters(), base_url=ADDRESS
    )
    assert response.status_code == 302


def test_a_student_is_led_to_the_next_step(tool: Tool) -> None:
    browser = tool.browser()
    response = tool.launch(browser)
    page = first_page_of(response)
    assert page == root_of(response) + "next"
    assert f'data-address="{page}"' in response.text  # what a reload will ask for
    assert browser.get(page, base_url=ADDRESS).status_code == 200
    assert browser.get(root_of(response), base_url=ADDRESS).location == page


def test_a_launch_stores_who_came_where_and_nothing_else(tool: Tool) -> None:
    tool.launch(email="ann@example.edu", picture="https://example.edu/ann.png", locale="en")
    with tool.app.extensions["waymark"].database.read() as session:
        person, context = session.scalars(select(Person)).one(), session.scalars(select(Context)).one()
        membership = session.scalars(select(Membership)).one()
        launch = session.scalars(select(LaunchSession)).one()
    assert (person.user_id, person.name) == ("student-1", "Ann Alpha")
    assert (context.context_id, context.title) == ("course-1", "Ratios")
    assert (membership.roles, membership.is_learner, membership.is_test) == (["learner"], True, False)
    assert launch.roles == ["learner"]
    stored = repr([vars(row) for row in (person, context, membership, launch)])
    assert "ann@example.edu" not in stored
    assert "ann.png" not in stored


@pytest.mark.parametrize(
    ("role", "custom", "page"),
    [
        ("Instructor", {}, "today"),
        ("Learner", {}, "next"),
        ("Learner", {"activity": "ratio-check"}, "activity/ratio-check"),
        ("Mentor", {}, "family"),
    ],
)
def test_each_role_begins_on_its_own_page(tool: Tool, role: str, custom: dict[str, str], page: str) -> None:
    browser = tool.browser()
    claims: dict[str, Any] = {vocab.ROLES: [MEMBERSHIP + role], vocab.CUSTOM: custom}
    response = tool.launch(browser, **claims)
    assert first_page_of(response) == root_of(response) + page


def test_a_second_launch_of_the_same_person_adds_no_second_person(tool: Tool) -> None:
    tool.launch()
    tool.launch(**{vocab.ROLES: [MEMBERSHIP + "Instructor"]})
    with tool.app.extensions["waymark"].database.read() as session:
        assert len(session.scalars(select(Person)).all()) == 1
        assert session.scalars(select(Membership)).one().roles == ["instructor"]


def test_a_launch_in_a_browser_that_never_began_it_is_refused(tool: Tool) -> None:
    asked = tool.begin(tool.browser())
    token = tool.platform.sign(tool.platform.claims(asked["nonce"]))
    response = tool.answer(tool.browser(), asked["state"], token)
    assert response.status_code == 401
    assert "launch.state_not_bound" in response.text


def test_the_key_set_is_public(tool: Tool) -> None:
    response = tool.browser().get("/lti/jwks", base_url=ADDRESS)
    assert response.json == {"keys": []}


def test_the_cookie_is_tied_to_this_host_alone(tool: Tool) -> None:
    assert COOKIE.startswith("__Host-")


def test_a_launch_gives_the_cookie_again_so_that_it_lasts_as_long_as_the_session(tool: Tool) -> None:
    browser = tool.browser()
    given = tool.login(browser).headers.getlist("Set-Cookie")
    assert given[0].startswith(f"{COOKIE}=")
    assert tool.launch(browser).headers.getlist("Set-Cookie") == given


def test_a_warm_launch_calls_nobody(tool: Tool) -> None:
    tool.launch()
    tool.platform.requested.clear()
    tool.clock.forward(minutes=4)
    assert tool.launch(sub="student-2").status_code == 200
    assert tool.platform.requested == []


def test_in_a_frame_without_a_cookie_the_login_first_finds_out_whether_one_is_kept(tool: Tool) -> None:
    browser, framed = tool.browser(), {"Sec-Fetch-Dest": "iframe"}
    parameters = tool.platform.login_parameters()
    page = browser.post("/lti/login", data=parameters, base_url=ADDRESS, headers=framed)
    assert page.status_code == 200
    assert 'target="_blank"' in page.text
    assert f"frame-ancestors {tool.platform.issuer}" in page.headers["Content-Security-Policy"]
    again = browser.post("/lti/login", data=parameters, base_url=ADDRESS, headers=framed)
    assert again.status_code == 302


def test_a_new_window_is_not_told_of_the_storage_of_the_frame_that_it_leaves(tool: Tool) -> None:
    page = tool.browser().post(
        "/lti/login",
        data=tool.platform.login_parameters(lti_storage_target="_parent"),
        base_url=ADDRESS,
        headers={"Sec-Fetch-Dest": "iframe"},
    )
    assert 'data-storage-target="_parent"' in page.text
    assert 'name="login_hint"' in page.text
    assert 'name="lti_storage_target"' not in page.text


def test_an_authorisation_address_with_a_query_of_its_own_keeps_it(tool: Tool) -> None:
    with tool.app.extensions["waymark"].database.transaction() as session:
        registration = session.get_one(Registration, 1)
        registration.auth_login_url = tool.platform.issuer + "/auth?tenant=7"
    query = dict(parse_qsl(urlsplit(tool.login(tool.browser()).location).query))
    assert (query["tenant"], query["client_id"]) == ("7", "client-1")


def test_errors_are_pages_for_people_and_json_for_programs(tool: Tool) -> None:
    page = tool.answer(tool.browser(), "made up", "a.b.c")
    assert "open the link again from your course" in page.text
    assert "Was anything lost?" in page.text
    program = tool.browser().post(
        "/lti/launch", data={"state": "x"}, base_url=ADDRESS, headers={"Accept": "application/json"}
    )
    assert program.get_json()["code"] == "launch.state_invalid"
