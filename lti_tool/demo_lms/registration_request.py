"""Reading a registration request (LTI Dynamic Registration 1.0, section 3.5; OpenID Connect Dynamic Client Registration)."""

from collections.abc import Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import urlsplit

from lti_tool.demo_lms import vocab
from lti_tool.demo_lms.platform import Platform
from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tool_registry import ToolDescription

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
