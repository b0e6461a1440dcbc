"""The second step of an administrator's sign-in: a code of the app, which is set up at the first one."""

from __future__ import annotations

from urllib.parse import urlsplit

import segno
from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from lti_tool.launch import second_factor
from lti_tool.launch.sign_in import LIFETIME, finish_sign_in
from lti_tool.models.platforms import Administrator
from lti_tool.web.admin import admin, cookie, give_cookie, visitor
from lti_tool.web.i18n import gettext as _
from lti_tool.web.services import services

_WIDEST_PIXELS = 240


@admin.get("/second-factor")
def ask_code() -> ResponseReturnValue:
    """The form for the app's code."""
    if not visitor().enrolled:
        return redirect(url_for("admin.set_up"))
    return render_template("admin/second_factor.html", problem="")


@admin.post("/second-factor")
def check_code() -> ResponseReturnValue:
    """Check the code; a right one gives a new session."""
    now, token = services().clock(), ""
    with services().database.transaction() as session:
        person = session.get_one(Administrator, visitor().administrator_id)
        if second_factor.check_code(session, person, request.form.get("code", ""), secret=_secret(), now=now):
            token = finish_sign_in(session, cookie(), now)
    if not token:
        return render_template("admin/second_factor.html", problem=_wrong()), 401
    response = make_response(redirect(url_for("admin.overview")))
    give_cookie(response, token, LIFETIME)
    return response


@admin.get("/second-factor/set-up")
def set_up() -> ResponseReturnValue:
    """How to set the app up: a picture to scan, a secret to type, a field for the first code."""
    if visitor().enrolled:
        return redirect(url_for("admin.ask_code"))
    return _set_up_page("")


@admin.post("/second-factor/set-up")
def confirm_set_up() -> ResponseReturnValue:
    """Take the app's first code; a right one gives a new session, and recovery codes that are shown once."""
    now, token = services().clock(), ""
    with services().database.transaction() as session:
        person = session.get_one(Administrator, visitor().administrator_id)
        codes = second_factor.confirm_enrolment(
            session, person, request.form.get("code", ""), secret=_secret(), now=now
        )
        if codes:
            token = finish_sign_in(session, cookie(), now)
    if not token:
        return _set_up_page(_wrong()), 401
    response = make_response(render_template("admin/second_factor_codes.html", codes=codes))
    give_cookie(response, token, LIFETIME)
    return response


def _set_up_page(problem: str) -> str:
    with services().database.transaction() as session:
        person = session.get_one(Administrator, visitor().administrator_id)
        enrolment = second_factor.begin_enrolment(
            session, person, secret=_secret(), host=urlsplit(services().settings.address).netloc
        )
    return render_template(
        "admin/second_factor_set_up.html",
        picture=_picture(enrolment.uri),
        uri=enrolment.uri,
        shared=second_factor.in_groups(enrolment.secret),
        problem=problem,
    )


def _picture(text: str) -> Markup:
    """The text as a QR code: dark on light in every colour scheme, as cameras expect, and never too wide."""
    code = segno.make(text, micro=False)
    scale = max(2, _WIDEST_PIXELS // code.symbol_size(border=4)[0])
    return Markup(code.svg_inline(scale=scale, border=4, dark="#000", light="#fff"))  # noqa: S704  made here


def _wrong() -> str:
    return _("This code is not right, or it was used before. Wait for the app's next code and type that one.")


def _secret() -> str:
    return services().settings.secret_key.get_secret_value()
