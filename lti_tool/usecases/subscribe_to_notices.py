"""Telling platforms where we want their notices (Platform Notification Service 1.0, registering a handler).

What is due stands in `NoticeService.due_at`. Whoever takes a row moves that moment on first, so two workers
do not work on the same one, and a worker that dies is followed by the next after a while.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.db import Database
from lti_tool.errors import PlatformError
from lti_tool.grades.failures import raise_for_status
from lti_tool.http import OutboundSession
from lti_tool.launch import vocab
from lti_tool.launch.access_tokens import PlatformConnector, service_connector
from lti_tool.launch.addresses import NOTICES_PATH
from lti_tool.launch.keys import signing_key
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    NoticeService,
    Registration,
    RegistrationStatus,
)

AT_ONCE = 20
LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)
_JSON = "application/json"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Subscription:
    """One service that was taken to be worked on."""

    deployment_key: int
    url: str
    missing: tuple[str, ...]
    attempts: int
    registration: Registration
    key: tuple[str, str]


def subscribe_due(
    database: Database,
    outbound: OutboundSession,
    secret: str,
    *,
    address: str,
    clock: Callable[[], datetime],
) -> int:
    """Subscribe wherever it is due; gives back how many services have our address now.

    `address` is our own origin. A platform that fails or refuses is asked again later, each time after a
    longer while, with the reason in `problem_code`.
    """
    with database.transaction() as session:
        taken = [_take(session, service, secret, clock()) for service in _due(session, clock())]
    done = 0
    for subscription in taken:
        connector = service_connector(
            subscription.registration, subscription.key, outbound, clock=lambda: clock().timestamp()
        )
        try:
            for notice_type in subscription.missing:
                _subscribe(connector, subscription.url, notice_type, address + NOTICES_PATH, clock())
        except PlatformError as error:
            logger.warning("notices.not_subscribed", deployment=subscription.deployment_key, code=error.code)
            _conclude(
                database, subscription, due_at=clock() + _wait(subscription.attempts), problem=error.code
            )
        else:
            logger.info("notices.subscribed", deployment=subscription.deployment_key)
            _conclude(database, subscription, due_at=None, problem=None)
            done += 1
    return done


def _due(session: Session, now: datetime) -> list[NoticeService]:
    return list(
        session.scalars(
            select(NoticeService)
            .join(NoticeService.deployment)
            .join(Deployment.registration)
            .where(
                NoticeService.due_at <= now,
                Deployment.status == DeploymentStatus.ACTIVE,
                Registration.status == RegistrationStatus.ACTIVE,
            )
            .options(joinedload(NoticeService.deployment).joinedload(Deployment.registration))
            .order_by(NoticeService.due_at)
            .limit(AT_ONCE)
            .with_for_update(of=NoticeService, skip_locked=True)
        )
    )


def _take(session: Session, service: NoticeService, secret: str, now: datetime) -> _Subscription:
    service.due_at = now + LEASE
    service.attempts += 1
    registration = service.deployment.registration
    return _Subscription(
        deployment_key=service.deployment_id,
        url=service.url,
        missing=tuple(kind for kind in service.supported if kind not in service.subscribed),
        attempts=service.attempts,
        registration=registration,
        key=signing_key(session, registration, secret, now),
    )


def _subscribe(connector: PlatformConnector, url: str, notice_type: str, handler: str, now: datetime) -> None:
    response = connector.send(
        "PUT",
        url,
        scopes=[vocab.NOTICE_HANDLERS],
        headers={"Content-Type": _JSON, "Accept": _JSON},
        data=json.dumps({"notice_type": notice_type, "handler": handler}),
    )
    raise_for_status(response, now=now.timestamp())


def _conclude(
    database: Database, subscription: _Subscription, *, due_at: datetime | None, problem: str | None
) -> None:
    """Note how it went, unless a launch has named another service in the meantime."""
    values: dict[str, object] = {"due_at": due_at, "problem_code": problem}
    with database.transaction() as session:
        service = session.get(NoticeService, subscription.deployment_key, with_for_update=True)
        if service is None or service.url != subscription.url or service.attempts != subscription.attempts:
            return
        if problem is None:
            values |= {"attempts": 0, "subscribed": sorted({*service.subscribed, *subscription.missing})}
        session.execute(
            update(NoticeService)
            .where(NoticeService.deployment_id == subscription.deployment_key)
            .values(**values)
        )


def _wait(attempts: int) -> timedelta:
    """Twice as long after each failure, up to a day, with jitter so that schools do not come all at once."""
    longest = min(LONGEST_WAIT, FIRST_WAIT * float(2 ** min(attempts - 1, 16)))
    return longest * random.SystemRandom().uniform(0.5, 1.0)
