"""The token endpoint: client credentials with a signed assertion (LTI Security Framework 1.0, section 4.1; RFC 7523)."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.demo_lms import message_log, vocab
from lti_tool.demo_lms.claims import granted_scopes
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.json_number import is_number
from lti_tool.demo_lms.platform import Platform, platform, random_token
from lti_tool.demo_lms.profiles.base import AssertionCheck
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tables import AccessToken, SpentToken, Tool
from lti_tool.demo_lms.tool_tokens import ToolKeys, unverified, verified_claims

bp = Blueprint("tokens", __name__)

TOKEN_SECONDS = 3600
OLDEST_ASSERTION_SECONDS = 600
LONGEST_ASSERTION_SECONDS = 3600


def token_hash(token: str) -> str:
    """How a bearer token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


def tool_keys() -> ToolKeys:
    """The key sets of all tools, as last fetched."""
    found: ToolKeys = current_app.extensions["demo_lms_tool_keys"]
    return found


@bp.route("/lti/token", methods=["GET", "POST"])
def token() -> Response:
    """Give an access token for a good assertion."""
    session = db()
    tool: Tool | None = None
    refusal: Refusal | None = None
    body: Any
    try:
        assertion = _assertion(request.form)
        tool = _claimed_tool(session, assertion)
        session.commit()  # no lock on the database while the tool's key set is fetched
        claims = verified_claims(assertion, tool, tool_keys())
        body = _granted(session, platform(), tool, claims)
        status, content_type = 200, "application/json"
    except Refusal as refused:
        session.rollback()
        refusal = refused
        answer = platform().profile.token_answer(refused)
        status, body, content_type = answer.status, answer.body, answer.content_type
    message_log.record(
        session,
        now=platform().now(),
        kind="token request",
        from_tool=True,
        tool=tool,
        summary="Access token refused"
        if refusal
        else f"Access token for {len(body['scope'].split())} scopes",
        status=status,
        refusal=refusal,
        detail={
            "parameters": message_log.without_secrets(request.form.to_dict()),
            "assertion": _decoded(request.form.get("client_assertion", "")),
            "answer": message_log.without_secrets(body),
        },
    )
    session.commit()
    response = Response(json.dumps(body), status, content_type=content_type)
    response.headers["Cache-Control"] = "no-store"
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _decoded(assertion: str) -> dict[str, Any]:
    try:
        header, claims = unverified(assertion)
    except Refusal:
        return {}
    return {"header": header, "claims": claims}


def _assertion(form: Mapping[str, str]) -> str:
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        raise Refusal(
            "token.not_a_form", "Send the token request as a form, by POST.", oauth_error="invalid_request"
        )
    if form.get("grant_type") != "client_credentials":
        raise Refusal(
            "token.grant_type",
            "The grant_type must be client_credentials.",
            oauth_error="unsupported_grant_type",
        )
    if form.get("client_assertion_type") != vocab.CLIENT_ASSERTION_TYPE:
        raise Refusal(
            "token.assertion_type",
            f"The client_assertion_type must be {vocab.CLIENT_ASSERTION_TYPE}.",
            oauth_error="invalid_request",
        )
    if not form.get("scope"):
        raise Refusal("token.no_scope", "The request names no scope.", oauth_error="invalid_request")
    assertion = form.get("client_assertion")
    if not assertion:
        raise Refusal("token.no_assertion", "The client_assertion is missing.", oauth_error="invalid_request")
    return assertion


def _claimed_tool(session: Session, assertion: str) -> Tool:
    _, claims = unverified(assertion)
    subject = claims.get("sub")
    tool = (
        session.scalars(select(Tool).where(Tool.client_id == subject)).first()
        if isinstance(subject, str)
        else None
    )
    if tool is None:
        raise Refusal(
            "token.unknown_client",
            "The assertion's sub is not the client_id of a registered tool.",
            oauth_error="invalid_client",
        )
    return tool


