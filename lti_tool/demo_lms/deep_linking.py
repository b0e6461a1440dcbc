"""The end of a deep-linking message: the tool's signed response (LTI Deep Linking 2.0, section 4.5)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool.demo_lms import message_log, vocab
from lti_tool.demo_lms.content_items import ContentItem, place, read_content_items
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.json_number import is_number
from lti_tool.demo_lms.oidc import SENT_AGAIN
from lti_tool.demo_lms.platform import Platform, platform
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tables import Launch, PersonRow, SpentToken, Tool
from lti_tool.demo_lms.tokens import tool_keys
from lti_tool.demo_lms.tool_tokens import unverified, verified_claims
from lti_tool.demo_lms.visitor import signed_in

bp = Blueprint("deep_linking", __name__)

RESPONSE_LIFE = timedelta(hours=4)
OLDEST_RESPONSE_SECONDS = 600


@bp.post("/lti/deep_linking/<int:launch_id>/return")
def returned(launch_id: int) -> Response | str | tuple[str, int]:
    """Take the tool's choice and put it into the course."""
    token = request.form.get("JWT", "")
    person = signed_in()
    if person is None and SENT_AGAIN not in request.form:
        # The tool's form comes from another site, so the LMS's cookie did not come along (see `oidc`).
        return render_template(
            "demo_lms/send_again.html", action=request.path, fields={"JWT": token, SENT_AGAIN: "1"}
        )
    session = db()
    launch = session.get(Launch, launch_id)
    tool = session.get(Tool, launch.tool_id) if launch else None
    items: tuple[ContentItem, ...] = ()
    refusal: Refusal | None = None
    claims: Mapping[str, Any] = {}
    try:
        launch, tool = _expected(launch, tool, person, platform())
        session.commit()  # no lock on the database while the tool's key set is fetched
        claims = verified_claims(token, tool, tool_keys())
        _check(session, platform(), launch, tool, claims)
        items = read_content_items(claims, platform().profile, tool)
        place(session, platform(), launch, tool, items)
        launch.answered = True
    except Refusal as refused:
        session.rollback()
        refusal = refused
    message_log.record(
        session,
        now=platform().now(),
        kind="deep-linking response",
        from_tool=True,
        tool=tool,
        person=person,
        summary="Refused" if refusal else f"{len(items)} content items",
        status=400 if refusal else 200,
        refusal=refusal,
        detail=_decoded(token),
    )
    session.commit()
    if refusal is not None:
        return render_template("demo_lms/refused.html", sentence=refusal.sentence, code=refusal.code), 400
    return render_template(
        "demo_lms/deep_linking_done.html",
        items=items,
        message=_text(claims.get(vocab.MSG)),
        error=_text(claims.get(vocab.ERRORMSG)),
    )


def _text(value: object) -> str:
    return value[:500] if isinstance(value, str) else ""


def _decoded(token: str) -> dict[str, Any]:
    try:
        header, claims = unverified(token)
    except Refusal:
        return {"token": "not a JSON web token"}
    return {"header": header, "claims": claims}


def _refuse(code: str, sentence: str) -> Refusal:
    return Refusal(f"deep_linking.{code}", sentence)


def _expected(
    launch: Launch | None, tool: Tool | None, person: PersonRow | None, the_platform: Platform
) -> tuple[Launch, Tool]:
    if (
        launch is None
        or tool is None
        or launch.message_type != vocab.DEEP_LINKING_REQUEST
        or person is None
        or launch.person_id != person.id
        or not launch.spent
    ):
        raise _refuse("unknown", "No deep-linking request of this person waits for an answer here.")
    if launch.answered:
        raise _refuse("answered", "This deep-linking request was answered before; choose activities again.")
    if launch.created_at + RESPONSE_LIFE < the_platform.now() or not tool.active:
        raise _refuse(
            "too_late", "The answer came too late, or the tool is no longer active; choose activities again."
        )
    return launch, tool


def _check(
    session: Session, the_platform: Platform, launch: Launch, tool: Tool, claims: Mapping[str, Any]
) -> None:
    """Everything section 4.5 asks of the response's claims, besides its items."""
    if claims.get("iss") != tool.client_id:
        raise _refuse("issuer", "The response's iss must be the client_id.")
    if claims.get("aud") not in (the_platform.issuer, [the_platform.issuer]):
        raise _refuse("audience", f"The response's aud must be {the_platform.issuer} and nothing else.")
    now = the_platform.now().timestamp()
    expires, issued = claims.get("exp"), claims.get("iat")
    if not is_number(expires) or expires <= now:
        raise _refuse("expired", "The response has no exp, or has expired.")
    if not is_number(issued) or issued > now or issued < now - OLDEST_RESPONSE_SECONDS:
        raise _refuse("issued_at", "The response has no iat, or one in the future or long ago.")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not nonce:
        raise _refuse("nonce", "The response has no nonce.")
    if session.get(SpentToken, (tool.id, "deep-linking nonce", nonce)) is not None:
        raise _refuse("nonce", "A response with this nonce came before.")
    session.add(SpentToken(tool_id=tool.id, kind="deep-linking nonce", value=nonce))
    if claims.get(vocab.DEPLOYMENT_ID) != tool.deployment_id:
        raise _refuse("deployment", "The response's deployment_id is not that of the request.")
    if claims.get(vocab.MESSAGE_TYPE) != vocab.DEEP_LINKING_RESPONSE:
        raise _refuse("message_type", f"The message_type must be {vocab.DEEP_LINKING_RESPONSE}.")
    if claims.get(vocab.VERSION) != vocab.LTI_VERSION:
        raise _refuse("version", f"The version must be {vocab.LTI_VERSION}.")
    if the_platform.profile.deep_linking_data and claims.get(vocab.DATA) != launch.data:
        raise _refuse("data", "The data of the request did not come back unchanged.")
