"""The worker tells platforms where we want notices: against the demo LMS as Canvas, and against failures."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from lti_tool.app import create_app
from lti_tool.db import Database
from lti_tool.grades import lanes
from lti_tool.http import OutboundSession
from lti_tool.launch import vocab
from lti_tool.launch.keys import new_signing_key
from lti_tool.models.courses import Context, CopyState
from lti_tool.models.platforms import Deployment, DeploymentStatus, NoticeService, PlatformNotice
from lti_tool.settings import Settings
from lti_tool.usecases import adopted_map
from lti_tool.usecases.subscribe_to_notices import Subscriber
from lti_tool.worker import purge_expired
from tests.demo_lms.live import LiveLms, live_lms, serving
from tests.demo_lms.probe import Person, Probe
from tests.factories import make_registration, ratios

SECRET = "a secret of the tests, long enough to be one"


@dataclass(slots=True)
class Clock:
    """Real time, because the demo LMS checks times, moved by tests."""

    shift: timedelta = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.shift


@dataclass(frozen=True, slots=True)
class Setting:
    """The tool and the demo LMS as Canvas, registered with each other."""

    lms: LiveLms
    probe: Probe
    database: Database
    subscriber: Subscriber
    clock: Clock
    deployment_key: int

    def service(self) -> NoticeService:
        with self.database.read() as session:
            return session.get_one(NoticeService, self.deployment_key)

    def registration_key(self) -> int:
        with self.database.read() as session:
            return session.get_one(Deployment, self.deployment_key).registration_id

    def notices(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(PlatformNotice.notice_type)))

    def change(self, **values: object) -> None:
        with self.database.transaction() as session:
            service = session.get_one(NoticeService, self.deployment_key)
            for name, value in values.items():
                setattr(service, name, value)


@contextmanager
def served(app: Flask, port: int) -> Iterator[None]:
    server = make_server("127.0.0.1", port, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield
    server.shutdown()
    server.server_close()


@pytest.fixture
def setting(database_url: str, tmp_path: Path) -> Iterator[Setting]:
    with serving(Flask("port")) as placeholder:
        port = placeholder.server_port
    clock = Clock()
    with live_lms(tmp_path, "canvas") as lms:
        address = f"http://127.0.0.1:{port}"
        settings = Settings(
            address=address,
            database_url=database_url,
            queue_url=f"sqlite:///{tmp_path / 'queue.sqlite'}",
            secret_key=SecretStr(SECRET),
            local_platforms=(lms.address,),
            skill_maps_folder=Path("configs/skill_maps"),
        )
        app = create_app(settings, clock=clock)
        with served(app, port):
            probe = Probe(lms, address, []).register(
                jwks_uri=f"{address}/lti/jwks", scopes=[vocab.NOTICE_HANDLERS], custom=""
            )
            database: Database = app.extensions["waymark"].database
            outbound = OutboundSession(local_origins=(lms.address,))
            yield Setting(
                lms,
                probe,
                database,
                Subscriber(database, outbound, SECRET, clock, address),
                clock,
                _register(database, lms, probe),
            )
            outbound.close()
        app.extensions["waymark"].outbound.close()
        database.close()


def _register(database: Database, lms: LiveLms, probe: Probe) -> int:
    """Registration, key, deployment, and the service as a launch of the LMS names it."""
    service = probe.launch(Person(lms, "tess"))[vocab.NOTICE_SERVICE]
    now = datetime.now(UTC)
    with database.transaction() as session:
        registration = make_registration(session, issuer=lms.address, client_id=probe.client_id)
        registration.auth_login_url = f"{lms.address}/lti/authorize"
        registration.auth_token_url = f"{lms.address}/lti/token"
        registration.key_set_url = f"{lms.address}/lti/jwks"
        new_signing_key(session, registration, SECRET, now, bits=2048)
        deployment = Deployment(
            registration_id=registration.id,
            deployment_id=probe.deployment_id,
            status=DeploymentStatus.ACTIVE,
            created_at=now,
        )
        session.add(deployment)
        session.flush()
        session.add(
            NoticeService(
                deployment_id=deployment.id,
                url=service["platform_notification_service_url"],
                supported=sorted({vocab.HELLO_WORLD_NOTICE, vocab.CONTEXT_COPY_NOTICE}),
                due_at=now,
            )
        )
        return deployment.id


def eventually(what: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_we_subscribe_are_greeted_and_hear_of_copies(setting: Setting) -> None:
    teacher = Person(setting.lms, "tess")
    context_id = setting.probe.launch(teacher)[vocab.CONTEXT]["id"]
    with setting.database.transaction() as session:
        original = Context(
            deployment_id=setting.deployment_key, context_id=context_id, created_at=setting.clock()
        )
        session.add(original)
        session.flush()
        adopted_map.adopt(
            session, context=original, sample=ratios(), tags={}, teacher=None, now=setting.clock()
        )
    setting.subscriber.subscribe_due()
    service = setting.service()
    assert (service.due_at, service.problem_code, service.attempts) == (None, None, 0)
    assert service.subscribed == service.supported
    eventually(lambda: setting.notices() == [vocab.HELLO_WORLD_NOTICE])
    teacher.act("/course/copy").raise_for_status()
    eventually(lambda: vocab.CONTEXT_COPY_NOTICE in setting.notices())
    with setting.database.read() as session:
        copied = session.scalars(select(Context).where(Context.context_id != context_id)).one()
        assert (copied.copied_from_id, copied.copy_state) == (original.id, CopyState.OFFERED)
        assert copied.title.endswith("(copy)")
    setting.subscriber.subscribe_due()
    assert setting.service().due_at is None, "nothing is due any more"


def test_a_refusal_is_kept_with_its_reason_and_tried_again_later_and_later(setting: Setting) -> None:
    administrator = Person(setting.lms, "alma")
    administrator.act(f"/tools/{setting.probe.number}/settings").raise_for_status()
    waits = []
    for attempt in (1, 2, 3):
        setting.change(due_at=setting.clock())
        setting.subscriber.subscribe_due()
        service = setting.service()
        assert service.problem_code == "platform.token_refused"
        assert (service.attempts, service.subscribed) == (attempt, [])
        assert service.due_at is not None
        with setting.database.read() as session:
            is_closed = lanes.closed_until(session, setting.registration_key(), now=setting.clock())
        assert is_closed is None, "a service that is not granted stops no scores"
        waits.append((service.due_at - setting.clock()).total_seconds())
    for longest, wait in zip((60, 120, 240), waits, strict=True):
        assert longest / 2 - 2 <= wait <= longest
    administrator.act(f"/tools/{setting.probe.number}/settings", scopes=[vocab.NOTICE_HANDLERS])
    setting.clock.shift = setting.lms.clock.shift = timedelta(minutes=4)
    setting.subscriber.subscribe_due()
    assert (setting.service().problem_code, setting.service().due_at) == (None, None)


def test_an_address_that_is_gone_is_noted_and_waits(setting: Setting) -> None:
    setting.change(url=f"{setting.lms.address}/nowhere")
    setting.subscriber.subscribe_due()
    service = setting.service()
    assert service.problem_code is not None
    assert service.problem_code.startswith("platform.")
    assert service.due_at is not None
    assert service.due_at > setting.clock()


def test_nothing_is_asked_for_a_suspended_deployment_or_before_it_is_due(setting: Setting) -> None:
    setting.change(due_at=setting.clock() + timedelta(minutes=1))
    setting.subscriber.subscribe_due()
    assert setting.service().attempts == 0
    setting.change(due_at=setting.clock())
    with setting.database.transaction() as session:
        session.get_one(Deployment, setting.deployment_key).status = DeploymentStatus.SUSPENDED
    setting.subscriber.subscribe_due()
    assert setting.service().attempts == 0


def test_a_closed_lane_is_waited_for_and_does_not_count_as_a_try(setting: Setting) -> None:
    setting.change(supported=[vocab.HELLO_WORLD_NOTICE, vocab.CONTEXT_COPY_NOTICE])
    registration_key = setting.registration_key()
    with setting.database.transaction() as session:
        lane = lanes.lane_with_room(session, registration_key, now=setting.clock())
        assert lane is not None
        slot = lanes.take_slot(lane, now=setting.clock(), lasts=timedelta(minutes=1))
        paused = lanes.Outcome(failed="score", wait=timedelta(minutes=2), asked=True)
        lanes.leave(session, slot, paused, now=setting.clock())
    setting.subscriber.subscribe_due()
    service = setting.service()
    assert (service.attempts, service.problem_code, service.subscribed) == (0, None, [])
    # It closes between our look and our call.
    setting.subscriber._drain(registration_key)
    service = setting.service()
    assert (service.attempts, service.problem_code) == (0, None)
    assert service.due_at is not None
    assert timedelta(seconds=100) < service.due_at - setting.clock() <= timedelta(minutes=2)
    setting.clock.shift = setting.lms.clock.shift = timedelta(minutes=2)
    setting.subscriber.subscribe_due()
    assert setting.service().due_at is None


def test_a_platform_that_hangs_holds_up_nobody_else(setting: Setting) -> None:
    """Its deployment has been due longest; ours is subscribed while its call is under way."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        origin = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with setting.database.transaction() as session:
            _due_long_ago(session, origin, setting.clock())
        outbound = OutboundSession(local_origins=(setting.lms.address, origin))
        subscriber = replace(setting.subscriber, outbound=outbound)
        subscriber.begin_due()
        connection, _ = deaf.accept()
        with connection:
            eventually(lambda: setting.service().due_at is None)
            subscriber.stopping.set()
        subscriber._crew.wait(30)
        outbound.close()


def _due_long_ago(session: Session, origin: str, now: datetime) -> None:
    registration = make_registration(session, issuer=origin, client_id="other")
    registration.auth_token_url = f"{origin}/token"
    new_signing_key(session, registration, SECRET, now, bits=2048)
    deployment = Deployment(
        registration_id=registration.id, deployment_id="1", status=DeploymentStatus.ACTIVE, created_at=now
    )
    session.add(deployment)
    session.flush()
    service = NoticeService(
        deployment_id=deployment.id,
        url=f"{origin}/notices",
        supported=[vocab.HELLO_WORLD_NOTICE],
        due_at=now - timedelta(hours=1),
    )
    session.add(service)


def test_old_notices_are_forgotten_after_a_month(setting: Setting) -> None:
    now = setting.clock()
    with setting.database.transaction() as session:
        for number, age in enumerate((29, 31)):
            session.add(
                PlatformNotice(
                    deployment_id=setting.deployment_key,
                    notice_id=str(number),
                    notice_type=vocab.HELLO_WORLD_NOTICE,
                    received_at=now - timedelta(days=age),
                )
            )
    with setting.database.transaction() as session:
        purge_expired(session, now=now)
        assert list(session.scalars(select(PlatformNotice.notice_id))) == ["0"]
