"""The authentication endpoint (LTI Security Framework 1.0, section 5.1.1.2 and 5.1.1.3).

The tool sends the browser here from inside its frame. When the tool used a redirect, the LMS's own cookie comes along; when
the tool used a form or a script, the request counts as coming from another site and a SameSite=Lax cookie stays at home.
Then a small page of the LMS sends the same request again, now from the LMS itself (Moodle does the same).
"""

from collections.abc import Mapping
from datetime import timedelta

from flask import Blueprint, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.demo_lms import message_log
from lti_tool.demo_lms.claims import launch_claims
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.keys import sign
from lti_tool.demo_lms.launching import login_hint
from lti_tool.demo_lms.platform import Platform, platform
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tables import Launch, PersonRow, SpentToken, Tool
from lti_tool.demo_lms.visitor import signed_in

bp = Blueprint("oidc", __name__)

LAUNCH_LIFE = timedelta(minutes=10)
SENT_AGAIN = "demo_lms_sent_again"


@bp.route("/lti/authorize", methods=["GET", "POST"])
def authorize() -> Response | str | tuple[str, int]:
    """Answer an authentication request with a form post of the id_token, or of an error."""
    values = {name: value for name, value in request.values.items() if name != SENT_AGAIN}
    person = signed_in()
    if person is None and SENT_AGAIN not in request.values:
        return render_template(
            "demo_lms/send_again.html",
            action=platform().authorization_endpoint,
            fields=values | {SENT_AGAIN: "1"},
        )
    session = db()
    launch = session.scalars(select(Launch).where(Launch.hint == values.get("lti_message_hint", ""))).first()
    tool = session.get(Tool, launch.tool_id) if launch else _tool_by_client(session, values)
    try:
        found = _checked(
            session, the_platform=platform(), values=values, launch=launch, tool=tool, person=person
        )
        fields = _answer(session, platform(), values, found)
    except Refusal as refusal:
        session.rollback()
        return _refused(session, values, refusal, tool, person)
    session.commit()
    return render_template("demo_lms/form_post.html", action=values["redirect_uri"], fields=fields)


def _tool_by_client(session: Session, values: Mapping[str, str]) -> Tool | None:
    return session.scalars(select(Tool).where(Tool.client_id == values.get("client_id", ""))).first()


def _refuse(code: str, error: str, sentence: str) -> Refusal:
    return Refusal(f"authentication.{code}", sentence, oauth_error=error)


def _checked(
    session: Session,
    *,
    the_platform: Platform,
    values: Mapping[str, str],
    launch: Launch | None,
    tool: Tool | None,
    person: PersonRow | None,
) -> Launch:
    """The launch that an authentication request belongs to, once everything about the request is in order."""
    if tool is None or values.get("redirect_uri") not in tool.redirect_uris:
        raise _refuse(
            "redirect_uri", "invalid_request", "The redirect_uri is not exactly one that the tool registered."
        )
    if launch is None:
        raise _refuse(
            "message_hint", "invalid_request", "The lti_message_hint is missing or was changed on its way."
        )
    if launch.spent or launch.created_at + LAUNCH_LIFE < the_platform.now():
        raise _refuse(
            "message_hint",
            "invalid_request",
            "This launch was already answered or is too old; open the activity again.",
        )
    if values.get("client_id") != tool.client_id or not tool.active:
        raise _refuse(
            "client",
            "unauthorized_client",
            "The client_id is not that of the active tool this launch was for.",
        )
    if values.get("scope") != "openid":
        raise _refuse("scope", "invalid_scope", "The scope must be exactly “openid”.")
    if values.get("response_type") != "id_token":
        raise _refuse("response_type", "unsupported_response_type", "The response_type must be “id_token”.")
    if values.get("response_mode") != "form_post":
        raise _refuse("response_mode", "invalid_request", "Invalid response_mode")
    prompt = values.get("prompt")
    if prompt != "none" and not (prompt is None and the_platform.profile.prompt_may_be_absent):
        raise _refuse("prompt", "invalid_request", "Invalid prompt")
    if not values.get("nonce"):
        raise _refuse("nonce", "invalid_request", "The nonce is missing.")
    if session.get(SpentToken, (tool.id, "nonce", values["nonce"])) is not None:
        raise _refuse("nonce", "invalid_request", "This nonce was used before.")
    if person is None:
        raise _refuse("login_required", "login_required", "Nobody is signed in to the LMS in this browser.")
    if launch.person_id != person.id or values.get("login_hint") != login_hint(the_platform, person, tool):
        raise _refuse(
            "login_hint", "access_denied", "The login_hint is not that of the person who is signed in."
        )
    return launch


def _answer(
    session: Session, the_platform: Platform, values: Mapping[str, str], launch: Launch
) -> dict[str, str]:
    tool = session.get_one(Tool, launch.tool_id)
    person = session.get_one(PersonRow, launch.person_id)
    launch.spent = True
    session.add(SpentToken(tool_id=tool.id, kind="nonce", value=values["nonce"]))
    message_log.record(
        session,
        now=the_platform.now(),
        kind="authentication request",
        from_tool=True,
        tool=tool,
        person=person,
        summary=f"{request.method} by the browser",
        status=200,
        detail={"method": request.method, "parameters": values},
    )
    claims = launch_claims(session, the_platform, launch, nonce=values["nonce"])
    message_log.record(
        session,
        now=the_platform.now(),
        kind="id_token",
        from_tool=False,
        tool=tool,
        person=person,
        summary=f"{launch.message_type} to {values['redirect_uri']}",
        detail={"address": values["redirect_uri"], "claims": claims},
    )
    fields = {"id_token": sign(session, claims)}
    if "state" in values:
        fields["state"] = values["state"]
    if the_platform.profile.storage_target is not None and not launch.in_window:
        fields["lti_storage_target"] = the_platform.profile.storage_target
    return fields


def _refused(
    session: Session, values: Mapping[str, str], refusal: Refusal, tool: Tool | None, person: PersonRow | None
) -> tuple[str, int]:
    profile = platform().profile
    may_post = (
        tool is not None
        and values.get("redirect_uri") in tool.redirect_uris
        and refusal.code not in profile.authentication_errors_on_page
    )
    status = 200 if may_post else profile.invalid_authentication_status
    message_log.record(
        session,
        now=platform().now(),
        kind="authentication request",
        from_tool=True,
        tool=tool,
        person=person,
        summary=f"{request.method} by the browser",
        status=status,
        refusal=refusal,
        detail={"method": request.method, "parameters": values, "error": refusal.oauth_error},
    )
    session.commit()
    if not may_post:
        return render_template("demo_lms/refused.html", sentence=refusal.sentence, code=refusal.code), status
    fields = {"error": refusal.oauth_error or "invalid_request", "error_description": refusal.sentence}
    if "state" in values:
        fields["state"] = values["state"]
    return render_template("demo_lms/form_post.html", action=values["redirect_uri"], fields=fields), status
