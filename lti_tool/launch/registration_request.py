"""The message with which we register at a platform, in the dialect that the platform advertises.

LTI Dynamic Registration 1.0, section 3.5 (https://www.imsglobal.org/spec/lti-dr/v1p0), with Canvas's
extension (https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.registration) and
Moodle's rules (public/mod/lti/classes/local/ltiopenid/registration_helper.php of
https://github.com/moodle/moodle). Canvas refuses scopes, placements and messages that it does not know,
so only what a platform offers is asked for.
"""

from __future__ import annotations

from typing import Any

from lti_tool.launch import tool_configuration, vocab
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.tool_configuration import CUSTOM_PARAMETERS, OwnAddresses

CANVAS = "https://canvas.instructure.com/lti/"
_CLAIMS = ("iss", "sub", "name", "given_name", "family_name")
_WANTED_PLACEMENTS = {
    vocab.RESOURCE_LINK_REQUEST: ("course_navigation",),
    vocab.DEEP_LINKING_REQUEST: ("ContentArea", "link_selection", "assignment_selection"),
}


def wanted_scopes(configuration: PlatformConfiguration) -> tuple[str, ...]:
    """The services that we ask for, of those that the platform offers.

    A platform that lists none may have the usual ones; notices it must name.
    """
    usual = tuple(
        scope for scope in vocab.SCOPES if not configuration.scopes or scope in configuration.scopes
    )
    return usual + ((vocab.NOTICE_HANDLERS,) if vocab.NOTICE_HANDLERS in configuration.scopes else ())


def wanted_claims(configuration: PlatformConfiguration) -> tuple[str, ...]:
    """What we want to be told about a person: a name, and for families whose report it is. No e-mail."""
    mentor = (vocab.ROLE_SCOPE_MENTOR,) if vocab.ROLE_SCOPE_MENTOR in configuration.claims else ()
    return _CLAIMS + mentor


def tells_families(configuration: PlatformConfiguration) -> bool:
    """Whether we would be told to which children a family member belongs."""
    claim = vocab.ROLE_SCOPE_MENTOR in configuration.claims
    return claim or CUSTOM_PARAMETERS["observees"] in configuration.variables


def registration_request(configuration: PlatformConfiguration, address: str) -> dict[str, Any]:
    """The client registration message for this platform; `address` is our own origin."""
    own = OwnAddresses(address)
    tool: dict[str, Any] = {
        "domain": own.domain,
        "description": tool_configuration.DESCRIPTION,
        "target_link_uri": own.launch,
        "custom_parameters": {
            name: f"${variable}"
            for name, variable in CUSTOM_PARAMETERS.items()
            if variable in configuration.variables
        },
        "claims": list(wanted_claims(configuration)),
        "messages": _messages(configuration, own),
    }
    if configuration.product_family == "canvas":
        tool |= {
            CANVAS + "privacy_level": tool_configuration.PRIVACY_LEVEL,
            CANVAS + "tool_id": tool_configuration.TOOL_ID,
            CANVAS + "vendor": tool_configuration.NAME,
        }
    return {
        "application_type": "web",
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "initiate_login_uri": own.login,
        "redirect_uris": [own.launch],
        "client_name": tool_configuration.NAME,
        "client_uri": address,
        "logo_uri": own.icon,
        "jwks_uri": own.key_set,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted_scopes(configuration)),
        vocab.TOOL_CONFIGURATION: tool,
    }


def _messages(configuration: PlatformConfiguration, own: OwnAddresses) -> list[dict[str, Any]]:
    link = _message(configuration, vocab.RESOURCE_LINK_REQUEST, own, tool_configuration.NAME)
    if configuration.product_family == "canvas":
        # In a course the link is there, switched off until a teacher shows it; then all members see it.
        link |= {CANVAS + "course_navigation/default_enabled": False, CANVAS + "visibility": "members"}
    picker = _message(configuration, vocab.DEEP_LINKING_REQUEST, own, tool_configuration.PICKER_LABEL)
    picker["supported_types"] = [vocab.RESOURCE_LINK_TYPE]
    review = {"type": vocab.SUBMISSION_REVIEW_REQUEST, "target_link_uri": own.launch}
    return [link, picker] + ([review] if _reviews_submissions(configuration) else [])


def _reviews_submissions(configuration: PlatformConfiguration) -> bool:
    """Moodle has the message without advertising it, and passes over what it does not know; Canvas does not."""
    return (
        vocab.SUBMISSION_REVIEW_REQUEST in configuration.placements
        or configuration.product_family == "moodle"
    )


def _message(
    configuration: PlatformConfiguration, kind: str, own: OwnAddresses, label: str
) -> dict[str, Any]:
    """One message with the wanted placements that the platform offers, in its own spelling.

    Canvas advertises its placements as addresses ending in the name, or as the bare name.
    """
    offered = configuration.placements.get(kind, ())
    wanted = _WANTED_PLACEMENTS[kind]
    chosen = [name for name in offered if name in wanted or name.removeprefix(CANVAS) in wanted]
    message: dict[str, Any] = {
        "type": kind,
        "target_link_uri": own.launch,
        "label": label,
        "icon_uri": own.icon,
    }
    return message | ({"placements": chosen} if chosen else {})
