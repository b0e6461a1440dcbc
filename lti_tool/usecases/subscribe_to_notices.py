"""Telling platforms where we want their notices (Platform Notification Service 1.0, registering a handler).

What is due stands in `NoticeService.due_at`. Whoever takes a row moves that moment on first, so two workers
do not work on the same one, and a worker that dies is followed by the next after a while. Each registration has its
threads, and each call its turn in the platform's lane (`reading_lane`): a platform that hangs holds up nobody else.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session, joinedload

from lti_tool.db import Database
from lti_tool.errors import PlatformError, PlatformUnavailable
from lti_tool.grades import lanes
from lti_tool.grades.failures import raise_for_status
from lti_tool.grades.lanes import Use
from lti_tool.grades.service_client import ServiceClient
from lti_tool.http import OutboundSession
from lti_tool.launch import vocab
from lti_tool.launch.addresses import NOTICES_PATH
from lti_tool.models.lanes import Lane
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    NoticeService,
    Registration,
    RegistrationStatus,
)
from lti_tool.usecases.crews import Crew
from lti_tool.usecases.reading_lane import NOT_LET_THROUGH, ReadingLane
from lti_tool.usecases.service_clients import service_client

LEASE = timedelta(minutes=5)
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(days=1)
# Where the lane was closed or full, it is asked again so soon after it opened.
AGAIN_AFTER = timedelta(minutes=1)
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


@dataclass(slots=True)
class Subscriber:
    """Subscribes with what a worker process has; `address` is our own origin, `process` its name (`heartbeat`)."""

    database: Database
    outbound: OutboundSession
    secret: str
    clock: Callable[[], datetime]
    address: str
    process: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)
    _crew: Crew = field(init=False)

    def __post_init__(self) -> None:
        self._crew = Crew(self._drain)

    def begin_due(self) -> None:
        """Set a thread to work for each registration where something is due."""
        with self.database.read() as session:
            due = _due_registrations(session, self.clock())
        for registration_id in due:
            self._crew.send(registration_id)

    def subscribe_due(self) -> None:
        """Subscribe wherever it is due, and wait for it.

        A platform that fails or refuses is asked again later, each time after a longer while, with the reason in
        `problem_code`.
        """
        self.begin_due()
        self._crew.wait()

    def _drain(self, registration_id: int) -> None:
        while not self.stopping.is_set():
            with self.database.transaction() as session:
                subscription = _take(session, registration_id, self.clock())
            if subscription is None:
                return
            self._subscribe(subscription)

    def _subscribe(self, subscription: _Subscription) -> None:
        try:
            client = self._client(subscription.registration)
            for notice_type in subscription.missing:
                self._ask(client, subscription.url, notice_type)
        except PlatformUnavailable as error:
            if error.code in NOT_LET_THROUGH:
                wait = timedelta(seconds=error.retry_after_seconds or 0) or AGAIN_AFTER
                _give_back(self.database, subscription, due_at=self.clock() + wait)
            else:
                self._postpone(subscription, error)
        except PlatformError as error:
            self._postpone(subscription, error)
        else:
            logger.info("notices.subscribed", deployment=subscription.deployment_key)
            _conclude(self.database, subscription, due_at=None, problem=None)

    def _postpone(self, subscription: _Subscription, error: PlatformError) -> None:
        logger.warning("notices.not_subscribed", deployment=subscription.deployment_key, code=error.code)
        due_at = self.clock() + _wait(subscription.attempts)
        _conclude(self.database, subscription, due_at=due_at, problem=error.code)

    def _client(self, registration: Registration) -> ServiceClient:
        lane = ReadingLane(
            self.database, registration.id, self.clock, use=Use.NIGHTLY_READING, process=self.process
        )
        return service_client(
            self.database,
            registration,
            outbound=self.outbound,
            secret=self.secret,
            clock=self.clock,
            gate=lane.call,
        )

    def _ask(self, client: ServiceClient, url: str, notice_type: str) -> None:
        response = client.request(
            "PUT",
            url,
            scopes=[vocab.NOTICE_HANDLERS],
            accept=_JSON,
            content_type=_JSON,
            body=json.dumps({"notice_type": notice_type, "handler": self.address + NOTICES_PATH}),
        )
        raise_for_status(response, now=self.clock().timestamp())


def _due_registrations(session: Session, now: datetime) -> tuple[int, ...]:
    """Ids of the registrations with an open lane where something is due."""
    query = (
        select(Registration.id)
        .join(Deployment, Deployment.registration_id == Registration.id)
        .join(NoticeService, NoticeService.deployment_id == Deployment.id)
        .outerjoin(Lane, Lane.registration_id == Registration.id)
        .where(_is_due(now), lanes.is_open(now))
    )
    return tuple(session.scalars(query.distinct().order_by(Registration.id)))


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        NoticeService.due_at <= now,
        Deployment.status == DeploymentStatus.ACTIVE,
        Registration.status == RegistrationStatus.ACTIVE,
    )


def _take(session: Session, registration_id: int, now: datetime) -> _Subscription | None:
    """Take the service that has been due longest; None when there is none."""
    service = session.scalar(
        select(NoticeService)
        .join(NoticeService.deployment)
        .join(Deployment.registration)
        .where(_is_due(now), Registration.id == registration_id)
        .options(joinedload(NoticeService.deployment).joinedload(Deployment.registration))
        .order_by(NoticeService.due_at)
        .limit(1)
        .with_for_update(of=NoticeService, skip_locked=True)
    )
    if service is None:
        return None
    service.due_at = now + LEASE
    service.attempts += 1
    return _Subscription(
        deployment_key=service.deployment_id,
        url=service.url,
        missing=tuple(kind for kind in service.supported if kind not in service.subscribed),
        attempts=service.attempts,
        registration=service.deployment.registration,
    )


def _give_back(database: Database, subscription: _Subscription, *, due_at: datetime) -> None:
    """It was not tried: as if nobody had taken it, but not before its lane may be open."""
    with database.transaction() as session:
        session.execute(
            update(NoticeService)
            .where(
                NoticeService.deployment_id == subscription.deployment_key,
                NoticeService.url == subscription.url,
                NoticeService.attempts == subscription.attempts,
            )
            .values(due_at=due_at, attempts=subscription.attempts - 1)
        )


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
