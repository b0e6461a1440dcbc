"""Where somebody can go on after an error: to the page that a launch sent twice has open, back to a form, or to Today."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request, url_for

from lti_tool.launch.roles import STAFF
from lti_tool.launch.spent_logins import open_session_of
from lti_tool.launch.vocab import DEEP_LINKING_REQUEST
from lti_tool.web.browser import browser_token
from lti_tool.web.i18n import gettext as _
from lti_tool.web.services import services
from lti_tool.web.session import current_launch, roles_now

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
    "own_columns.": "teacher.setup",
    "course.not_set_up": "teacher.setup",
}


@dataclass(frozen=True, slots=True)
class WayBack:
    """A page to go on with; with `for_reload` it is also what a reload of the error shall ask for."""

    address: str
    label: str
    for_reload: bool = True


def way_back(code: str) -> WayBack | None:
    """Where to go on after an error with this code, if this browser can.

    After a launch that was sent twice: the page that the first one opened. After something that has to be corrected or
    done elsewhere first: the page with that form. For the staff otherwise: Today.
    """
    if code == "launch.state_used":
        return _opened_before()
    form = next((form for prefix, form in _FORMS.items() if code.startswith(prefix)), "")
    staff = _is_staff_of_a_course()
    if form and "launch_id" in g and (staff or form != "teacher.setup"):
        label = _("Go to Setup") if form == "teacher.setup" else _("Back to the form")
        return WayBack(url_for(form), label)
    if staff and request.endpoint != "teacher.today":
        return WayBack(url_for("teacher.today"), _("Go to Today"), for_reload=False)
    return None


def _opened_before() -> WayBack | None:
    secret = services().settings.secret_key.get_secret_value()
    with services().database.connect() as connection:
        opened = open_session_of(
            connection, secret, request.form.get("state", ""), browser_token(), services().clock()
        )
    return WayBack(f"/l/{opened}/", _("Back to the page that is open")) if opened else None


def _is_staff_of_a_course() -> bool:
    """Whether Today is a page for whoever this launch belongs to; a picker has no other page."""
    if g.get("launch") is None or "launch_id" not in g:
        return False
    launch = current_launch()
    is_in_course = launch.person_id is not None and launch.context_id is not None
    return is_in_course and launch.message_type != DEEP_LINKING_REQUEST and not STAFF.isdisjoint(roles_now())