def _invalid(code: str, sentence: str) -> Refusal:
    return Refusal(f"token.{code}", sentence, oauth_error="invalid_client")


def _granted(
    session: Session, the_platform: Platform, tool: Tool, claims: Mapping[str, Any]
) -> dict[str, Any]:
    _check_times(the_platform, claims)
    _check_names(session, the_platform, tool, claims)
    if not tool.active and not the_platform.profile.tokens_while_pending:
        raise _invalid("tool_pending", "The administrator has not activated this tool yet.")
    asked = request.form["scope"].split()
    allowed = granted_scopes(the_platform, tool)
    given = [scope for scope in allowed if scope in asked]
    if not given or (the_platform.profile.scopes_must_all_be_granted and set(asked) - set(allowed)):
        refused = ", ".join(scope for scope in asked if scope not in allowed)
        raise Refusal(
            "token.scope_not_granted", f"Not granted to this tool: {refused}.", oauth_error="invalid_scope"
        )
    bearer = random_token()
    expires_at = the_platform.now() + timedelta(seconds=TOKEN_SECONDS)
    session.add(
        AccessToken(token_hash=token_hash(bearer), tool_id=tool.id, scopes=given, expires_at=expires_at)
    )
    return {
        "access_token": bearer,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": " ".join(given),
    }


def _check_times(the_platform: Platform, claims: Mapping[str, Any]) -> None:
    now = the_platform.now().timestamp()
    expires, issued = claims.get("exp"), claims.get("iat")
    if is_number(expires):
        if expires <= now:
            raise _invalid("expired", "The assertion has expired.")
    elif AssertionCheck.EXPIRY_PRESENT in the_platform.profile.assertion_checks:
        raise _invalid("exp_missing", "The assertion has no exp.")
    if is_number(issued):
        if issued > now:
            moment = datetime.fromtimestamp(issued, UTC).strftime("%Y-%m-%dT%H:%M:%S%z")
            raise _invalid("issued_in_future", f"The assertion was issued in the future: {moment}")
        if (
            AssertionCheck.EXPIRY_PRESENT in the_platform.profile.assertion_checks
            and issued < now - OLDEST_ASSERTION_SECONDS
        ):
            raise _invalid(
                "too_old", f"The assertion was issued more than {OLDEST_ASSERTION_SECONDS} seconds ago."
            )
    elif AssertionCheck.EXPIRY_PRESENT in the_platform.profile.assertion_checks:
        raise _invalid("iat_missing", "The assertion has no iat.")
    if (
        AssertionCheck.EXPIRY_PRESENT in the_platform.profile.assertion_checks
        and is_number(expires)
        and expires > now + LONGEST_ASSERTION_SECONDS
    ):
        raise _invalid(
            "too_long", f"The assertion is good for more than {LONGEST_ASSERTION_SECONDS} seconds."
        )


def _check_names(session: Session, the_platform: Platform, tool: Tool, claims: Mapping[str, Any]) -> None:
    checks = the_platform.profile.assertion_checks
    if AssertionCheck.ISSUER in checks and claims.get("iss") != tool.client_id:
        raise _invalid("wrong_issuer", "The assertion's iss must be the client_id, as its sub is.")
    if AssertionCheck.AUDIENCE in checks:
        audience = claims.get("aud")
        if audience not in (the_platform.token_endpoint, [the_platform.token_endpoint]):
            raise _invalid(
                "wrong_audience",
                f"The assertion's aud must be {the_platform.token_endpoint} and nothing else.",
            )
    if AssertionCheck.IDENTIFIER in checks:
        identifier = claims.get("jti")
        if not isinstance(identifier, str) or not identifier:
            raise _invalid("jti_missing", "The assertion has no jti.")
        if session.get(SpentToken, (tool.id, "jti", identifier)) is not None:
            raise _invalid("replayed", "An assertion with this jti was used before.")
        session.add(SpentToken(tool_id=tool.id, kind="jti", value=identifier))
