"""The page of administrators: who there is, the own password, the own recovery codes."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from tests.launch.platform import Tool
from tests.web.administrator import (
    PASSWORD,
    App,
    add_administrator,
    get,
    give_code,
    give_password,
    send,
    session_token,
)

PAGE = "/admin/administrators"


def test_the_list_says_who_has_set_up_the_second_step(own_tool: Tool, ada: FlaskClient) -> None:
    add_administrator(own_tool, "bob")
    page = get(ada, PAGE)
    assert re.search(r"ada <span class=\"chip\">you</span>", page.text)
    assert page.text.count("Set up</span>") == 2
    assert "10 recovery codes are left." in page.text


def test_a_new_password_signs_other_browsers_out(own_tool: Tool, ada: FlaskClient, app_of_ada: App) -> None:
    other = own_tool.browser()
    give_password(other)
    give_code(other, app_of_ada.recovery_codes[0])
    before = session_token(ada)
    response = send(ada, f"{PAGE}/password", page=PAGE, current=PASSWORD, new="another horse battery")
    assert (response.status_code, response.location) == (302, f"{PAGE}?done=password")
    assert "Your password is changed" in get(ada, response.location).text
    assert "Your password is changed" not in get(ada, PAGE).text
    assert session_token(ada) == before
    assert get(other, "/admin/").location == "/admin/sign-in"
    assert give_password(own_tool.browser()).status_code == 401
    assert give_password(own_tool.browser(), "another horse battery").status_code == 302


def test_a_wrong_present_password_changes_nothing_and_five_mean_a_wait(
    own_tool: Tool, ada: FlaskClient
) -> None:
    for _ in range(5):
        page = send(ada, f"{PAGE}/password", page=PAGE, current="wrong", new="another horse battery")
        assert (page.status_code, "present password is not right" in page.text) == (422, True)
    late = send(ada, f"{PAGE}/recovery-codes", page=PAGE, current=PASSWORD)
    assert late.status_code == 429


def test_an_easy_new_password_is_refused_beside_its_field(own_tool: Tool, ada: FlaskClient) -> None:
    page = send(ada, f"{PAGE}/password", page=PAGE, current=PASSWORD, new="aaaaaaaaaaaaa")
    assert page.status_code == 422
    assert re.search(r'id="new"[^>]*aria-describedby="password-problem"', page.text)
    assert give_password(own_tool.browser()).status_code == 302


def test_new_recovery_codes_need_the_password_and_replace_the_old_ones(
    own_tool: Tool, ada: FlaskClient, app_of_ada: App
) -> None:
    refused = send(ada, f"{PAGE}/recovery-codes", page=PAGE, current="wrong")
    assert refused.status_code == 422
    page = send(ada, f"{PAGE}/recovery-codes", page=PAGE, current=PASSWORD)
    codes = re.findall(r"<code>([\w-]{19})</code>", page.text)
    assert len(codes) == 10
    browser = own_tool.browser()
    give_password(browser)
    assert give_code(browser, app_of_ada.recovery_codes[0]).status_code == 401
    assert give_code(browser, codes[0]).status_code == 302
