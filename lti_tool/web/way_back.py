"""Where somebody can go on after an error: to the page that a launch sent twice has open, or back to a form."""

from __future__ import annotations

from flask import g, request, url_for

from lti_tool.launch.spent_logins import open_session_of
from lti_tool.web.browser import browser_token
from lti_tool.web.services import services

# By the beginning of the code.
_FORMS = {
    "about_me.": "about_me.show",
    "groups.": "groups.show",
    "message.": "messages.show",
    "mode.": "policy.roll_out",
    "note.": "student_notes.show",
    "pace.": "pace.show",
    "policy.": "policy.show",
    "skill_map.": "skill_map.show",
    "staff.": "staff.show",
    "together.": "together.show",
    "gradebook_file.": "gradebook_import.choose",
    "native.": "gradebook_connection.show",
    "channel.": "channels.show",
    "outcome.": "outcomes.show",
    "sign_in.": "gradebook_connection.show",
}


def way_back(code: str) -> str:
    """The address of the page that the first launch opened, when this browser still holds it; else empty.

    After something that has to be corrected: the page with that form, if this window can show the launch that it
    belongs to.
    """
    for prefix, form in _FORMS.items():
        if code.startswith(prefix):
            return url_for(form) if "launch_id" in g else ""
    if code != "launch.state_used":
        return ""
    secret = services().settings.secret_key.get_secret_value()
    with services().database.connect() as connection:
        opened = open_session_of(
            connection, secret, request.form.get("state", ""), browser_token(), services().clock()
        )
    return f"/l/{opened}/" if opened else ""
