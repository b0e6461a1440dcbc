"""Deleting a platform that was switched off: what goes, and the name to type."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Fixable
from lti_tool.usecases.delete_platform import delete_platform, look_at_leaving
from lti_tool.web.admin import admin, administrator
from lti_tool.web.i18n import words
from lti_tool.web.services import services


@admin.get("/registrations/<int:key>/delete")
def ask_deletion(key: int) -> str:
    """What would go."""
    return _page(key)


@admin.post("/registrations/<int:key>/delete")
def delete(key: int) -> ResponseReturnValue:
    """Let it go, provided that its name was typed."""
    try:
        with services().database.transaction() as session:
            delete_platform(
                session,
                key,
                typed_name=request.form.get("name", ""),
                actor=administrator(),
                now=services().clock(),
            )
    except Fixable as problem:
        if problem.code != "registration.name_differs":
            raise
        return _page(key, problem=problem), problem.status  # belongs beside the field, not on an error page
    return redirect(url_for("admin.overview", done="deleted"), 303)


def _page(key: int, *, problem: Fixable | None = None) -> str:
    with services().database.read() as session:
        leaving = look_at_leaving(session, key)
    return render_template(
        "admin/delete_platform.html",
        platform=leaving.registration,
        lines=leaving.lines(words()),
        problem=problem,
    )
