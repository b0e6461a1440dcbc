"""Changing a registration that exists: after the platform took an update, or described itself anew.

Issuer and client id never change. An endpoint that stays on its host is taken over with an update that an
administrator invited; one that moves to another host waits until an administrator has seen and accepted it,
because whoever controls the key set or the token address controls the registration.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, LaunchRefused
from lti_tool.launch import audit, vocab
from lti_tool.launch.addresses import origin
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.registration_exchange import CurrentRegistration, PlatformAnswer
from lti_tool.models.platforms import PlatformKeySet, Registration

_OUR_SCOPES: Final = frozenset({*vocab.SCOPES, vocab.NOTICE_HANDLERS})
ENDPOINTS: Final = ("auth_login_url", "auth_token_url", "key_set_url", "auth_audience")


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """One address that the platform names differently now. `stays` means on the host where it was."""

    field: str
    before: str
    after: str
    stays: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What an update changes in one part of what the platform holds about us."""

    part: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def require_same_platform(
    registration: Registration, configuration: PlatformConfiguration, current: CurrentRegistration | None
) -> None:
    """Raise LaunchRefused unless platform and client are those of `registration`.

    Codes: `registration.other_platform`, `registration.other_client` (both 409).
    """
    if configuration.issuer != registration.issuer:
        raise LaunchRefused(
            "registration.other_platform",
            "This address updates the registration of another learning platform; nothing was changed. Make "
            "the address again on Waymark's page of the platform that you want to update.",
            status=409,
        )
    if current is not None:
        _require_client(registration, current.client_id)


def endpoint_changes(
    registration: Registration, configuration: PlatformConfiguration
) -> tuple[EndpointChange, ...]:
    """The endpoints that the platform names differently from what we hold."""
    named = {
        "auth_login_url": configuration.authorization_endpoint,
        "auth_token_url": configuration.token_endpoint,
        "key_set_url": configuration.key_set_url,
        "auth_audience": configuration.authorization_server,
    }
    held: Mapping[str, str] = {field: getattr(registration, field) or "" for field in ENDPOINTS}
    return tuple(
        EndpointChange(
            field, held[field], named[field], stays=origin(held[field]) == origin(named[field]) != ""
        )
        for field in ENDPOINTS
        if held[field] != named[field]
    )


def new_origins(registration: Registration, configuration: PlatformConfiguration) -> tuple[str, ...]:
    """Origins whose pages would embed us after the platform's move, and may not yet."""
    return tuple(item for item in configuration.page_origins if item not in registration.frame_origins)


def differences(current: CurrentRegistration, message: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What of that which the platform holds about us `message` would change."""
    before, after = _parts(current.document), _parts(message)
    return tuple(
        Difference(
            part,
            gone=tuple(item for item in before[part] if item not in after[part]),
            new=tuple(item for item in after[part] if item not in before[part]),
        )
        for part in after
        if set(before[part]) != set(after[part])
        # Moodle keeps no more of the messages than that there is deep linking.
        and not (part == "messages" and vocab.RESOURCE_LINK_REQUEST not in before[part])
    )


def apply_update(
    session: Session,
    registration: Registration,
    configuration: PlatformConfiguration,
    answer: PlatformAnswer,
    *,
    now: datetime,
) -> tuple[EndpointChange, ...]:
    """Keep what the platform granted, and endpoints that stayed on their hosts; give back those that wait.

    Raises LaunchRefused (`registration.other_platform`, `registration.other_client`); then nothing of ours
    has changed, but the platform may have made a second tool that its administrator should delete.
    """
    require_same_platform(registration, configuration, None)
    _require_client(registration, answer.client_id)
    changes = endpoint_changes(registration, configuration)
    taken = [change for change in changes if change.stays]
    _take_over(session, registration, taken)
    registration.scopes = list(answer.scopes)
    registration.configuration_url = configuration.lasting_address
    registration.updated_at = now
    audit.record(
        session,
        actor="platform",
        action="registration.updated",
        subject=f"registration {registration.id}",
        now=now,
        endpoints=" ".join(change.field for change in taken),
    )
    return tuple(change for change in changes if not change.stays)


def accept_description(
    session: Session,
    registration: Registration,
    configuration: PlatformConfiguration,
    *,
    seen: str,
    actor: str,
    now: datetime,
) -> tuple[EndpointChange, ...]:
    """Take over all endpoints as the platform describes them now, because an administrator accepts them.

    `seen` is the `fingerprint` of what the administrator saw. Raises Fixable (`registration.changed_again`)
    when the platform says something else by now, and LaunchRefused (`registration.other_platform`).
    """
    require_same_platform(registration, configuration, None)
    if seen != fingerprint(registration, configuration):
        raise Fixable(
            "registration.changed_again",
            "The learning platform's description has changed since you looked at it; check it again.",
        )
    changes = endpoint_changes(registration, configuration)
    _take_over(session, registration, changes)
    registration.frame_origins = [*registration.frame_origins, *new_origins(registration, configuration)]
    registration.updated_at = now
    audit.record(
        session,
        actor=actor,
        action="registration.endpoints_accepted",
        subject=f"registration {registration.id}",
        now=now,
        endpoints=" ".join(change.field for change in changes),
    )
    return changes


def fingerprint(registration: Registration, configuration: PlatformConfiguration) -> str:
    """A short stand-in for exactly these changes, so that nothing else is accepted by mistake."""
    changes = [(change.field, change.after) for change in endpoint_changes(registration, configuration)]
    told = json.dumps([changes, new_origins(registration, configuration)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def _take_over(
    session: Session, registration: Registration, changes: list[EndpointChange] | tuple[EndpointChange, ...]
) -> None:
    for change in changes:
        setattr(registration, change.field, change.after or None)
    if any(change.field == "key_set_url" for change in changes):
        session.execute(delete(PlatformKeySet).where(PlatformKeySet.registration_id == registration.id))


def _require_client(registration: Registration, client_id: str) -> None:
    if client_id != registration.client_id:
        raise LaunchRefused(
            "registration.other_client",
            "The learning platform updates another tool than the one that Waymark knows; nothing was changed "
            "in Waymark. In the platform, choose “Update” for the tool with the client id "
            f"{registration.client_id}, and delete a second one if it was made.",
            status=409,
        )


def _parts(document: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The parts of a registration that say something to an administrator, each as a list of texts."""
    tool = document.get(vocab.TOOL_CONFIGURATION)
    tool = tool if isinstance(tool, dict) else {}
    custom = tool.get("custom_parameters")
    scope = document.get("scope")
    kinds = _texts([item.get("type") for item in _list(tool.get("messages")) if isinstance(item, dict)])
    addresses = [document.get(name) for name in ("initiate_login_uri", "jwks_uri")]
    return {
        "name": _texts([document.get("client_name")]),
        "addresses": _texts([*addresses, *_list(document.get("redirect_uris")), tool.get("target_link_uri")]),
        # Moodle adds scopes that are implied by others; they are no news.
        "services": tuple(item for item in scope.split() if item in _OUR_SCOPES)
        if isinstance(scope, str)
        else (),
        "parameters": tuple(f"{name}={value}" for name, value in custom.items())
        if isinstance(custom, dict)
        else (),
        "messages": tuple(kind for kind in kinds if kind in vocab.MESSAGE_TYPES),
        "claims": _texts(_list(tool.get("claims"))),
    }


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(values: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for item in values if isinstance(item, str) and item))
