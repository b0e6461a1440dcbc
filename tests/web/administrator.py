"""An administrator with an authenticator app, and a browser that signs in with both."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyotp
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.launch import second_factor
from lti_tool.launch.administrators import create_administrator
from tests.launch.platform import ADDRESS, NOW, SECRET, Tool

PASSWORD = "correct horse battery"
COOKIE = "__Host-waymark-admin"


@dataclass
class App:
    """The administrator's authenticator app and recovery codes."""

    secret: str
    recovery_codes: list[str]

    def code(self, tool: Tool, *, steps: int = 0) -> str:
        """The code that the app shows, or showed or will show `steps` half minutes away."""
        return pyotp.TOTP(self.secret).at(tool.clock.now, counter_offset=steps)


def add_administrator(tool: Tool, login: str = "ada") -> App:
    """An administrator whose app was set up an hour ago."""
    with tool.app.extensions["waymark"].database.transaction() as session:
        person = create_administrator(session, login, PASSWORD, NOW)
        shared = second_factor.begin_enrolment(session, person, secret=SECRET, host="tool").secret
        before = NOW.replace(hour=NOW.hour - 1)
        code = pyotp.TOTP(shared).at(before)
        codes = second_factor.confirm_enrolment(session, person, code, secret=SECRET, now=before)
        return App(shared, codes)


def token_of(page: TestResponse) -> str:
    """The anti-forgery token of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def get(browser: FlaskClient, path: str) -> TestResponse:
    return browser.get(path, base_url=ADDRESS)


def send(browser: FlaskClient, path: str, *, page: str = "/admin/", **data: str) -> TestResponse:
    """Post a form of `page`."""
    token = token_of(get(browser, page))
    return browser.post(path, data={"csrf_token": token} | data, base_url=ADDRESS)


def give_password(browser: FlaskClient, password: str = PASSWORD, *, login: str = "ada") -> TestResponse:
    """The first step."""
    return send(browser, "/admin/sign-in", page="/admin/sign-in", login=login, password=password)


def give_code(browser: FlaskClient, code: str) -> TestResponse:
    """The second step."""
    return send(browser, "/admin/second-factor", page="/admin/second-factor", code=code)


def signed_in(tool: Tool, app: App, *, login: str = "ada") -> FlaskClient:
    """The browser of an administrator who gave password and code."""
    browser = tool.browser()
    assert give_password(browser, login=login).status_code == 302
    response = give_code(browser, app.code(tool))
    assert (response.status_code, response.location) == (302, "/admin/"), response.text
    return browser


def session_token(browser: FlaskClient) -> str:
    """What the browser keeps of its session."""
    kept = browser.get_cookie(COOKIE, domain="127.0.0.1")
    assert kept is not None
    return kept.value
