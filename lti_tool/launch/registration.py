"""Registering a platform dynamically, and what an administrator does with registrations.

LTI Dynamic Registration 1.0 (https://www.imsglobal.org/spec/lti-dr/v1p0). A registration made this way is
pending: it lets nobody in until an administrator has approved it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused, NotVisible, PlatformError, PlatformRefused
from lti_tool.launch import audit, vocab
from lti_tool.launch.addresses import KEY_SET_PATH, LAUNCH_PATH, LOGIN_PATH
from lti_tool.launch.invitations import create_invitation
from lti_tool.launch.keys import new_signing_key
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.platforms import record_deployment
from lti_tool.models.platforms import Registration, RegistrationStatus

NAME = "Waymark"
DESCRIPTION = "Shows every student one good next step, with the reason."
_CANVAS = "https://canvas.instructure.com/lti/"
_CLAIMS = ("iss", "sub", "name", "given_name", "family_name")
_WANTED_PLACEMENTS = {
    vocab.RESOURCE_LINK_REQUEST: ("course_navigation",),
    vocab.DEEP_LINKING_REQUEST: ("ContentArea", "link_selection", "assignment_selection"),
}
# Only variables that a platform offers are asked for: others would come back as plain text.
_WANTED_VARIABLES = {
    "context_history": "Context.id.history",
    "observees": "com.instructure.User.observees",
}


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """What the platform decided: the client id, perhaps the deployment, and the scopes that it granted."""

    client_id: str
    deployment_id: str
    scopes: tuple[str, ...]


def wanted_scopes(configuration: PlatformConfiguration) -> tuple[str, ...]:
    """The services that we ask for, of those that the platform offers."""
    return tuple(scope for scope in vocab.SCOPES if not configuration.scopes or scope in configuration.scopes)


def wanted_claims(configuration: PlatformConfiguration) -> tuple[str, ...]:
    """What we want to be told about a person: a name, and for families whose report it is. No e-mail."""
    mentor = (vocab.ROLE_SCOPE_MENTOR,) if vocab.ROLE_SCOPE_MENTOR in configuration.claims else ()
    return _CLAIMS + mentor


def registration_request(configuration: PlatformConfiguration, address: str) -> dict[str, Any]:
    """The client registration message for this platform (LTI Dynamic Registration 1.0, section 3.5)."""
    target = address + LAUNCH_PATH
    tool: dict[str, Any] = {
        # Moodle wants exactly the host (with its port) of target_link_uri here.
        "domain": urlsplit(address).netloc,
        "description": DESCRIPTION,
        "target_link_uri": target,
        "custom_parameters": {
            name: f"${variable}"
            for name, variable in _WANTED_VARIABLES.items()
            if variable in configuration.variables
        },
        "claims": list(wanted_claims(configuration)),
        "messages": [
            _message(configuration, vocab.RESOURCE_LINK_REQUEST, target, NAME),
            _message(configuration, vocab.DEEP_LINKING_REQUEST, target, f"Add activities from {NAME}"),
        ],
    }
    if configuration.product_family == "canvas":
        tool |= {_CANVAS + "privacy_level": "name_only", _CANVAS + "tool_id": "waymark"}
    return {
        "application_type": "web",
        "grant_types": ["client_credentials", "implicit"],
        "response_types": ["id_token"],
        "initiate_login_uri": address + LOGIN_PATH,
        "redirect_uris": [target],
        "client_name": NAME,
        "client_uri": address,
        "logo_uri": f"{address}/static/icon.svg",
        "jwks_uri": address + KEY_SET_PATH,
        "token_endpoint_auth_method": "private_key_jwt",
        "scope": " ".join(wanted_scopes(configuration)),
        vocab.TOOL_CONFIGURATION: tool,
    }


def send_registration(
    outbound: requests.Session, configuration: PlatformConfiguration, token: str, address: str
) -> PlatformAnswer:
    """Register ourselves at the platform. Raises PlatformRefused (`registration.platform_failed`)."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        response = outbound.post(
            configuration.registration_endpoint,
            json=registration_request(configuration, address),
            headers=headers,
        )
        answer: Any = response.json() if response.ok else None
    except (PlatformError, ValueError) as error:
        raise _platform_failed(getattr(error, "code", "not JSON")) from None
    client_id = answer.get("client_id") if isinstance(answer, dict) else None
    if not isinstance(client_id, str) or not 0 < len(client_id) <= vocab.LONGEST_ID:
        raise _platform_failed(f"status {response.status_code}")
    tool = answer.get(vocab.TOOL_CONFIGURATION)
    deployment_id = tool.get("deployment_id") if isinstance(tool, dict) else None
    scope = answer.get("scope")
    return PlatformAnswer(
        client_id=client_id,
        deployment_id=str(deployment_id) if isinstance(deployment_id, str | int) else "",
        scopes=tuple(scope.split()) if isinstance(scope, str) else wanted_scopes(configuration),
    )


