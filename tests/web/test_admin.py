"""The administration: nobody gets in without both factors; the pages about platforms."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import IntegerConverter, Rule
from werkzeug.test import TestResponse

from lti_tool.models.platforms import AdministratorSession, AuditEntry, Deployment, Registration
from tests.launch.platform import ADDRESS, SigningPlatform, Tool, first_page_of, running_tool
from tests.web.administrator import (
    COOKIE,
    App,
    get,
    give_code,
    give_password,
    send,
    session_token,
    signed_in,
    token_of,
)


@pytest.fixture
def tool(own_tool: Tool) -> Tool:
    return own_tool


# What a visitor without a session may ask for, and what is good for the password alone.
OPEN = {"admin.ask", "admin.check"}
AFTER_THE_PASSWORD = {
    "admin.ask_code",
    "admin.check_code",
    "admin.set_up",
    "admin.confirm_set_up",
    "admin.leave",
}


def requests_of(app: Flask) -> list[tuple[str, str, str]]:
    """Every request that the administration answers: (endpoint, method, address)."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/admin") or rule.endpoint.startswith("admin."):
            found += [(rule.endpoint, method, address_of(rule)) for method in sorted(rule.methods or ())]
    return found


def address_of(rule: Rule) -> str:
    """An address that the rule matches."""
    values: dict[str, object] = dict(rule.defaults or {})
    for name, converter in rule._converters.items():
        choices = re.findall(rf"<any\(([^)]+)\):{name}>", rule.rule)
        number = isinstance(converter, IntegerConverter)
        values[name] = choices[0].split(",")[0] if choices else 1 if number else "x"
    built = rule.build(values)
    assert built is not None
    return built[1]


def sent(browser: FlaskClient, method: str, address: str, token: str) -> TestResponse:
    data = {"csrf_token": token} if method == "POST" else None
    response = browser.open(address, method=method, data=data, base_url=ADDRESS)
    if response.status_code == 308:  # another way of writing an address, before anything is looked at
        return sent(browser, method, urlsplit(response.location).path, token)
    return response


def test_without_a_session_every_page_leads_to_the_sign_in_and_every_change_is_refused(tool: Tool) -> None:
    browser = tool.browser()
    token = token_of(get(browser, "/admin/sign-in"))
    requests = [request for request in requests_of(tool.app) if request[0] not in OPEN]
    assert len(requests) > 40
    for endpoint, method, address in requests:
        response = sent(browser, method, address, token)
        if method in {"GET", "HEAD"}:
            assert (response.status_code, response.location) == (302, "/admin/sign-in"), endpoint
        else:
            assert response.status_code == 401, (endpoint, method)
            assert method != "POST" or "administrator.signed_out" in response.text, endpoint


def test_with_the_password_alone_everything_leads_to_the_code_or_is_refused(
    tool: Tool, app_of_ada: App
) -> None:
    browser = tool.browser()
    give_password(browser)
    token = token_of(get(browser, "/admin/second-factor"))
    for endpoint, method, address in requests_of(tool.app):
        if endpoint in OPEN | AFTER_THE_PASSWORD:
            continue
        response = sent(browser, method, address, token)
        if method in {"GET", "HEAD"}:
            assert (response.status_code, response.location) == (302, "/admin/second-factor"), endpoint
        else:
            assert response.status_code == 401, (endpoint, method)
            assert method != "POST" or "administrator.second_factor" in response.text, endpoint


def test_every_change_needs_an_anti_forgery_token(tool: Tool, ada: FlaskClient) -> None:
    changes = [request for request in requests_of(tool.app) if request[1] == "POST"]
    assert {method for _endpoint, method, _address in requests_of(tool.app)} == {
        "GET",
        "HEAD",
        "OPTIONS",
        "POST",
    }
    for endpoint, method, address in changes:
        response = sent(ada, method, address, "")
        assert (response.status_code, "auth.csrf" in response.text) == (403, True), endpoint


def test_no_page_of_the_administration_lies_outside_its_guard(tool: Tool) -> None:
    assert all(
        endpoint.startswith("admin.") and address.startswith("/admin/")
        for endpoint, _method, address in requests_of(tool.app)
    )


def test_a_launch_session_opens_nothing_in_the_administration(tool: Tool) -> None:
    student = tool.browser()
    tool.launch(student)
    assert get(student, "/admin/").location == "/admin/sign-in"


def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(tool: Tool, app_of_ada: App) -> None:
    wrong = [
        give_password(tool.browser(), "wrong"),
        give_password(tool.browser(), login="eve"),
        give_password(tool.browser(), "", login=""),
    ]
    assert {response.status_code for response in wrong} == {401}
    assert all("The name or the password is not right" in response.text for response in wrong)


