"""How much a platform is used, in numbers only: the administration has no business with names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.launch.registration import missing_scopes
from lti_tool.models.courses import Context, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    NoticeService,
    PlatformNotice,
    Registration,
)


class Notices(StrEnum):
    """Whether the platform tells us about copied courses by itself (Platform Notification Service)."""

    NOT_OFFERED = "not offered"
    COMING = "coming"
    ON = "on"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class DeploymentView:
    """One place of the platform where we are installed; `heard_at` is its latest notice that is remembered."""

    id: int
    deployment_id: str
    status: DeploymentStatus
    courses: int
    notices: Notices
    heard_at: datetime | None


@dataclass(frozen=True, slots=True)
class PlatformView:
    """A registration as the administration shows it.

    `last_opened_at` is the latest launch that is still remembered; `missing` are services that were not
    granted, as far as the platform said; `waiting` counts deployments that wait for an administrator.
    """

    registration: Registration
    courses: int
    people: int
    last_opened_at: datetime | None
    missing: tuple[str, ...]
    deployments: tuple[DeploymentView, ...]

    @property
    def waiting(self) -> int:
        return sum(1 for item in self.deployments if item.status is DeploymentStatus.WAITING)


def view_platform(session: Session, registration: Registration) -> PlatformView:
    """What there is to say about one registration."""
    courses = {
        row.deployment_id: row.number
        for row in session.execute(
            select(Context.deployment_id, func.count().label("number"))
            .join(Deployment, Deployment.id == Context.deployment_id)
            .where(Deployment.registration_id == registration.id)
            .group_by(Context.deployment_id)
        )
    }
    heard = {
        row.deployment_id: row.at
        for row in session.execute(
            select(PlatformNotice.deployment_id, func.max(PlatformNotice.received_at).label("at"))
            .join(Deployment, Deployment.id == PlatformNotice.deployment_id)
            .where(Deployment.registration_id == registration.id)
            .group_by(PlatformNotice.deployment_id)
        )
    }
    deployments = tuple(
        DeploymentView(
            item.id,
            item.deployment_id,
            item.status,
            courses.get(item.id, 0),
            _notices(session.get(NoticeService, item.id)),
            heard.get(item.id),
        )
        for item in sorted(registration.deployments, key=lambda item: item.id)
    )
    return PlatformView(
        registration=registration,
        courses=sum(courses.values()),
        people=session.scalar(
            select(func.count()).select_from(Person).where(Person.registration_id == registration.id)
        )
        or 0,
        last_opened_at=session.scalar(
            select(func.max(LaunchSession.created_at))
            .join(Deployment, Deployment.id == LaunchSession.deployment_id)
            .where(Deployment.registration_id == registration.id)
        ),
        missing=missing_scopes(registration),
        deployments=deployments,
    )


def _notices(service: NoticeService | None) -> Notices:
    if service is None or not service.supported:
        return Notices.NOT_OFFERED
    if set(service.supported) <= set(service.subscribed):
        return Notices.ON
    return Notices.COMING if service.problem_code is None else Notices.REFUSED
