"""The administration's pages, through the tool's own addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.launch.administrators import create_administrator
from lti_tool.models.platforms import AuditEntry, Deployment, Registration
from tests.launch.platform import ADDRESS, NOW, SigningPlatform, Tool, running_platform, running_tool

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def tool(platform: SigningPlatform, tmp_path: Path, database_url: str) -> Iterator[Tool]:
    with running_tool(database_url, platform, tmp_path) as tool:
        with tool.app.extensions["waymark"].database.transaction() as session:
            create_administrator(session, "ada", PASSWORD, NOW)
        yield tool


@pytest.fixture
def ada(tool: Tool) -> FlaskClient:
    """The browser of a signed-in administrator."""
    browser = tool.browser()
    assert sign_in(browser).status_code == 302
    return browser


def token_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def sign_in(browser: FlaskClient, password: str = PASSWORD) -> TestResponse:
    page = browser.get("/admin/sign-in", base_url=ADDRESS)
    return browser.post(
        "/admin/sign-in",
        data={"login": "ada", "password": password, "csrf_token": token_of(page)},
        base_url=ADDRESS,
    )


def send(browser: FlaskClient, path: str, **data: str) -> TestResponse:
    token = token_of(browser.get("/admin/", base_url=ADDRESS))
    return browser.post(path, data={"csrf_token": token} | data, base_url=ADDRESS)


def test_nobody_sees_the_administration_without_signing_in(tool: Tool) -> None:
    response = tool.browser().get("/admin/", base_url=ADDRESS)
    assert response.status_code == 302
    assert response.location == "/admin/sign-in"


def test_changing_something_while_signed_out_is_refused(tool: Tool) -> None:
    browser = tool.browser()
    token = token_of(browser.get("/admin/sign-in", base_url=ADDRESS))
    response = browser.post("/admin/registrations/1/disable", data={"csrf_token": token}, base_url=ADDRESS)
    assert response.status_code == 401
    assert "administrator.signed_out" in response.text


def test_a_wrong_password_says_so_on_the_form(tool: Tool) -> None:
    response = sign_in(tool.browser(), "wrong")
    assert response.status_code == 401
    assert "not right" in response.text


def test_five_wrong_passwords_mean_a_wait_even_for_the_right_one(tool: Tool) -> None:
    browser = tool.browser()
    for _ in range(5):
        assert sign_in(browser, "wrong").status_code == 401
    assert sign_in(browser).status_code == 429
    tool.clock.forward(minutes=6)
    assert sign_in(browser).status_code == 302


def test_signing_out_ends_the_session(ada: FlaskClient) -> None:
    kept = ada.get_cookie("__Host-waymark-admin", domain="127.0.0.1")
    assert kept is not None
    send(ada, "/admin/sign-out")
    ada.set_cookie("__Host-waymark-admin", kept.value, domain="127.0.0.1")
    assert ada.get("/admin/", base_url=ADDRESS).location == "/admin/sign-in"


def test_a_session_ends_after_eight_hours(tool: Tool, ada: FlaskClient) -> None:
    tool.clock.forward(hours=8)
    assert ada.get("/admin/", base_url=ADDRESS).location == "/admin/sign-in"


def test_disabling_a_platform_keeps_its_people_out_and_approving_lets_them_in(
    tool: Tool, ada: FlaskClient
) -> None:
    student = tool.browser()
    page = tool.launch(student).location
    assert send(ada, "/admin/registrations/1/disable").status_code == 302
    assert student.get(page, base_url=ADDRESS).status_code == 401
    refused = tool.login(tool.browser())
    assert refused.status_code == 403
    assert "login.registration_disabled" in refused.text
    send(ada, "/admin/registrations/1/approve")
    assert tool.login(tool.browser()).status_code == 302


def test_renaming_shows_and_markup_in_a_name_is_only_text(tool: Tool, ada: FlaskClient) -> None:
    send(ada, "/admin/registrations/1/rename", label="<b>North</b> school")
    page = ada.get("/admin/", base_url=ADDRESS)
    assert "&lt;b&gt;North&lt;/b&gt; school" in page.text


def test_an_invitation_is_shown_once_as_an_address(tool: Tool, ada: FlaskClient) -> None:
    page = send(ada, "/admin/invitations", label="North")
    assert re.search(rf'value="{ADDRESS}/lti/register\?invitation=[\w-]{{43}}"', page.text)


def test_a_platform_can_be_added_by_hand(tool: Tool, ada: FlaskClient) -> None:
    response = send(
        ada,
        "/admin/registrations/new",
        label="South",
        issuer="https://south.example",
        client_id="c-9",
        auth_login_url="https://south.example/auth",
        auth_token_url="https://south.example/token",
        key_set_url="https://south.example/keys",
        deployment_id="7",
        service_hosts="*.south.example",
        frame_origins="https://pages.south.example",
    )
    assert response.status_code == 302
    with tool.app.extensions["waymark"].database.read() as session:
        added = session.scalars(select(Registration).where(Registration.client_id == "c-9")).one()
        assert (added.status, added.service_hosts) == ("active", ["*.south.example"])
        assert [item.deployment_id for item in added.deployments] == ["7"]


def test_bad_values_come_back_with_a_word_beside_each_field(ada: FlaskClient) -> None:
    response = send(
        ada,
        "/admin/registrations/new",
        label="South",
        issuer="http://south.example",
        client_id="",
        auth_login_url="javascript:alert(1)",
        auth_token_url="https://south.example/token",
        key_set_url="https://south.example/keys",
        service_hosts="*",
    )
    assert response.status_code == 422
    for field in ("issuer", "client_id", "auth_login_url", "service_hosts"):
        assert f'id="{field}-problem"' in response.text
    assert 'value="https://south.example/token"' in response.text


def test_a_deployment_can_be_added_and_switched_off(tool: Tool, ada: FlaskClient) -> None:
    send(ada, "/admin/registrations/1/deployments", deployment_id="second")
    with tool.app.extensions["waymark"].database.read() as session:
        key = session.scalars(select(Deployment.id).where(Deployment.deployment_id == "second")).one()
    send(ada, f"/admin/deployments/{key}/suspended")
    refused = tool.login(tool.browser(), lti_deployment_id="second")
    assert "login.registration_disabled" in refused.text


def test_changes_are_written_to_the_audit_log(tool: Tool, ada: FlaskClient) -> None:
    send(ada, "/admin/registrations/1/disable")
    with tool.app.extensions["waymark"].database.read() as session:
        entries = [(row.actor, row.action, row.subject) for row in session.scalars(select(AuditEntry))]
    assert ("ada", "registration.disabled", "registration 1") in entries


def test_a_form_without_the_anti_forgery_token_changes_nothing(tool: Tool, ada: FlaskClient) -> None:
    response = ada.post("/admin/registrations/1/disable", base_url=ADDRESS)
    assert response.status_code == 403
    assert "auth.csrf" in response.text
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.get_one(Registration, 1).status == "active"


def test_pages_of_the_administration_cannot_be_framed_or_cached(ada: FlaskClient) -> None:
    headers = ada.get("/admin/", base_url=ADDRESS).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
