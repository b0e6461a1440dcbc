"""Registrations and deployments: which platforms we know (LTI 1.3 Core, sections 3.1.2 and 3.1.3).

One issuer may stand for thousands of schools and one client id for several deployments, so a tenant is a
registration together with a deployment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from lti_tool.errors import Fixable, LaunchRefused, NotVisible
from lti_tool.launch import audit
from lti_tool.launch.state import LoginState, unrecognised, used
from lti_tool.launch.wire import wire_id
from lti_tool.models.launches import SpentState
from lti_tool.models.platforms import Deployment, DeploymentStatus, Registration, RegistrationStatus
from lti_tool.prepared import Prepared, plain

_MOST_WAITING = 50


def find_registration(
    connection: Connection, issuer: str, client_id: str | None, *, deployment_id: str | None = None
) -> Registration:
    """The active registration of `issuer` and `client_id`, as a plain object outside any session.

    The login names the deployment only on some platforms, and unsigned; where it does, a suspended one is
    refused here already. Raises LaunchRefused: `login.unknown_platform` (the same for an unknown issuer and
    an unknown client), `login.client_ambiguous` when the platform named no client id and the issuer has
    several, `login.registration_disabled`.
    """
    query = _BY_CLIENT if client_id else _BY_ISSUER
    found = query.all(connection, {"issuer": issuer, "client_id": client_id, "deployment_id": deployment_id})
    if not found:
        raise LaunchRefused(
            "login.unknown_platform",
            "This learning platform is not registered with Waymark; ask your administrator to connect it.",
            status=400,
        )
    if len(found) > 1:
        raise LaunchRefused(
            "login.client_ambiguous",
            "Waymark cannot tell which school this launch belongs to, because the learning platform did not "
            "send its client id; ask your administrator to update the platform.",
            status=400,
        )
    *values, deployment_status = found[0]
    registration = _registration(values)
    require_active(registration)
    if deployment_status is DeploymentStatus.SUSPENDED:
        raise LaunchRefused(
            "login.registration_disabled",
            "Waymark is switched off for this school; ask your administrator.",
            detail="suspended",
            status=403,
        )
    return registration


def registration_of_login(connection: Connection, state: LoginState) -> Registration:
    """The registration that a login began with, as a plain object outside any session.

    Raises LaunchRefused: `launch.state_used` when the login was answered before (this only tells a person
    early; spending the state decides), `launch.state_invalid` when the registration is gone.
    """
    found = _BY_STATE.first(connection, {"registration_id": state.registration_id, "digest": state.digest})
    if found is None:
        raise unrecognised()
    *values, spent = found
    if spent is not None:
        raise used()
    return _registration(values)


def _registration(values: Sequence[Any]) -> Registration:
    return plain(Registration, _NAMES, values)


_COLUMNS = tuple(Registration.__table__.c)
_NAMES = tuple(column.key for column in _COLUMNS)
_OF_ISSUER = (
    select(*_COLUMNS, Deployment.status)
    .outerjoin(
        Deployment,
        and_(
            Deployment.registration_id == Registration.id,
            Deployment.deployment_id == bindparam("deployment_id"),
        ),
    )
    .where(Registration.issuer == bindparam("issuer"))
    .limit(2)
)
_BY_ISSUER = Prepared(_OF_ISSUER)
_BY_CLIENT = Prepared(_OF_ISSUER.where(Registration.client_id == bindparam("client_id")))
_BY_STATE = Prepared(
    select(*_COLUMNS, SpentState.digest)
    .outerjoin(SpentState, SpentState.digest == bindparam("digest"))
    .where(Registration.id == bindparam("registration_id"))
)


def require_active(registration: Registration) -> None:
    """Raise LaunchRefused (`login.registration_disabled`) unless an administrator approved `registration`."""
    if registration.status is RegistrationStatus.ACTIVE:
        return
    raise LaunchRefused(
        "login.registration_disabled",
        "This learning platform is registered with Waymark, but an administrator of Waymark has not "
        "switched it on."
        if registration.status is RegistrationStatus.PENDING
        else "This learning platform is switched off in Waymark; ask your administrator.",
        detail=registration.status.value,
        status=403,
    )


def launch_deployment(
    session: Session, registration: Registration, deployment_id: str, now: datetime
) -> Deployment:
    """The deployment named by a verified launch of an active `registration`.

    Raises LaunchRefused: `launch.deployment_unknown`, `launch.account_disabled` (suspended).

    Trust on first use: Canvas and others do not tell the deployment id when they are registered; it is
    first seen in a launch. So the first verified launch of a registration that has no deployment at all
    makes that one active: the platform's signature vouches for it, and an administrator has approved the
    platform. Any further one must be added by an administrator, because platforms such as hosted Canvas
    let many schools share a client id; see `let_wait`.
    """
    deployment = _find(session, registration, deployment_id)
    if deployment is not None and deployment.status is DeploymentStatus.SUSPENDED:
        raise LaunchRefused(
            "launch.account_disabled",
            "Waymark is switched off for this school; ask your administrator.",
            status=403,
        )
    if deployment is not None and deployment.status is DeploymentStatus.ACTIVE:
        return deployment
    if deployment is None and not _count(session, registration):
        return record_deployment(session, registration, deployment_id, now)
    raise LaunchRefused(
        "launch.deployment_unknown",
        "Waymark was installed here in a new place of the learning platform, which an administrator of "
        "Waymark has to add first.",
        status=403,
    )


def let_wait(session: Session, registration: Registration, deployment_id: str, now: datetime) -> None:
    """Note a deployment that a signed launch came from and that nobody added, for an administrator to see.

    The platform vouches for it, so strangers cannot fill the list; what its own schools can is bounded.
    """
    if _find(session, registration, deployment_id) is None:
        waiting = _count(session, registration, DeploymentStatus.WAITING)
        if waiting < _MOST_WAITING:
            record_deployment(session, registration, deployment_id, now, status=DeploymentStatus.WAITING)


def record_deployment(
    session: Session,
    registration: Registration,
    deployment_id: str,
    now: datetime,
    *,
    status: DeploymentStatus = DeploymentStatus.ACTIVE,
) -> Deployment:
    """Add a deployment to `registration`, or give back the one that is there."""
    known = _find(session, registration, deployment_id)
    if known is not None:
        return known
    deployment = Deployment(
        registration_id=registration.id, deployment_id=deployment_id, status=status, created_at=now
    )
    session.add(deployment)
    session.flush()
    return deployment


def _find(session: Session, registration: Registration, deployment_id: str) -> Deployment | None:
    return session.scalar(
        select(Deployment).where(
            Deployment.registration_id == registration.id, Deployment.deployment_id == deployment_id
        )
    )


def _count(session: Session, registration: Registration, *only: DeploymentStatus) -> int:
    query = select(func.count()).where(Deployment.registration_id == registration.id)
    return session.scalar(query.where(Deployment.status.in_(only)) if only else query) or 0


def add_deployment(
    session: Session, registration: Registration, deployment_id: str, *, actor: str, now: datetime
) -> Deployment:
    """Add a deployment that an administrator typed in. Raises Fixable (`deployment.id`)."""
    value = wire_id(deployment_id.strip())
    if not value:
        raise Fixable("deployment.id", "Type the deployment id as the learning platform shows it.")
    deployment = record_deployment(session, registration, value, now)
    _note(session, deployment, actor, now)
    return deployment


def set_deployment_status(
    session: Session, key: int, status: DeploymentStatus, *, actor: str, now: datetime
) -> Deployment:
    """Switch a deployment on or off. Raises NotVisible (`deployment.not_found`)."""
    deployment = session.get(Deployment, key)
    if deployment is None:
        raise NotVisible("deployment.not_found", "There is no such deployment; go back to the list.")
    deployment.status = status
    _note(session, deployment, actor, now)
    return deployment


def _note(session: Session, deployment: Deployment, actor: str, now: datetime) -> None:
    action = f"deployment.{deployment.status.value}"
    audit.record(session, actor=actor, action=action, subject=f"deployment {deployment.id}", now=now)
