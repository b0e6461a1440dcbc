"""The second step of the sign-in, through the tool's own addresses."""

from __future__ import annotations

import html
import re

import pyotp
import pytest
from flask.testing import FlaskClient

from lti_tool.launch.administrators import create_administrator
from tests.launch.platform import NOW, Tool
from tests.web.administrator import (
    PASSWORD,
    App,
    get,
    give_code,
    give_password,
    send,
    session_token,
    signed_in,
)

SET_UP = "/admin/second-factor/set-up"


@pytest.fixture
def new(own_tool: Tool) -> FlaskClient:
    """The browser of an administrator who has given the password for the first time."""
    with own_tool.app.extensions["waymark"].database.transaction() as session:
        create_administrator(session, "new", PASSWORD, NOW)
    browser = own_tool.browser()
    assert give_password(browser, login="new").location == "/admin/second-factor"
    return browser


def shown_secret(browser: FlaskClient) -> str:
    """The secret that the page shows in groups for typing."""
    found = re.search(r"<code>((?:[A-Z2-7]{4} ?)+)</code>", get(browser, SET_UP).text)
    assert found
    return found[1].replace(" ", "")


def set_up(tool: Tool, browser: FlaskClient) -> list[str]:
    """Set the app up; gives the recovery codes that the page shows."""
    code = pyotp.TOTP(shown_secret(browser)).at(tool.clock.now)
    page = send(browser, SET_UP, page=SET_UP, code=code)
    assert page.status_code == 200, page.text
    return re.findall(r"<code>([\w-]{19})</code>", page.text)


def test_the_first_sign_in_sets_the_app_up(own_tool: Tool, new: FlaskClient) -> None:
    assert get(new, "/admin/").location == SET_UP
    assert get(new, "/admin/second-factor").location == SET_UP
    before = session_token(new)
    codes = set_up(own_tool, new)
    assert len(codes) == 10
    assert session_token(new) != before
    assert get(new, "/admin/").status_code == 200
    assert get(new, SET_UP).location == "/admin/", "the secret is not shown again"


def test_the_picture_and_the_text_hold_the_same_secret_and_the_policy_allows_both(
    own_tool: Tool, new: FlaskClient
) -> None:
    page = get(new, SET_UP)
    address = re.search(r'href="(otpauth:[^"]+)"', page.text)
    assert address
    assert pyotp.parse_uri(html.unescape(address[1])).secret == shown_secret(new)
    picture = page.text[page.text.index('<div role="img"') :].partition("</div>")[0]
    assert "<svg" in picture
    assert "style=" not in picture
    assert page.headers["Cache-Control"] == "no-store"


def test_a_wrong_first_code_leaves_the_same_secret_on_the_page(own_tool: Tool, new: FlaskClient) -> None:
    before = shown_secret(new)
    page = send(new, SET_UP, page=SET_UP, code="wrong")
    assert (page.status_code, "not right" in page.text) == (401, True)
    assert shown_secret(new) == before
    assert get(new, "/admin/").location == SET_UP


def test_who_has_an_app_never_sees_its_secret_again(own_tool: Tool, app_of_ada: App) -> None:
    browser = own_tool.browser()
    give_password(browser)
    assert get(browser, SET_UP).location == "/admin/second-factor"
    refused = send(browser, SET_UP, page="/admin/second-factor", code=app_of_ada.code(own_tool))
    assert (refused.status_code, "second_factor.already" in refused.text) == (403, True)
    assert get(browser, "/admin/").location == "/admin/second-factor"


def test_a_wrong_code_says_so_on_the_form_and_opens_nothing(own_tool: Tool, app_of_ada: App) -> None:
    browser = own_tool.browser()
    give_password(browser)
    page = give_code(browser, "000 000" if app_of_ada.code(own_tool) != "000000" else "111 111")
    assert (page.status_code, "not right" in page.text) == (401, True)
    assert get(browser, "/admin/").location == "/admin/second-factor"


def test_a_code_opens_one_session_only(own_tool: Tool, app_of_ada: App) -> None:
    signed_in(own_tool, app_of_ada)
    second = own_tool.browser()
    give_password(second)
    assert give_code(second, app_of_ada.code(own_tool)).status_code == 401
    assert give_code(second, app_of_ada.code(own_tool, steps=1)).status_code == 302


def test_a_recovery_code_stands_in_once(own_tool: Tool, app_of_ada: App) -> None:
    for expected in (302, 401):
        browser = own_tool.browser()
        give_password(browser)
        assert give_code(browser, app_of_ada.recovery_codes[0]).status_code == expected


def test_wrong_codes_mean_a_wait_that_no_new_session_and_no_other_address_shortens(
    own_tool: Tool, app_of_ada: App
) -> None:
    for number in range(5):
        browser = own_tool.browser()
        browser.environ_base["REMOTE_ADDR"] = f"192.0.2.{number}"
        give_password(browser)
        assert give_code(browser, "wrong").status_code == 401
    browser = own_tool.browser()
    give_password(browser)
    page = give_code(browser, app_of_ada.code(own_tool))
    assert (page.status_code, "second_factor.wait" in page.text) == (429, True)
    assert "Wait 5 minutes" in page.text
    own_tool.clock.forward(minutes=5)
    assert give_code(browser, app_of_ada.code(own_tool)).status_code == 302


def test_a_code_sent_twice_leads_to_the_pages_all_the_same(own_tool: Tool, app_of_ada: App) -> None:
    browser = own_tool.browser()
    give_password(browser)
    code = app_of_ada.code(own_tool)
    give_code(browser, code)
    again = send(browser, "/admin/second-factor", page="/admin/administrators", code=code)
    assert (again.status_code, again.location) == (302, "/admin/")