def store_registration(
    session: Session,
    configuration: PlatformConfiguration,
    answer: PlatformAnswer,
    *,
    label: str,
    secret: str,
    now: datetime,
) -> Registration:
    """Keep the registration, pending, with a key pair of its own.

    Raises LaunchRefused (`registration.exists`): what is stored already is never overwritten.
    """
    refuse_existing(session, configuration.issuer, answer.client_id)
    registration = Registration(
        label=(label or configuration.account_name or str(urlsplit(configuration.issuer).netloc))[:200],
        issuer=configuration.issuer,
        client_id=answer.client_id,
        auth_login_url=configuration.authorization_endpoint,
        auth_token_url=configuration.token_endpoint,
        auth_audience=configuration.authorization_server or None,
        key_set_url=configuration.key_set_url,
        product_family=configuration.product_family,
        scopes=list(answer.scopes),
        service_hosts=[configuration.page_host] if configuration.page_host else [],
        frame_origins=configuration.page_origins,
        status=RegistrationStatus.PENDING,
        created_at=now,
    )
    session.add(registration)
    session.flush()
    new_signing_key(session, registration, secret, now)
    if answer.deployment_id:
        record_deployment(session, registration, answer.deployment_id, now)
    audit.record(
        session,
        actor="platform",
        action="registration.created",
        subject=f"registration {registration.id}",
        now=now,
    )
    return registration


def refuse_existing(session: Session, issuer: str, client_id: str) -> None:
    """Raise LaunchRefused (`registration.exists`) where this issuer and client id are registered."""
    found = session.scalar(
        select(Registration.id).where(Registration.issuer == issuer, Registration.client_id == client_id)
    )
    if found is not None:
        raise LaunchRefused(
            "registration.exists",
            "This learning platform is registered with Waymark already; nothing was changed. An "
            "administrator of Waymark can see it in the list of platforms.",
            status=409,
        )


def find_registration_by_key(session: Session, registration_id: int) -> Registration:
    """The registration with this key. Raises NotVisible (`registration.not_found`)."""
    found = session.get(Registration, registration_id)
    if found is None:
        raise NotVisible("registration.not_found", "There is no such platform; go back to the list.")
    return found


def approve_registration(
    session: Session, registration_id: int, *, actor: str, now: datetime
) -> Registration:
    """Let people in from this platform."""
    registration = find_registration_by_key(session, registration_id)
    registration.status = RegistrationStatus.ACTIVE
    registration.approved_at = now
    _note(session, registration, "registration.approved", actor, now)
    return registration


def disable_registration(
    session: Session, registration_id: int, *, actor: str, now: datetime
) -> Registration:
    """Let nobody in from this platform, at once; sessions under way end with their next page."""
    registration = find_registration_by_key(session, registration_id)
    registration.status = RegistrationStatus.DISABLED
    _note(session, registration, "registration.disabled", actor, now)
    return registration


def rename_registration(
    session: Session, registration_id: int, label: str, *, actor: str, now: datetime
) -> Registration:
    """Give the platform another name on our own pages."""
    registration = find_registration_by_key(session, registration_id)
    registration.label = label.strip()[:200] or registration.label
    _note(session, registration, "registration.renamed", actor, now)
    return registration


def all_registrations(session: Session) -> list[Registration]:
    """All registrations, those that wait for approval first."""
    order = {RegistrationStatus.PENDING: 0, RegistrationStatus.ACTIVE: 1, RegistrationStatus.DISABLED: 2}
    return sorted(session.scalars(select(Registration)), key=lambda item: (order[item.status], item.label))


def _message(configuration: PlatformConfiguration, kind: str, target: str, label: str) -> dict[str, Any]:
    """One message with the wanted placements that the platform offers, in its own spelling.

    Canvas advertises its placements as addresses ending in the name.
    """
    offered = configuration.placements.get(kind, ())
    wanted = _WANTED_PLACEMENTS[kind]
    chosen = [name for name in offered if name in wanted or name.removeprefix(_CANVAS) in wanted]
    message: dict[str, Any] = {"type": kind, "target_link_uri": target, "label": label}
    if chosen:
        message["placements"] = chosen
    if kind == vocab.DEEP_LINKING_REQUEST:
        message["supported_types"] = [vocab.RESOURCE_LINK_TYPE]
    return message


def _note(session: Session, registration: Registration, action: str, actor: str, now: datetime) -> None:
    audit.record(session, actor=actor, action=action, subject=f"registration {registration.id}", now=now)


def _platform_failed(detail: str) -> PlatformRefused:
    return PlatformRefused(
        "registration.platform_failed",
        "The learning platform did not accept the registration. Nothing was stored; start it again from the "
        "platform. The invitation can still be used.",
        detail=detail,
    )


__all__ = [
    "PlatformAnswer",
    "all_registrations",
    "approve_registration",
    "create_invitation",
    "disable_registration",
    "find_registration_by_key",
    "registration_request",
    "rename_registration",
    "send_registration",
    "store_registration",
    "wanted_claims",
    "wanted_scopes",
]
