"""The page on which a learning platform is connected by dynamic registration.

The platform opens it in a window or frame of its own. Nothing is fetched without a one-time invitation,
which also stands in for the anti-forgery token: only pages that were invited know it, and a frame whose
browser keeps no cookie can be used all the same.
"""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from lti_tool.launch import vocab
from lti_tool.launch.invitations import check_invitation, give_back_invitation, use_invitation
from lti_tool.launch.platform_configuration import PlatformConfiguration, fetch_configuration
from lti_tool.launch.registration import send_registration, store_registration, wanted_claims, wanted_scopes
from lti_tool.web.i18n import gettext as _
from lti_tool.web.security import csrf, may_be_framed_by
from lti_tool.web.services import services

registration = Blueprint("registration", __name__, url_prefix="/lti")
csrf.exempt(registration)


@registration.get("/register")
def ask() -> ResponseReturnValue:
    """Say which platform wants to connect and what it will be asked for."""
    may_be_framed_by(["*"])  # who the platform is, is known only when its configuration is read
    invitation = request.args.get("invitation", "")
    with services().database.read() as session:
        check_invitation(session, invitation, services().clock())
    configuration = _fetch(
        request.args.get("openid_configuration", ""), request.args.get("registration_token", "")
    )
    return render_template(
        "lti/register.html",
        configuration=configuration,
        invitation=invitation,
        registration_token=request.args.get("registration_token", ""),
        services=[_SERVICES[scope]() for scope in wanted_scopes(configuration)],
        mentors=vocab.ROLE_SCOPE_MENTOR in wanted_claims(configuration),
    )


@registration.post("/register")
def connect() -> ResponseReturnValue:
    """Register at the platform; the registration then waits for an administrator of Waymark."""
    may_be_framed_by(["*"])
    settings, database, now = services().settings, services().database, services().clock()
    with database.transaction() as session:
        invitation = use_invitation(session, request.form.get("invitation", ""), now)
    token = request.form.get("registration_token", "")
    stored = False
    try:
        configuration = _fetch(request.form.get("openid_configuration", ""), token)
        answer = send_registration(services().outbound, configuration, token, settings.address)
        with database.transaction() as session:
            kept = store_registration(
                session,
                configuration,
                answer,
                label=invitation.label,
                secret=settings.secret_key.get_secret_value(),
                now=now,
            )
        stored = True
    finally:
        if not stored:
            with database.transaction() as session:
                give_back_invitation(session, invitation)
    return make_response(
        render_template("lti/registered.html", registration=kept, platform_origins=configuration.page_origins)
    )


def _fetch(address: str, token: str) -> PlatformConfiguration:
    configuration = fetch_configuration(
        services().outbound, address, token, local_origins=services().settings.local_platforms
    )
    may_be_framed_by(configuration.page_origins)
    return configuration


_LINE_ITEM, _RESULT, _SCORE, _MEMBERSHIPS = vocab.SCOPES
_SERVICES = {
    _LINE_ITEM: lambda: _("Columns in the gradebook: list those of Waymark and make new ones"),
    _RESULT: lambda: _("Results: read the scores in those columns"),
    _SCORE: lambda: _("Scores: write the next step, and scores of activities done here, into those columns"),
    _MEMBERSHIPS: lambda: _("Roster: read who takes part in a course, with names and roles"),
}
