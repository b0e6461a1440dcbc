"""Signing in as an administrator of this installation, and the guard of the administration's pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from lti_tool.errors import NotAllowed
from lti_tool.launch import audit
from lti_tool.launch.administrators import LIFETIME, has_administrators, sign_in, sign_out, signed_in
from lti_tool.web.rate_limit import FailureLimit
from lti_tool.web.services import services

COOKIE = "__Host-waymark-admin"

admin = Blueprint("admin", __name__, url_prefix="/admin")
_OPEN = frozenset({"admin.ask", "admin.check"})
FAILURES = "waymark-sign-in-failures"


@admin.before_request
def _require_administrator() -> Response | None:
    """Only signed-in administrators get further; reading pages leads to the sign-in page."""
    if request.endpoint in _OPEN:
        return None
    with services().database.read() as session:
        found = signed_in(session, request.cookies.get(COOKIE, ""), services().clock())
    if found is not None:
        g.administrator = found.login
        return None
    if request.method == "GET":
        return redirect(url_for("admin.ask"))
    raise NotAllowed(
        "administrator.signed_out",
        "You are no longer signed in. Nothing was changed; sign in and try again.",
        status=401,
    )


@admin.get("/sign-in")
def ask() -> str:
    """The form for name and password."""
    with services().database.read() as session:
        return render_template("admin/sign_in.html", ready=has_administrators(session), problem="", login="")


@admin.post("/sign-in")
def check() -> ResponseReturnValue:
    """Check name and password; five failures in a row mean a wait."""
    now, login = services().clock(), request.form.get("login", "")
    who = f"{request.remote_addr} {login.strip().casefold()[:120]}"
    failures: FailureLimit = current_app.extensions[FAILURES]
    failures.require_room(who, now)
    try:
        with services().database.transaction() as session:
            token = sign_in(session, login, request.form.get("password", ""), now)
    except NotAllowed as refused:  # the form again, with what was wrong, instead of an error page
        failures.count(who, now)
        page = render_template("admin/sign_in.html", ready=True, problem=refused.message, login=login)
        return page, refused.status
    failures.forget(who)
    response = make_response(redirect(url_for("admin.overview")))
    response.set_cookie(
        COOKIE,
        token,
        max_age=int(LIFETIME.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="Strict",
    )
    return response


@admin.post("/sign-out")
def leave() -> ResponseReturnValue:
    """End the session."""
    now = services().clock()
    with services().database.transaction() as session:
        sign_out(session, request.cookies.get(COOKIE, ""))
        login = administrator()
        audit.record(session, actor=login, action="administrator.signed_out", subject=login, now=now)
    response = make_response(redirect(url_for("admin.ask")))
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="Strict")
    return response


def administrator() -> str:
    """The sign-in name of the administrator at the screen."""
    login: str = g.administrator
    return login


def own_addresses() -> dict[str, str]:
    """What a platform's form asks for about us, ready to copy."""
    address = services().settings.address
    return {
        "Tool address (target link)": f"{address}/lti/launch",
        "Login initiation address": f"{address}/lti/login",
        "Redirect address": f"{address}/lti/launch",
        "Public key set address": f"{address}/lti/jwks",
        "Domain": urlsplit(address).netloc,
    }
