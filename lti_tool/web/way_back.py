"""Where somebody can go on after an error: who sent a launch twice, or chose a file that cannot be read."""

from __future__ import annotations

from flask import request, url_for

from lti_tool.launch.spent_logins import open_session_of
from lti_tool.web.browser import browser_token
from lti_tool.web.services import services


def way_back(code: str) -> str:
    """The address of the page that the first launch opened, when this browser still holds it; else empty.

    After a file that cannot be read: the page where another one is chosen.
    """
    if code.startswith("gradebook_file."):
        return url_for("gradebook_import.choose")
    if code != "launch.state_used":
        return ""
    secret = services().settings.secret_key.get_secret_value()
    with services().database.connect() as connection:
        opened = open_session_of(
            connection, secret, request.form.get("state", ""), browser_token(), services().clock()
        )
    return f"/l/{opened}/" if opened else ""
