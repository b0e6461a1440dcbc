"""The cookie of a browser, apart from any request."""

from __future__ import annotations

from flask import Response

from lti_tool.launch.secrets import random_token
from lti_tool.web.browser import COOKIE, give_browser_token


def test_the_cookie_lasts_for_the_twelve_hours_of_a_launch_session() -> None:
    response, token = Response(), random_token()
    give_browser_token(response, token)
    value, *attributes = response.headers["Set-Cookie"].split("; ")
    assert value == f"{COOKIE}={token}"
    assert "Max-Age=43200" in attributes
