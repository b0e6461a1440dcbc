"""A platform's notice: verified like a launch, taken once.

Platform Notification Service 1.0 (https://www.imsglobal.org/spec/lti-pns/v1p0/main); the claims of Canvas are
in github.com/instructure/canvas-lms, doc/api/pns.md. A notice is a signed token like an id_token, without a
person and without a login before it. So there is no nonce to compare; a repeated one is known by its id and
changes nothing, which is why it may also be older than a launch may: platforms try again after an outage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused
from lti_tool.launch import vocab
from lti_tool.launch.claims import ContextClaim
from lti_tool.launch.copies import offer_original
from lti_tool.launch.inserting import insert_once
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.platforms import require_active
from lti_tool.launch.signed_tokens import (
    LEEWAY_SECONDS,
    LONGEST_LIFE_SECONDS,
    audiences_of,
    read_parts,
    require_azp,
    require_signature,
    seconds_of,
)
from lti_tool.launch.wire import wire_id, wire_ids, wire_list, wire_object, wire_string, wire_text
from lti_tool.models.courses import Context, SyncState
from lti_tool.models.platforms import Deployment, DeploymentStatus, PlatformNotice, Registration
from lti_tool.models.policies import first_mode

_LONGEST_TYPE = 64
_MOST_ORIGINS = 50
_LONGEST_LINEAGE = 10


@dataclass(frozen=True, slots=True)
class Notice:
    """What one verified notice says. `context` and `origin_contexts` are empty where its type has none."""

    deployment_key: int
    id: str
    type: str
    context: ContextClaim | None
    origin_contexts: tuple[str, ...]


def verify_notice(session: Session, token: str, *, keys: PlatformKeys, now: datetime) -> Notice:
    """Verify a notice and say what it means. Nothing is changed.

    Raises LaunchRefused: the codes of `signed_tokens`, `launch.iss` (unknown platform or client),
    `login.registration_disabled`, `launch.expired`, `launch.time`, `launch.version`,
    `launch.deployment_unknown` (also for one that an administrator has not added: a notice never adds one),
    `notice.malformed`; and PlatformUnavailable when the platform's keys cannot be had.
    """
    header, payload = read_parts(token)
    registration = _registration(session, payload)
    require_active(registration)
    require_signature(token, header.get("kid"), registration, keys=keys, now=now)
    _require_times(payload, now)
    if payload.get(vocab.VERSION) != vocab.LTI_VERSION:
        raise LaunchRefused("launch.version", "This is not an LTI 1.3 notice.", status=400)
    deployment = session.scalar(
        select(Deployment).where(
            Deployment.registration_id == registration.id,
            Deployment.deployment_id == wire_id(payload.get(vocab.DEPLOYMENT_ID)),
            Deployment.status == DeploymentStatus.ACTIVE,
        )
    )
    if deployment is None:
        raise LaunchRefused(
            "launch.deployment_unknown", "This notice is from a deployment that is not in use.", status=403
        )
    claim = wire_object(payload, vocab.NOTICE)
    notice_id, notice_type = wire_id(claim.get("id")), wire_string(claim.get("type"))
    if not notice_id or not 0 < len(notice_type) <= _LONGEST_TYPE:
        raise malformed("its notice claim has no id or type")
    return Notice(
        deployment_key=deployment.id,
        id=notice_id,
        type=notice_type,
        context=_context(payload),
        origin_contexts=wire_ids(wire_list(payload.get(vocab.ORIGIN_CONTEXTS)), most=_MOST_ORIGINS),
    )


def take_notice(session: Session, notice: Notice, *, now: datetime) -> bool:
    """Do what the notice asks for, once; says whether it was new. Types that we do not know do nothing."""
    is_new = insert_once(
        session,
        PlatformNotice,
        {
            "deployment_id": notice.deployment_key,
            "notice_id": notice.id,
            "notice_type": notice.type,
            "received_at": now,
        },
    )
    if is_new and notice.type == vocab.CONTEXT_COPY_NOTICE and notice.context is not None:
        _follow_copy(session, notice, notice.context, now=now)
    return is_new


def malformed(why: str) -> LaunchRefused:
    """The refusal of what is no notice at all."""
    return LaunchRefused(
        "notice.malformed", "This is not a notice of a learning platform.", detail=why, status=400
    )


def _registration(session: Session, payload: Mapping[str, Any]) -> Registration:
    """The registration that the token claims to come from and to be for; its signature decides later."""
    audiences, authorized = audiences_of(payload.get("aud")), payload.get("azp")
    client_id = (
        authorized if isinstance(authorized, str) and authorized in audiences else "".join(audiences[:1])
    )
    require_azp(authorized, audiences, client_id)
    found = session.scalar(
        select(Registration).where(
            Registration.issuer == wire_id(payload.get("iss")), Registration.client_id == wire_id(client_id)
        )
    )
    if found is None:
        raise LaunchRefused("launch.iss", "This notice is from a platform that is not registered here.")
    return found


def _require_times(payload: Mapping[str, Any], now: datetime) -> None:
    expires, issued = seconds_of(payload.get("exp")), seconds_of(payload.get("iat"))
    not_before = seconds_of(payload.get("nbf", issued))
    if expires is None or expires + LEEWAY_SECONDS < now.timestamp():
        raise LaunchRefused("launch.expired", "This notice has expired.")
    if (
        issued is None
        or not_before is None
        or max(issued, not_before) > now.timestamp() + LEEWAY_SECONDS
        or expires - issued > LONGEST_LIFE_SECONDS
    ):
        raise LaunchRefused("launch.time", "The clocks of the platform and of Waymark disagree.")


def _context(payload: Mapping[str, Any]) -> ContextClaim | None:
    claim = wire_object(payload, vocab.CONTEXT)
    context_id = wire_id(claim.get("id"))
    if not context_id:
        return None
    return ContextClaim(context_id, title=wire_text(claim.get("title")), label=wire_text(claim.get("label")))


def _follow_copy(session: Session, notice: Notice, claim: ContextClaim, *, now: datetime) -> None:
    """Note which course the new one was copied from. A course that came from none of ours leaves no trace."""
    lineage = _lineage(session, notice)
    if not lineage or claim.id in notice.origin_contexts:
        return
    insert_once(
        session,
        Context,
        {
            "deployment_id": notice.deployment_key,
            "context_id": claim.id,
            "title": claim.title,
            "label": claim.label,
            "service_scopes": [],
            "sync_state": SyncState.NEVER,
            "sync_progress": "",
            "mode": first_mode(notice.deployment_key),
            "created_at": now,
        },
    )
    copied = _find(session, notice.deployment_key, claim.id)
    if copied is None:
        return
    offer_original(session, context_key=copied.id, ancestors=[origin.context_id for origin in lineage])
    # An original without a skill map is remembered all the same: copies of this copy descend from it, too.
    session.execute(
        update(Context)
        .where(Context.id == copied.id, Context.copied_from_id.is_(None), Context.copy_state.is_(None))
        .values(copied_from_id=lineage[0].id)
    )


def _lineage(session: Session, notice: Notice) -> list[Context]:
    """The named originals that we know in this deployment, each with what it was copied from itself."""
    found: list[Context] = []
    for origin_id in notice.origin_contexts:
        ancestor = _find(session, notice.deployment_key, origin_id)
        while ancestor is not None and ancestor not in found and len(found) < _LONGEST_LINEAGE:
            found.append(ancestor)
            ancestor = ancestor.copied_from
    return found


def _find(session: Session, deployment_key: int, context_id: str) -> Context | None:
    return session.scalar(
        select(Context).where(Context.deployment_id == deployment_key, Context.context_id == context_id)
    )
