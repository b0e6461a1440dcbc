"""The administrators of this installation, and what each can change about the own sign-in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Fixable
from lti_tool.launch import second_factor
from lti_tool.launch.administrators import all_administrators, change_own_password, require_password
from lti_tool.launch.sign_in import sign_out_everywhere
from lti_tool.models.platforms import Administrator
from lti_tool.web.admin import admin, cookie, visitor
from lti_tool.web.i18n import gettext as _
from lti_tool.web.services import services
from lti_tool.web.sign_in_limits import sign_in_limits


@dataclass(frozen=True, slots=True)
class _Person:
    login: str
    created_at: datetime
    enrolled: bool
    is_self: bool


@admin.get("/administrators")
def administrators() -> str:
    """Who can sign in here, and the forms for oneself."""
    return _page()


@admin.post("/administrators/password")
def change_password() -> ResponseReturnValue:
    """Change the own password; other browsers are signed out."""
    now = services().clock()
    try:
        with services().database.transaction() as session:
            person = session.get_one(Administrator, visitor().administrator_id)
            _limited_password(person, now)
            change_own_password(
                session,
                person,
                current=request.form.get("current", ""),
                new=request.form.get("new", ""),
                now=now,
            )
            sign_out_everywhere(session, person.id, but=cookie())
    except Fixable as problem:  # belongs beside the field, not on an error page
        return _page(password_problem=problem), problem.status
    return redirect(url_for("admin.administrators", done="password"))


@admin.post("/administrators/recovery-codes")
def renew_recovery_codes() -> ResponseReturnValue:
    """New recovery codes for oneself, shown once."""
    now = services().clock()
    try:
        with services().database.transaction() as session:
            person = session.get_one(Administrator, visitor().administrator_id)
            _limited_password(person, now)
            codes = second_factor.new_recovery_codes(session, person, now)
    except Fixable as problem:
        return _page(codes_problem=problem), problem.status
    return render_template("admin/second_factor_codes.html", codes=codes)


def _limited_password(person: Administrator, now: datetime) -> None:
    """Ask for the present password, with the same limits as at the sign-in."""
    limits, address = sign_in_limits(), request.remote_addr or ""
    limits.require_room(address, person.login, now)
    try:
        require_password(person, request.form.get("current", ""))
    except Fixable:
        limits.count(address, person.login, now)
        raise
    limits.forget(address, person.login)


def _page(*, password_problem: Fixable | None = None, codes_problem: Fixable | None = None) -> str:
    with services().database.read() as session:
        people = [
            _Person(
                person.login,
                person.created_at,
                person.totp_confirmed_at is not None,
                person.id == visitor().administrator_id,
            )
            for person in all_administrators(session)
        ]
        own = session.get_one(Administrator, visitor().administrator_id)
        left = second_factor.recovery_codes_left(session, own)
    done = request.args.get("done") == "password"
    return render_template(
        "admin/administrators.html",
        people=people,
        codes_left=left,
        password_problem=password_problem,
        codes_problem=codes_problem,
        notice=_("Your password is changed. Other browsers are signed out.") if done else "",
    )
