"""Connecting a platform, LMS by LMS: a checklist, every value to copy, and a short form for the rest."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.launch.manual_registration import FIELDS, RegistrationProblems, add_registration
from lti_tool.launch.short_forms import FORMS
from lti_tool.launch.tool_configuration import (
    OwnAddresses,
    configuration_files,
    moodle_values,
    schoology_values,
)
from lti_tool.models.platforms import Registration
from lti_tool.web.admin import admin, administrator
from lti_tool.web.services import services


@admin.get("/connect")
def connect_start() -> ResponseReturnValue:
    """The first of the pages for connecting."""
    return redirect(url_for("admin.connect", lms="canvas"))


@admin.get("/connect/<any(canvas, moodle, schoology, other):lms>")
def connect(lms: str) -> str:
    """How to connect this kind of platform."""
    return _page(lms, {}, {})


@admin.post("/connect/<any(canvas, moodle, schoology):lms>")
def connect_by_hand(lms: str) -> ResponseReturnValue:
    """Add a platform from the short form; with problems, the same page again with what was typed."""
    filled = FORMS[lms](request.form)
    try:
        added = _add(filled.values, filled.product_family)
    except RegistrationProblems as found:  # belongs beside the fields, not on an error page
        return _page(lms, dict(request.form), filled.problems(found.problems)), found.status
    return redirect(url_for("admin.ask_test", key=added.id))


@admin.get("/registrations/new")
def blank() -> ResponseReturnValue:
    """Where the form for any platform used to be."""
    return redirect(url_for("admin.connect", lms="other"))


@admin.post("/registrations/new")
def add() -> ResponseReturnValue:
    """Add any platform from the complete form."""
    try:
        added = _add(request.form, "")
    except RegistrationProblems as found:
        return _page("other", dict(request.form), found.problems), found.status
    return redirect(url_for("admin.ask_test", key=added.id))


@admin.get("/connect/<any(canvas, moodle, schoology):lms>/file")
def connect_file(lms: str) -> Response:
    """The values for this LMS as a file."""
    name, text = configuration_files(services().settings.address)[lms]
    kind = "application/json" if name.endswith(".json") else "text/plain; charset=utf-8"
    response = Response(text, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="waymark_{name}"'
    return response


def _add(values: Mapping[str, str], product_family: str) -> Registration:
    settings = services().settings
    with services().database.transaction() as session:
        return add_registration(
            session,
            values,
            local_origins=settings.local_platforms,
            actor=administrator(),
            secret=settings.secret_key.get_secret_value(),
            now=services().clock(),
            product_family=product_family,
        )


def _page(lms: str, values: Mapping[str, str], problems: Mapping[str, str]) -> str:
    address = services().settings.address
    return render_template(
        "admin/connect.html",
        lms=lms,
        own=OwnAddresses(address),
        canvas_json=configuration_files(address)["canvas"][1],
        form_values={"moodle": moodle_values(address), "schoology": schoology_values(address)}.get(lms, ()),
        fields=FIELDS,
        values=values,
        problems=problems,
    )
