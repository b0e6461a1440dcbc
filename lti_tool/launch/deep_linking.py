"""Deep linking: a teacher picks activities here, the platform places them in the course.

LTI Deep Linking 2.0 (https://www.imsglobal.org/spec/lti-dl/v2p0). What the platform asked for is kept on
the server with the launch session, so that nothing in a form can change where the answer goes or what it
echoes; an answer is signed once. PyLTI1p3's `DeepLink` makes the message.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from joserfc import jws
from joserfc.jwk import RSAKey
from pylti1p3.deep_link import DeepLink, TDeepLinkData
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.lineitem import LineItem
from pylti1p3.registration import Registration as PyltiRegistration
from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused, NotAllowed
from lti_tool.launch import vocab
from lti_tool.launch.addresses import may_call
from lti_tool.launch.claims import Launch
from lti_tool.launch.keys import signing_key
from lti_tool.launch.roles import Role
from lti_tool.launch.secrets import random_token
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Registration

LIFETIME = timedelta(minutes=5)
_MAY_PICK = frozenset({Role.INSTRUCTOR, Role.TEACHING_ASSISTANT, Role.CONTENT_DEVELOPER, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class ContentItem:
    """One activity to place in the course; with `score_maximum` it gets a gradebook column of its own."""

    title: str
    text: str
    url: str
    custom: Mapping[str, str] = field(default_factory=dict)
    label: str = ""
    score_maximum: float | None = None
    resource_id: str = ""
    tag: str = ""


@dataclass(frozen=True, slots=True)
class DeepLinkingResponse:
    """The signed answer, and where the browser posts it (form field `JWT`)."""

    return_url: str
    jwt: str


def settings_of(launch: Launch, registration: Registration, local_origins: Collection[str]) -> dict[str, Any]:
    """What to remember of a deep-linking request.

    Raises LaunchRefused: `deeplink.role` (403), `deeplink.return_refused` (400).
    """
    if _MAY_PICK.isdisjoint(launch.roles):
        raise LaunchRefused(
            "deeplink.role", "Only people who teach this course can add activities to it.", status=403
        )
    claim = launch.deep_linking or {}
    return_url = claim.get("deep_link_return_url")
    if not isinstance(return_url, str) or not may_call(registration, return_url, local_origins):
        raise LaunchRefused(
            "deeplink.return_refused",
            "The learning platform wants the chosen activities at an address that is not its own; "
            "ask your administrator to check the registration of Waymark.",
            status=400,
        )
    settings: dict[str, Any] = {
        "deep_link_return_url": return_url,
        "accept_types": claim.get("accept_types"),
        "accept_multiple": _yes(claim.get("accept_multiple", False)),
        "accept_line_item": _yes(claim.get("accept_lineitem", True)),
    }
    if "data" in claim:
        settings["data"] = claim["data"]
    return settings


def accepts_multiple(launch_session: LaunchSession) -> bool:
    """Whether the platform takes several activities at once in this deep-linking session."""
    return bool((launch_session.deep_linking or {}).get("accept_multiple"))


def deep_linking_response(
    session: Session, launch_session: LaunchSession, items: Sequence[ContentItem], now: datetime, secret: str
) -> DeepLinkingResponse:
    """Sign the answer to this session's deep-linking request, once.

    Raises NotAllowed: `deeplink.no_session` (403), `deeplink.too_many` (400), `deeplink.used` (409).
    """
    settings = launch_session.deep_linking
    if settings is None:
        raise NotAllowed(
            "deeplink.no_session",
            "Activities can be added only from your course's own content picker; open Waymark from there.",
        )
    if len(items) > 1 and not settings["accept_multiple"]:
        raise NotAllowed(
            "deeplink.too_many", "This place takes one activity; choose only one and send again.", status=400
        )
    used = session.execute(
        update(LaunchSession)
        .where(LaunchSession.id == launch_session.id, LaunchSession.deep_linking_used_at.is_(None))
        .values(deep_linking_used_at=now)
        .returning(LaunchSession.id)
    ).first()
    if used is None:
        raise NotAllowed(
            "deeplink.used",
            "These activities have been sent to your course already; open the content picker again to add more.",
            status=409,
        )
    deployment = launch_session.deployment
    key = signing_key(session, deployment.registration, secret, now)
    message = _Answer(
        _pylti_registration(deployment.registration), deployment.deployment_id, cast(TDeepLinkData, settings)
    )
    claims = message.claims([_resource(item, settings) for item in items], now)
    signed = jws.serialize_compact(
        {"alg": "RS256", "typ": "JWT", "kid": key.kid},
        json.dumps(claims).encode(),
        RSAKey.import_key(key.private_key),
        algorithms=["RS256"],
    )
    return DeepLinkingResponse(settings["deep_link_return_url"], signed)


class _Answer(DeepLink):
    """The library's answer with our clock, and with `data` exactly where the request had it."""

    def claims(self, resources: Sequence[DeepLinkResource], now: datetime) -> dict[str, Any]:
        claims: dict[str, Any] = self.get_message_jwt(resources)
        issued = int(now.timestamp())
        claims |= {"iat": issued, "exp": issued + int(LIFETIME.total_seconds())}
        if "data" not in self._deep_link_settings:
            del claims[vocab.DEEP_LINKING_DATA]
        return claims

    def _generate_nonce(self) -> str:
        return random_token()


class _Resource(DeepLinkResource):
    """The library's content item with the text that it leaves out, and nothing where we have nothing."""

    text = ""

    def to_dict(self) -> dict[str, Any]:
        content: dict[str, Any] = super().to_dict()
        if self.text:
            content["text"] = self.text
        return {name: value for name, value in content.items() if value}


def _resource(item: ContentItem, settings: Mapping[str, Any]) -> DeepLinkResource:
    resource = _Resource()
    resource.text = item.text
    resource.set_title(item.title).set_url(item.url)
    resource.set_custom_params(dict(item.custom))
    if item.score_maximum is not None and settings["accept_line_item"]:
        line_item = LineItem().set_score_maximum(item.score_maximum).set_label(item.label or item.title)
        resource.set_lineitem(line_item.set_resource_id(item.resource_id).set_tag(item.tag))
    return resource


def _pylti_registration(registration: Registration) -> PyltiRegistration:
    return PyltiRegistration().set_issuer(registration.issuer).set_client_id(registration.client_id)


def _yes(value: object) -> bool:
    return value is True or value == "true"
