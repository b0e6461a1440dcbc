"""Signing in as an administrator of this installation, and the guard of the administration's pages."""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as WerkzeugResponse

from lti_tool.errors import NotAllowed
from lti_tool.launch import audit
from lti_tool.launch.administrators import has_administrators
from lti_tool.launch.sign_in import (
    FOR_THE_CODE,
    SignedIn,
    begin_sign_in,
    prolong,
    sign_out,
    signed_in,
)
from lti_tool.web.services import services
from lti_tool.web.sign_in_limits import sign_in_limits

COOKIE = "__Host-waymark-admin"

admin = Blueprint("admin", __name__, url_prefix="/admin")
_OPEN = frozenset({"admin.ask", "admin.check"})
# What a session is good for while only the password was right.
_SECOND_FACTOR = frozenset({"admin.ask_code", "admin.check_code", "admin.set_up", "admin.confirm_set_up"})
_log = structlog.get_logger("waymark.administration")


@admin.before_request
def _require_administrator() -> WerkzeugResponse | None:
    """Only administrators who gave both factors get further; reading pages leads to what is missing."""
    if request.endpoint in _OPEN:
        return None
    token, now = cookie(), services().clock()
    with services().database.read() as session:
        found = signed_in(session, token, now)
    if found is None:
        return _lead_to(
            "admin.ask",
            "administrator.signed_out",
            "You are no longer signed in. Nothing was changed; sign in and try again.",
        )
    g.administrator = found
    if request.endpoint in _SECOND_FACTOR:
        return redirect(url_for("admin.overview")) if found.confirmed else None
    if not found.confirmed and request.endpoint != "admin.leave":
        return _lead_to(
            "admin.ask_code" if found.enrolled else "admin.set_up",
            "administrator.second_factor",
            "The second step of signing in is still to come. Nothing was changed; finish signing in and try again.",
        )
    if found.prolong:
        with services().database.transaction() as session:
            prolong(session, token, now)
    return None


def _lead_to(endpoint: str, code: str, message: str) -> WerkzeugResponse:
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for(endpoint))
    raise NotAllowed(code, message, status=401)


@admin.get("/sign-in")
def ask() -> str:
    """The form for name and password."""
    with services().database.read() as session:
        return render_template("admin/sign_in.html", ready=has_administrators(session), problem="", login="")


@admin.post("/sign-in")
def check() -> ResponseReturnValue:
    """Check name and password; the second factor comes next."""
    now, login, address = services().clock(), request.form.get("login", ""), request.remote_addr or ""
    limits = sign_in_limits()
    limits.require_room(address, login, now)
    try:
        with services().database.transaction() as session:
            token = begin_sign_in(session, login, request.form.get("password", ""), now)
    except NotAllowed as refused:  # the form again, with what was wrong, instead of an error page
        limits.count(address, login, now)
        _log.warning("sign_in.refused", code=refused.code)
        page = render_template("admin/sign_in.html", ready=True, problem=refused.message, login=login)
        return page, refused.status
    limits.forget(address, login)
    response = make_response(redirect(url_for("admin.ask_code")))
    give_cookie(response, token, FOR_THE_CODE)
    return response


@admin.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session."""
    now = services().clock()
    with services().database.transaction() as session:
        sign_out(session, cookie())
        if visitor().confirmed:
            login = administrator()
            audit.record(session, actor=login, action="administrator.signed_out", subject=login, now=now)
    response = make_response(redirect(url_for("admin.ask")))
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return response


def visitor() -> SignedIn:
    """Who is at the screen."""
    found: SignedIn = g.administrator
    return found


def administrator() -> str:
    """The sign-in name of the administrator at the screen."""
    return visitor().login


def cookie() -> str:
    """The token that the browser sent; empty when there is none."""
    return request.cookies.get(COOKIE, "")


def give_cookie(response: Response, token: str, lifetime: timedelta) -> None:
    """Let the browser keep the token of a session."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="Strict",
    )
