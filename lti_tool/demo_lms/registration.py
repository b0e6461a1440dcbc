"""Dynamic registration (LTI Dynamic Registration 1.0): configuration, key set, and the registration endpoint."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from lti_tool.demo_lms import message_log, vocab
from lti_tool.demo_lms.claims import granted_scopes
from lti_tool.demo_lms.database import db
from lti_tool.demo_lms.keys import public_key_set
from lti_tool.demo_lms.platform import Platform, platform, random_token
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tables import RegistrationToken, Tool
from lti_tool.demo_lms.tokens import token_hash
from lti_tool.demo_lms.tool_registry import ToolDescription, register
from lti_tool.demo_lms.variables import advertised

bp = Blueprint("registration", __name__)

TOKEN_LIFE = timedelta(hours=1)
LARGEST_REGISTRATION = 100_000
ASSERTION_METHOD: Final = "private_key_jwt"
REQUIRED = (
    "response_types",
    "initiate_login_uri",
    "redirect_uris",
    "client_name",
    "jwks_uri",
    "token_endpoint_auth_method",
    vocab.TOOL_CONFIGURATION,
)


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
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
        "jwks_uri": the_platform.jwks_uri,
        "registration_endpoint": the_platform.registration_endpoint,
        "scopes_supported": ["openid", *vocab.SCOPES],
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


def new_registration_token(session: Session, the_platform: Platform) -> str:
    """A token that registers one tool within the hour (the caller commits)."""
    token = random_token()
    session.add(RegistrationToken(token_hash=token_hash(token), expires_at=the_platform.now() + TOKEN_LIFE))
    return token


@bp.post("/lti/registration")
def registered() -> Response:
    """Take a registration; the tool waits for the administrator (Pending)."""
    session = db()
    tool: Tool | None = None
    refusal: Refusal | None = None
    wanted: Mapping[str, Any] = {}
    body: Any
    try:
        token = _token(session, platform())
        wanted = _object()
        described = describe(wanted, platform())
        token.used = True
        tool = register(session, platform().profile, described, active=False, now=platform().now())
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


def _invalid(code: str, sentence: str) -> Refusal:
    return Refusal(f"registration.{code}", sentence, status=400, oauth_error="invalid_client_metadata")


def describe(wanted: Mapping[str, Any], the_platform: Platform) -> ToolDescription:
    """What a registration request says. Refused: missing or wrong members."""
    for name in REQUIRED:
        if not wanted.get(name):
            raise _invalid(f"member_missing:{name}", f"The registration has no {name}.")
    _check_oauth_members(wanted)
    tool = wanted[vocab.TOOL_CONFIGURATION]
    if not isinstance(tool, dict):
        raise _invalid("tool_configuration", f"{vocab.TOOL_CONFIGURATION} must be an object.")
    target = tool.get("target_link_uri")
    if not _is_address(target):
        raise _invalid("target_link_uri", "The tool configuration needs a target_link_uri.")
    if not isinstance(tool.get("domain"), str) or not tool["domain"]:
        raise _invalid("domain_missing", "The tool configuration has no domain.")
    if tool["domain"].lower() not in {urlsplit(target).netloc.lower(), *_host(target, the_platform)}:
        raise _invalid("domain_mismatch", "The domain is not that of the target_link_uri.")
    messages = tool.get("messages", [])
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        raise _invalid("messages", "The messages must be a list of objects.")
    claims = tool.get("claims", [])
    deep_linking = _message(messages, vocab.DEEP_LINKING_REQUEST)
    navigation = _navigation(messages)
    return ToolDescription(
        name=str(wanted["client_name"]),
        description=str(tool.get("description", "")),
        initiate_login_uri=wanted["initiate_login_uri"],
        redirect_uris=tuple(wanted["redirect_uris"]),
        jwks_uri=wanted["jwks_uri"],
        target_link_uri=target,
        scopes=tuple(str(wanted.get("scope", "")).split()),
        deep_linking_uri=deep_linking.get("target_link_uri", target) if deep_linking is not None else None,
        navigation_uri=navigation.get("target_link_uri", target) if navigation is not None else None,
        navigation_label=navigation.get("label") if navigation is not None else None,
        share_names=bool({"name", "given_name", "family_name"} & set(claims)),
        share_email="email" in claims,
        custom=_custom(tool),
        message_custom={
            message["type"]: _custom(message) for message in messages if isinstance(message.get("type"), str)
        },
    )


def _check_oauth_members(wanted: Mapping[str, Any]) -> None:
    if "id_token" not in wanted["response_types"]:
        raise _invalid("response_types", "The response_types must contain id_token.")
    if wanted["token_endpoint_auth_method"] != ASSERTION_METHOD:
        raise _invalid("authentication_method", "The token_endpoint_auth_method must be private_key_jwt.")
    if wanted.get("application_type", "web") != "web":
        raise _invalid("application_type", "The application_type must be web.")
    redirects = wanted["redirect_uris"]
    if not isinstance(redirects, list) or not all(_is_address(uri) for uri in redirects):
        raise _invalid("redirect_uris", "The redirect_uris must be a list of web addresses.")
    for name in ("initiate_login_uri", "jwks_uri"):
        if not _is_address(wanted[name]):
            raise _invalid(name, f"The {name} must be a web address.")


def _is_address(value: object) -> TypeGuard[str]:
    return (
        isinstance(value, str)
        and urlsplit(value).scheme in {"http", "https"}
        and bool(urlsplit(value).netloc)
    )


def _host(target: str, the_platform: Platform) -> set[str]:
    # The specification calls it a domain; with a port in the address, platforms differ on whether the port belongs to it.
    parts = urlsplit(target)
    return {parts.hostname} if parts.hostname and the_platform.profile.domain_without_port else set()


def _message(messages: list[dict[str, Any]], message_type: str) -> dict[str, Any] | None:
    return next((message for message in messages if message.get("type") == message_type), None)


def _navigation(messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The message for course navigation: one that names it, else a resource link message that names no placement."""
    links = [message for message in messages if message.get("type") == vocab.RESOURCE_LINK_REQUEST]
    for message in links:
        if any(
            str(name).rpartition("/")[2] in {"course_navigation", "course"}
            for name in message.get("placements") or []
        ):
            return message
    return next((message for message in links if not message.get("placements")), None)


def _custom(values: Mapping[str, Any]) -> dict[str, Any]:
    custom = values.get("custom_parameters", {})
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        raise _invalid("custom_parameters", "The custom_parameters must be an object whose values are text.")
    return dict(custom)


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
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(granted_scopes(the_platform, tool)),
        vocab.TOOL_CONFIGURATION: configuration,
    }
