"""Deep linking: a teacher picks activities here, the platform places them in the course.

LTI Deep Linking 2.0 (https://www.imsglobal.org/spec/lti-dl/v2p0). What the platform asked for is kept on
the server with the launch session, so that nothing in a form can change where the answer goes or what it
echoes; an answer is signed once. PyLTI1p3's `DeepLink` makes the message.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from joserfc import jws
from joserfc.jwk import RSAKey
from pylti1p3.deep_link import DeepLink, TDeepLinkData
from pylti1p3.deep_link_resource import DeepLinkResource
from pylti1p3.registration import Registration as PyltiRegistration
from sqlalchemy import update
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused, NotAllowed
from lti_tool.launch import vocab
from lti_tool.launch.addresses import may_call
from lti_tool.launch.claims import Launch
from lti_tool.launch.content_items import ContentItem, Place, place, wire_item
from lti_tool.launch.keys import signing_key
from lti_tool.launch.roles import Role
from lti_tool.launch.secrets import random_token
from lti_tool.launch.wire import wire_text, wire_words
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Deployment, Registration

LIFETIME = timedelta(minutes=5)
_MAY_PICK = frozenset({Role.INSTRUCTOR, Role.TEACHING_ASSISTANT, Role.CONTENT_DEVELOPER, Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True, kw_only=True)
class Remarks:
    """What the platform shows to the teacher besides the items, and what it writes into its own log."""

    message: str = ""
    log: str = ""
    error: str = ""
    error_log: str = ""


@dataclass(frozen=True, slots=True)
class DeepLinkingResponse:
    """The signed answer, where the browser posts it (form field `JWT`), and how much it adds."""

    return_url: str
    jwt: str
    items: int


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
        "accept_types": list(wire_words(claim.get("accept_types"))),
        "accept_presentation_document_targets": list(
            wire_words(claim.get("accept_presentation_document_targets"))
        ),
        "accept_multiple": _yes(claim.get("accept_multiple", False)),
        "accept_line_item": _yes(claim.get("accept_lineitem", True)),
        "auto_create": _yes(claim.get("auto_create", False)),
        "title": wire_text(claim.get("title")),
        "text": wire_text(claim.get("text")),
    }
    if "data" in claim:
        settings["data"] = claim["data"]
    return settings


def open_place(launch_session: LaunchSession) -> Place:
    """What the platform takes, while this session's deep-linking request waits for its answer.

    Raises NotAllowed: `deeplink.no_session` (403), `deeplink.used` (409).
    """
    if launch_session.deep_linking is None:
        raise NotAllowed(
            "deeplink.no_session",
            "Activities can be added only from your course's own content picker; open Waymark from there.",
        )
    if launch_session.deep_linking_used_at is not None:
        raise _used()
    return place(launch_session.deep_linking)


def deep_linking_response(
    session: Session,
    launch_session: LaunchSession,
    items: Sequence[ContentItem],
    now: datetime,
    secret: str,
    *,
    remarks: Remarks | None = None,
) -> DeepLinkingResponse:
    """Sign the answer to this session's deep-linking request, once. No items: the teacher wants none.

    Raises NotAllowed: `deeplink.no_session` (403), `deeplink.too_many` (400), `deeplink.type_refused` (400),
    `deeplink.used` (409).
    """
    where = open_place(launch_session)
    settings: Mapping[str, Any] = launch_session.deep_linking or {}
    if items and vocab.RESOURCE_LINK_TYPE not in (settings.get("accept_types") or ()):
        raise NotAllowed(
            "deeplink.type_refused",
            "This place takes no activities; open the content picker at another place of your course.",
            status=400,
        )
    if len(items) > 1 and not where.several:
        raise NotAllowed(
            "deeplink.too_many", "This place takes one activity; choose only one and send again.", status=400
        )
    _use_up(session, launch_session, now)
    deployment = session.get_one(Deployment, launch_session.deployment_id)
    key = signing_key(session, deployment.registration, secret, now)
    message = _Answer(
        _pylti_registration(deployment.registration), deployment.deployment_id, cast(TDeepLinkData, settings)
    )
    claims = message.claims([_Resource(wire_item(item, where)) for item in items], now) | _remarks(remarks)
    signed = jws.serialize_compact(
        {"alg": "RS256", "typ": "JWT", "kid": key.kid},
        json.dumps(claims).encode(),
        RSAKey.import_key(key.private_key),
        algorithms=["RS256"],
    )
    return DeepLinkingResponse(settings["deep_link_return_url"], signed, len(items))


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
    """An item of ours in the library's place: its own knows no text, dates, hints or reviews."""

    def __init__(self, wire: dict[str, Any]) -> None:
        super().__init__()
        self._wire = wire

    def to_dict(self) -> dict[str, Any]:
        return self._wire


def _use_up(session: Session, launch_session: LaunchSession, now: datetime) -> None:
    """Of two answers at the same moment the database lets one through."""
    used = session.execute(
        update(LaunchSession)
        .where(LaunchSession.id == launch_session.id, LaunchSession.deep_linking_used_at.is_(None))
        .values(deep_linking_used_at=now)
        .returning(LaunchSession.id)
    ).first()
    if used is None:
        raise _used()


def _used() -> NotAllowed:
    return NotAllowed(
        "deeplink.used",
        "This choice has been sent to your course already; open the content picker again to add more.",
        status=409,
    )


def _remarks(remarks: Remarks | None) -> dict[str, str]:
    if remarks is None:
        return {}
    claims = {
        vocab.DEEP_LINKING_MESSAGE: remarks.message,
        vocab.DEEP_LINKING_LOG: remarks.log,
        vocab.DEEP_LINKING_ERROR: remarks.error,
        vocab.DEEP_LINKING_ERROR_LOG: remarks.error_log,
    }
    return {name: text for name, text in claims.items() if text}


def _pylti_registration(registration: Registration) -> PyltiRegistration:
    return PyltiRegistration().set_issuer(registration.issuer).set_client_id(registration.client_id)


def _yes(value: object) -> bool:
    return value is True or value == "true"
