"""Keeping registrations, and what an administrator does with them.

A registration that a platform made itself (LTI Dynamic Registration 1.0,
https://www.imsglobal.org/spec/lti-dr/v1p0) is pending: it lets nobody in until an administrator has
approved it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused, NotVisible
from lti_tool.launch import audit, vocab
from lti_tool.launch.keys import new_signing_key
from lti_tool.launch.manual_registration import RegistrationProblems, address_lists, list_problems
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.platforms import record_deployment
from lti_tool.launch.registration_exchange import PlatformAnswer
from lti_tool.models.platforms import Registration, RegistrationStatus


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
        configuration_url=configuration.lasting_address,
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
            "This learning platform is registered with Waymark already; nothing was changed. To update the "
            "registration, an administrator of Waymark makes an address for it on the platform's own page.",
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


def change_addresses(
    session: Session,
    registration_id: int,
    values: Mapping[str, str],
    *,
    local_origins: Collection[str],
    actor: str,
    now: datetime,
) -> Registration:
    """Set the further hosts that may be called and the origins that may embed us.

    `values` are texts with spaces between, by field. Raises RegistrationProblems.
    """
    registration = find_registration_by_key(session, registration_id)
    given = {name: values.get(name, "").strip() for name in ("service_hosts", "frame_origins")}
    problems = list_problems(given, local_origins)
    if problems:
        raise RegistrationProblems(problems)
    registration.service_hosts, registration.frame_origins = address_lists(given)
    registration.updated_at = now
    _note(session, registration, "registration.addresses_changed", actor, now)
    return registration


def missing_scopes(registration: Registration) -> tuple[str, ...]:
    """The services that we need and that the platform, as far as it told us, did not grant."""
    return tuple(scope for scope in vocab.SCOPES if scope not in registration.scopes)


def all_registrations(session: Session) -> list[Registration]:
    """All registrations, those that wait for approval first."""
    order = {RegistrationStatus.PENDING: 0, RegistrationStatus.ACTIVE: 1, RegistrationStatus.DISABLED: 2}
    return sorted(session.scalars(select(Registration)), key=lambda item: (order[item.status], item.label))


def _note(session: Session, registration: Registration, action: str, actor: str, now: datetime) -> None:
    audit.record(session, actor=actor, action=action, subject=f"registration {registration.id}", now=now)
