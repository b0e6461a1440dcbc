"""Talking to a platform's registration endpoint: register, read what it holds, update it.

LTI Dynamic Registration 1.0, section 3.5 to 3.7 (https://www.imsglobal.org/spec/lti-dr/v1p0). Moodle and
Canvas take an update as a POST with the platform's token to the endpoint that registers, and Moodle answers
a GET there with what it holds; a platform that follows RFC 7592 names a `registration_client_uri` for both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from lti_tool.errors import PlatformError, PlatformRefused
from lti_tool.launch import vocab
from lti_tool.launch.addresses import origin
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.registration_request import registration_request, wanted_scopes
from lti_tool.launch.wire import read_json, wire_id


@dataclass(frozen=True, slots=True)
class PlatformAnswer:
    """What the platform decided: the client id, perhaps the deployment, and the scopes that it granted."""

    client_id: str
    deployment_id: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CurrentRegistration:
    """What the platform holds about us now, as it showed it; `address` is where it takes an update.

    `method` is PUT where the platform named that address itself (RFC 7592), else POST.
    """

    client_id: str
    document: Mapping[str, Any]
    address: str
    method: str


def send_registration(
    outbound: requests.Session, configuration: PlatformConfiguration, token: str, address: str
) -> PlatformAnswer:
    """Register ourselves at the platform. Raises PlatformRefused (`registration.platform_failed`)."""
    return _send(
        outbound,
        configuration,
        token,
        method="POST",
        url=configuration.registration_endpoint,
        message=registration_request(configuration, address),
    )


def read_current(
    outbound: requests.Session, configuration: PlatformConfiguration, token: str
) -> CurrentRegistration | None:
    """What the platform holds about us, or None where it does not show it.

    Only with an update token does Moodle show it; Canvas wants another kind of token for that.
    """
    url = configuration.registration_endpoint
    try:
        response = outbound.get(url, headers=_headers(token))
        document: Any = read_json(response.content) if response.status_code == 200 else None
    except (PlatformError, ValueError):
        return None
    client_id = _client_id(document)
    if not client_id:
        return None
    named = document.get("registration_client_uri")
    # The token goes nowhere but to the host that the registration endpoint was checked for.
    managed = isinstance(named, str) and origin(named) == origin(url) != ""
    return CurrentRegistration(
        client_id, document, address=named if managed else url, method="PUT" if managed else "POST"
    )


def send_update(
    outbound: requests.Session,
    configuration: PlatformConfiguration,
    token: str,
    address: str,
    *,
    current: CurrentRegistration | None,
) -> PlatformAnswer:
    """Tell the platform what we want now. Raises PlatformRefused (`registration.platform_failed`)."""
    message = registration_request(configuration, address)
    if current is not None:
        message["client_id"] = current.client_id
    return _send(
        outbound,
        configuration,
        token,
        method=current.method if current else "POST",
        url=current.address if current else configuration.registration_endpoint,
        message=message,
    )


def _send(
    outbound: requests.Session,
    configuration: PlatformConfiguration,
    token: str,
    *,
    method: str,
    url: str,
    message: Mapping[str, Any],
) -> PlatformAnswer:
    try:
        response = outbound.request(method, url, json=message, headers=_headers(token))
        answer: Any = read_json(response.content) if response.ok else None
    except (PlatformError, ValueError) as error:
        raise _platform_failed(getattr(error, "code", "not JSON")) from None
    client_id = _client_id(answer)
    if not client_id:
        raise _platform_failed(f"status {response.status_code}")
    scope = answer.get("scope")
    return PlatformAnswer(
        client_id=client_id,
        deployment_id=_deployment_id(answer),
        scopes=tuple(item for item in scope.split() if item != "openid")
        if isinstance(scope, str)
        else wanted_scopes(configuration),
    )


def _client_id(answer: object) -> str:
    """The client id as text; empty when there is none. OAuth's ids are texts (RFC 7591), so a number is none."""
    found = answer.get("client_id") if isinstance(answer, dict) else None
    return wire_id(found) if isinstance(found, str) else ""


def _deployment_id(answer: Mapping[str, Any]) -> str:
    """Moodle names it inside the tool's configuration, Canvas, if at all, beside it."""
    tool = answer.get(vocab.TOOL_CONFIGURATION)
    places = (tool if isinstance(tool, dict) else {}, answer)
    return next((found for place in places if (found := wire_id(place.get("deployment_id")))), "")


def _headers(token: str) -> dict[str, str]:
    return {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})


def _platform_failed(detail: str) -> PlatformRefused:
    return PlatformRefused(
        "registration.platform_failed",
        "The learning platform did not accept the registration. Nothing was stored; start it again from the "
        "platform. The invitation can still be used.",
        detail=detail,
    )
