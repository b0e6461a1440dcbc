"""Dynamic registration (LTI Dynamic Registration 1.0): configuration, key set, and the registration endpoint."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from lti_tool.demo_lms import message_log, vocab
from lti_tool.demo_lms.claims import granted_scopes
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.keys import public_key_set
from lti_tool.demo_lms.platform import Platform, platform, random_token
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.registration_request import ASSERTION_METHOD, describe
from lti_tool.demo_lms.tables import RegistrationToken, Tool
from lti_tool.demo_lms.tokens import token_hash
from lti_tool.demo_lms.tool_registry import ToolDescription, register, update
from lti_tool.demo_lms.variables import advertised

bp = Blueprint("registration", __name__)

TOKEN_LIFE = timedelta(hours=1)
LARGEST_REGISTRATION = 100_000


@bp.get("/lti/jwks")
def jwks() -> Response:
    """The platform's public keys."""
    found = public_key_set(db(), now=platform().now())
    response = Response(json.dumps(found), content_type="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@bp.get("/.well-known/openid-configuration")
def configuration() -> Response:
    """What a tool needs to know to register."""
    the_platform = platform()
    body = _configuration(the_platform)
    session = db()
    message_log.record(
        session,
        now=the_platform.now(),
        kind="configuration",
        from_tool=True,
        summary="Configuration read",
        status=200,
        detail={"answer": body},
    )
    session.commit()
    return Response(json.dumps(body), content_type="application/json")


def _configuration(the_platform: Platform) -> dict[str, Any]:
    profile = the_platform.profile
    navigation = {"placements": [profile.navigation_placement]} if profile.navigation_placement else {}
    return {
        "issuer": the_platform.issuer,
        "authorization_endpoint": the_platform.authorization_endpoint,
        "token_endpoint": the_platform.token_endpoint,
        "token_endpoint_auth_methods_supported": [ASSERTION_METHOD],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": the_platform.jwks_uri,
        "registration_endpoint": the_platform.registration_endpoint,
        "scopes_supported": ["openid", *profile.scopes],
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["iss", "sub", "name", "given_name", "family_name", "email"],
        vocab.PLATFORM_CONFIGURATION: {
            "product_family_code": profile.platform["product_family_code"],
            "version": profile.platform["version"],
            "messages_supported": [
                {"type": vocab.RESOURCE_LINK_REQUEST, **navigation},
                {"type": vocab.DEEP_LINKING_REQUEST, "placements": ["ContentArea"]},
            ],
            "variables": advertised(the_platform),
        },
    }


def new_registration_token(session: Session, the_platform: Platform, *, tool: Tool | None = None) -> str:
    """A token that registers one tool, or updates `tool`, within the hour (the caller commits)."""
    token = random_token()
    expires_at = the_platform.now() + TOKEN_LIFE
    tool_id = None if tool is None else tool.id
    session.add(RegistrationToken(token_hash=token_hash(token), tool_id=tool_id, expires_at=expires_at))
    return token


@bp.get("/lti/registration")
def current() -> Response:
    """What this platform holds about the tool whose update token is shown."""
    try:
        body, status, content_type = _held(platform(), _shown_tool(db())), 200, "application/json"
    except Refusal as refused:
        answer = platform().profile.registration_answer(refused)
        body, status, content_type = answer.body, answer.status, answer.content_type
    text = body if isinstance(body, str) else json.dumps(body)
    return Response(text, status, content_type=content_type)


def _shown_tool(session: Session) -> Tool:
    token = _token(session, platform())
    tool = session.get(Tool, token.tool_id) if token.tool_id is not None else None
    if tool is None or not platform().profile.shows_registration:
        raise Refusal("registration.token_unknown", "There is no such registration.", status=404)
    return tool


@bp.route("/lti/registration", methods=["POST", "PUT"])
def registered() -> Response:
    """Take a registration, whose tool waits for the administrator (Pending), or an update of one."""
    session = db()
    tool: Tool | None = None
    refusal: Refusal | None = None
    wanted: Mapping[str, Any] = {}
    body: Any
    try:
        token = _token(session, platform())
        wanted = _object()
        described = describe(wanted, platform())
        tool = _registered_or_updated(session, token, described)
        body = _answer(platform(), tool, wanted)
        # RFC 7591 section 3.2.1 says 201; LTI Dynamic Registration 1.0 section 3.6 shows 200, and platforms send 200.
        status, content_type = 200, "application/json"
    except Refusal as refused:
        session.rollback()
        refusal, tool = refused, None
        answer = platform().profile.registration_answer(refused)
        status, body, content_type = answer.status, answer.body, answer.content_type
    message_log.record(
        session,
        now=platform().now(),
        kind="registration",
        from_tool=True,
        tool=tool,
        summary=f"Registration of {wanted.get('client_name', 'a tool')}",
        status=status,
        refusal=refusal,
        detail={"body": dict(wanted), "answer": body},
    )
    session.commit()
    response = Response(
        body if isinstance(body, str) else json.dumps(body), status, content_type=content_type
    )
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _registered_or_updated(session: Session, token: RegistrationToken, described: ToolDescription) -> Tool:
    profile = platform().profile
    known = session.get(Tool, token.tool_id) if token.tool_id is not None else None
    if request.method != (profile.update_method if known is not None else "POST"):
        status = 405 if profile.update_method == "PUT" else 400
        raise Refusal("registration.method", "Unsupported operation.", status=status)
    if known is None:
        token.used = True
        return register(session, profile, described, active=False, now=platform().now())
    update(known, profile, described)  # a token for updating stays good until it expires, as on a Moodle
    return known


def _token(session: Session, the_platform: Platform) -> RegistrationToken:
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not bearer:
        raise Refusal(
            "registration.token_missing",
            "The registration token is missing.",
            status=401,
            oauth_error="invalid_token",
        )
    token = session.get(RegistrationToken, token_hash(bearer.strip()))
    if token is None or token.expires_at <= the_platform.now():
        raise Refusal(
            "registration.token_unknown",
            "The registration token is unknown or has expired.",
            status=401,
            oauth_error="invalid_token",
        )
    if token.used:
        raise Refusal(
            "registration.token_used",
            "The registration token was used before.",
            status=401,
            oauth_error="invalid_token",
        )
    return token


def _object() -> Mapping[str, Any]:
    if request.mimetype != "application/json" or len(request.get_data()) > LARGEST_REGISTRATION:
        raise Refusal(
            "registration.not_json",
            "Send the registration as application/json.",
            status=400,
            oauth_error="invalid_client_metadata",
        )
    try:
        value = json.loads(request.get_data())
    except ValueError as error:
        raise Refusal(
            "registration.not_json",
            "The registration is not JSON.",
            status=400,
            oauth_error="invalid_client_metadata",
        ) from error
    if not isinstance(value, dict):
        raise Refusal(
            "registration.not_json",
            "The registration is not a JSON object.",
            status=400,
            oauth_error="invalid_client_metadata",
        )
    return value


def _held(the_platform: Platform, tool: Tool) -> dict[str, Any]:
    """A tool as this platform would register it."""
    claims = ["iss", "sub", *(["name", "given_name", "family_name"] if tool.share_names else [])]
    messages = [{"type": vocab.RESOURCE_LINK_REQUEST, "target_link_uri": tool.target_link_uri}]
    if tool.deep_linking_uri is not None:
        messages.append({"type": vocab.DEEP_LINKING_REQUEST, "target_link_uri": tool.deep_linking_uri})
    configuration = {
        "domain": urlsplit(tool.target_link_uri).netloc,
        "description": tool.description,
        "target_link_uri": tool.target_link_uri,
        "custom_parameters": tool.custom,
        "claims": [*claims, *(["email"] if tool.share_email else [])],
        "messages": messages,
    }
    held = _answer(the_platform, tool, {vocab.TOOL_CONFIGURATION: configuration})
    named = {"registration_client_uri": the_platform.registration_endpoint}
    return held | (named if the_platform.profile.update_method == "PUT" else {})


def _answer(the_platform: Platform, tool: Tool, wanted: Mapping[str, Any]) -> dict[str, Any]:
    configuration = dict(wanted[vocab.TOOL_CONFIGURATION])
    if the_platform.profile.deployment_in_registration:
        configuration["deployment_id"] = tool.deployment_id
    return {
        "client_id": tool.client_id,
        "application_type": "web",
        "response_types": ["id_token"],
        "grant_types": ["client_credentials", "implicit"],
        "initiate_login_uri": tool.initiate_login_uri,
        "redirect_uris": tool.redirect_uris,
        "client_name": tool.name,
        "jwks_uri": tool.jwks_uri,
        "token_endpoint_auth_method": ASSERTION_METHOD,
        "scope": " ".join(granted_scopes(the_platform, tool)),
        vocab.TOOL_CONFIGURATION: configuration,
    }
