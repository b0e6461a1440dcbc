"""People of courses in the administration: names only with a reason and for a while, and one person's records.

What is looked for goes in the body of a request, so that no name comes into an address.
"""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Fixable
from lti_tool.launch.name_access import (
    LASTS,
    LONGEST_REFERENCE,
    close_name_access,
    open_accesses,
    open_name_access,
    require_name_access,
)
from lti_tool.launch.registration import all_registrations, find_registration_by_key
from lti_tool.models.platforms import Administrator
from lti_tool.models.privacy import AccessReason
from lti_tool.usecases.learner_export import (
    MOST_FOUND,
    Found,
    courses_of,
    exports_to_save,
    find_people,
    prepare_export,
    take_export,
)
from lti_tool.web.admin import admin, visitor
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import words
from lti_tool.web.learner_file import MIME_TYPE, learner_file
from lti_tool.web.services import services


@admin.get("/people")
def people() -> str:
    """Why names are needed, what may be seen at present, and exports that wait to be saved."""
    return _people()


@admin.post("/people/names")
def open_names() -> ResponseReturnValue:
    """See names of one platform's people for a while."""
    key = request.form.get("registration", default=0, type=int)
    try:
        with services().database.transaction() as session:
            access = open_name_access(
                session,
                session.get_one(Administrator, visitor().administrator_id),
                key,
                reason=request.form.get("reason", ""),
                reference=request.form.get("reference", ""),
                now=services().clock(),
            )
    except Fixable as problem:  # belongs beside the field, not on an error page
        return _people(problem=problem), problem.status
    return redirect(url_for("admin.ask_person", key=access.registration_id), 303)


@admin.post("/registrations/<int:key>/people/close")
def close_names(key: int) -> ResponseReturnValue:
    """Stop seeing names before the time is over."""
    with services().database.transaction() as session:
        administrator = session.get_one(Administrator, visitor().administrator_id)
        close_name_access(session, administrator, key, services().clock())
    return redirect(url_for("admin.people", done="closed"), 303)


@admin.get("/registrations/<int:key>/people")
def ask_person(key: int) -> str:
    """The form to find somebody."""
    return _search(key)


@admin.post("/registrations/<int:key>/people")
def find_person(key: int) -> ResponseReturnValue:
    """Whom the words fit."""
    wanted = request.form.get("wanted", "")[:255]
    try:
        with services().database.transaction() as session:
            found = find_people(
                session,
                session.get_one(Administrator, visitor().administrator_id),
                key,
                wanted=wanted,
                context_key=request.form.get("course", type=int),
                now=services().clock(),
                words=words(),
            )
    except Fixable as problem:
        return _search(key, wanted=wanted, problem=problem), problem.status
    return _search(key, wanted=wanted, found=found)


@admin.post("/registrations/<int:key>/people/<int:person_key>/export")
def make_export(key: int, person_key: int) -> ResponseReturnValue:
    """Let oneself save everything about this person, once."""
    with services().database.transaction() as session:
        administrator = session.get_one(Administrator, visitor().administrator_id)
        prepare_export(session, administrator, key, person_key, services().clock())
    return redirect(url_for("admin.people", done="made"), 303)


@admin.post("/exports/<int:key>")
def save_export(key: int) -> Response:
    """Save it. A form, because a link that a browser follows ahead of time would use it up."""
    with services().database.transaction() as session:
        administrator = session.get_one(Administrator, visitor().administrator_id)
        records = take_export(session, administrator, key, now=services().clock(), words=words())
        content = learner_file(records)
    response = Response(content, mimetype=MIME_TYPE)
    name = f"waymark-person-{records.person_key}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _people(*, problem: Fixable | None = None) -> str:
    now, key = services().clock(), visitor().administrator_id
    with services().database.read() as session:
        accesses = open_accesses(session, key, now)
        exports = exports_to_save(session, key, now)
        platforms = all_registrations(session)
    return render_template(
        "admin/people.html",
        accesses=accesses,
        exports=exports,
        platforms=platforms,
        reasons={
            AccessReason.FAMILY: _("A family asks what is held about their child"),
            AccessReason.SCHOOL: _("The school asks about one person"),
            AccessReason.INCIDENT: _("Something went wrong that concerns people"),
        },
        values=request.form,
        problem=problem,
        minutes=int(LASTS.total_seconds() // 60),
        longest_reference=LONGEST_REFERENCE,
        notice=_done().get(request.args.get("done", ""), ""),
    )


def _search(key: int, *, wanted: str = "", found: Found | None = None, problem: Fixable | None = None) -> str:
    now = services().clock()
    with services().database.read() as session:
        access = require_name_access(session, visitor().administrator_id, key, now)
        platform, courses = find_registration_by_key(session, key), courses_of(session, key)
    return render_template(
        "admin/person_search.html",
        platform=platform,
        access=access,
        courses=courses,
        course=request.form.get("course", type=int),
        wanted=wanted,
        found=found,
        most=MOST_FOUND,
        problem=problem,
    )


def _done() -> dict[str, str]:
    return {
        "made": _("The export is ready below. It can be saved once within 24 hours."),
        "closed": _("You see no names any longer."),
    }
