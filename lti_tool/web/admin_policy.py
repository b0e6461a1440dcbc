"""One platform in the administration → Policy: defaults and locks for its courses, and how far they may go."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Fixable
from lti_tool.launch.registration import find_registration_by_key
from lti_tool.models.courses import Mode
from lti_tool.usecases.course_rules import NOTHING
from lti_tool.usecases.policy_form import read_choices
from lti_tool.usecases.school_policy import look_at_school_policy, save_school_policy
from lti_tool.web.admin import admin, administrator
from lti_tool.web.fields import whole_number
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.services import services


@admin.get("/registrations/<int:key>/policy")
def policy(key: int) -> str:
    """What holds for the courses of this platform."""
    with services().database.read() as session:
        view = look_at_school_policy(
            session, registration=find_registration_by_key(session, key), words=words()
        )
    return render_template("admin/policy.html", view=view, modes=list(Mode), notice=notice())


@admin.post("/registrations/<int:key>/policy")
def save_policy(key: int) -> ResponseReturnValue:
    """From now on this holds."""
    with services().database.transaction() as session:
        number = save_school_policy(
            session,
            registration=find_registration_by_key(session, key),
            choices=read_choices(request.form, defaults=NOTHING),
            seen=whole_number(request.form.get("seen", "")),
            locked=request.form.getlist("locked"),
            highest_mode=_mode("highest_mode"),
            first_mode=_mode("first_mode"),
            actor=administrator(),
            now=services().clock(),
        )
    services().request_delivery()
    return redirect(url_for("admin.policy", key=key, done="school_policy_saved", n=number), 303)


def _mode(field: str) -> Mode:
    chosen = request.form.get(field, "")
    if chosen not in set(Mode):
        raise Fixable("mode.unknown", "Choose one of the three ways to work that the page shows.")
    return Mode(chosen)
