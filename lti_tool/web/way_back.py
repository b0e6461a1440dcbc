"""Where somebody can go on who sent a launch for the second time."""

from __future__ import annotations

from flask import request

from lti_tool.launch.spent_logins import open_session_of
from lti_tool.web.browser import browser_token
from lti_tool.web.services import services


def way_back(code: str) -> str:
    """The address of the page that the first launch opened, when this browser still holds it; else empty."""
    if code != "launch.state_used":
        return ""
    secret = services().settings.secret_key.get_secret_value()
    with services().database.connect() as connection:
        opened = open_session_of(
            connection, secret, request.form.get("state", ""), browser_token(), services().clock()
        )
    return f"/l/{opened}/" if opened else ""