def test_five_wrong_passwords_mean_a_wait_even_for_the_right_one(tool: Tool, app_of_ada: App) -> None:
    browser = tool.browser()
    for _ in range(5):
        assert give_password(browser, "wrong").status_code == 401
    assert give_password(browser).status_code == 429
    tool.clock.forward(minutes=6)
    assert give_password(browser).status_code == 302


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # counted in the process, and slow
def test_fifty_wrong_passwords_from_anywhere_mean_a_wait_for_that_name(tool: Tool, app_of_ada: App) -> None:
    def attempt(number: int, password: str) -> int:
        browser = tool.browser()
        browser.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        return give_password(browser, password).status_code

    assert {attempt(number, "wrong") for number in range(50)} == {401}
    assert attempt(99, "correct horse battery") == 429


def test_signing_in_gives_a_new_token_after_the_code(tool: Tool, app_of_ada: App) -> None:
    browser = tool.browser()
    give_password(browser)
    before = session_token(browser)
    give_code(browser, app_of_ada.code(tool))
    after = session_token(browser)
    assert before != after
    browser.set_cookie(COOKIE, before, domain="127.0.0.1")
    assert get(browser, "/admin/").location == "/admin/sign-in"


def test_the_cookie_goes_to_our_own_pages_only(tool: Tool, app_of_ada: App) -> None:
    cookie = give_password(tool.browser()).headers["Set-Cookie"]
    for part in ("__Host-waymark-admin=", "Secure", "HttpOnly", "Path=/", "SameSite=Strict", "Max-Age=600"):
        assert part in cookie


def test_the_password_alone_is_good_for_ten_minutes(tool: Tool, app_of_ada: App) -> None:
    browser = tool.browser()
    give_password(browser)
    tool.clock.forward(minutes=10)
    assert get(browser, "/admin/second-factor").location == "/admin/sign-in"


def test_signing_out_ends_the_session(tool: Tool, ada: FlaskClient) -> None:
    kept = session_token(ada)
    send(ada, "/admin/sign-out")
    ada.set_cookie(COOKIE, kept, domain="127.0.0.1")
    assert get(ada, "/admin/").location == "/admin/sign-in"


def test_a_session_ends_after_an_hour_without_use(tool: Tool, ada: FlaskClient) -> None:
    tool.clock.forward(minutes=59)
    assert get(ada, "/admin/").status_code == 200
    tool.clock.forward(minutes=59)
    assert get(ada, "/admin/").status_code == 200
    tool.clock.forward(minutes=60)
    assert get(ada, "/admin/").location == "/admin/sign-in"


def test_a_session_ends_after_eight_hours_of_use(tool: Tool, ada: FlaskClient) -> None:
    for _ in range(15):
        tool.clock.forward(minutes=30)
        assert get(ada, "/admin/").status_code == 200
    tool.clock.forward(minutes=30)
    assert get(ada, "/admin/").location == "/admin/sign-in"


def test_a_session_that_is_over_leaves_nothing_in_the_table_at_the_next_sign_in(
    tool: Tool, ada: FlaskClient, app_of_ada: App
) -> None:
    tool.clock.forward(hours=2)
    signed_in(tool, app_of_ada)
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.scalar(select(func.count()).select_from(AdministratorSession)) == 1


def test_an_installation_without_administrators_says_how_to_make_one(
    platform: SigningPlatform, tmp_path: Path, database_url: str
) -> None:
    with running_tool(database_url, platform, tmp_path) as tool:
        assert "waymark admin create" in get(tool.browser(), "/admin/sign-in").text


def test_disabling_a_platform_keeps_its_people_out_and_approving_lets_them_in(
    tool: Tool, ada: FlaskClient
) -> None:
    student = tool.browser()
    page = first_page_of(tool.launch(student))
    assert send(ada, "/admin/registrations/1/disable").status_code == 302
    assert student.get(page, base_url=ADDRESS).status_code == 401
    refused = tool.login(tool.browser())
    assert refused.status_code == 403
    assert "login.registration_disabled" in refused.text
    send(ada, "/admin/registrations/1/approve")
    assert tool.login(tool.browser()).status_code == 302


def test_renaming_shows_and_markup_in_a_name_is_only_text(tool: Tool, ada: FlaskClient) -> None:
    send(ada, "/admin/registrations/1/rename", label="<b>North</b> school")
    page = get(ada, "/admin/")
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
