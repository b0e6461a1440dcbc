"""A course that is linked to a strict platform, with a clock that tests move."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from lti_tool.db import Base, Database
from lti_tool.grades.service_client import ServiceClient
from lti_tool.http import OutboundSession
from lti_tool.launch.access_tokens import service_connector
from lti_tool.launch.keys import SigningKey, new_signing_key, signing_key
from lti_tool.launch.secrets import cipher
from lti_tool.models.courses import Context
from lti_tool.models.platforms import Registration, ToolKey
from tests.factories import make_context, make_registration
from tests.grades.strict_platform import ALL_SCOPES, Platform, running

SECRET = "a secret for tests, long enough to be taken"
START = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


class ImpatientSession(OutboundSession):
    """The way out with time-outs that a test can wait for, and no second tries of its own."""

    # A busy machine needs a moment to answer; tests of slow platforms wait less.
    read_timeout_seconds = 4.0

    def __init__(self, *origins: str, clock: Callable[[], float] = time.time) -> None:
        super().__init__(local_origins=origins, read_retries=0, clock=clock)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Any:
        kwargs["timeout"] = (3.0, self.read_timeout_seconds)
        return super().request(method, url, *args, **kwargs)


@dataclass
class Clock:
    """The time of tool and platform alike, moved by the test."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **units: float) -> None:
        self.now += timedelta(**units)


class RealClock(Clock):
    """The machine's clock, which nobody moves: processes have no other."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Course:
    """A course of the tool that is linked to the strict platform."""

    database: Database
    platform: Platform
    outbound: OutboundSession
    clock: Clock
    context_key: int
    key: SigningKey
    secret: str = SECRET
    extra: dict[str, Any] = field(default_factory=dict)

    def context(self) -> Context:
        """The course's row with registration, detached."""
        with self.database.read() as session:
            context = session.get_one(Context, self.context_key)
            assert context.deployment.registration is not None
            return context

    def client(self) -> ServiceClient:
        """A client for the platform's services."""
        registration = self.context().deployment.registration
        seconds: Callable[[], float] = lambda: self.clock().timestamp()  # noqa: E731  reads as one word
        connector = service_connector(registration, self.key, self.outbound, clock=seconds)
        return ServiceClient(registration, connector, clock=seconds)


@contextmanager
def linked_course(database: Database, clock: Clock) -> Iterator[Course]:
    """A course on a strict platform of its own, for as long as the block lasts."""
    with running(Platform(clock=lambda: clock().timestamp())) as platform:
        course = link_course(database, platform, clock)
        yield course
        course.outbound.close()


@contextmanager
def sqlite_copy(template: Path, folder: Path) -> Iterator[Database]:
    """A copy of an empty, migrated SQLite database."""
    database = Database(f"sqlite:///{shutil.copy(template, folder / 'waymark.sqlite')}")
    yield database
    database.close()


def link_course(database: Database, platform: Platform, clock: Clock) -> Course:
    """Register `platform` and make a course on it."""
    with database.transaction() as session:
        registration = make_registration(session, issuer=platform.origin)
        context = make_context(session, registration=registration)
        context.line_items_url = f"{platform.origin}/1/lineitems?type_id=1"
        context.service_scopes = [scope for scope in ALL_SCOPES if "ags" in scope]
        platform.public_jwk = register_key(session, registration)
        key = signing_key(session, registration, SECRET, START)
    return Course(
        database=database,
        platform=platform,
        outbound=ImpatientSession(platform.origin, clock=lambda: clock().timestamp()),
        clock=clock,
        context_key=context.id,
        key=key,
    )


def signing_key_for_tests() -> SigningKey:
    """A key to sign with where nobody checks the signature."""
    values = _key_values()
    pem = cipher(SECRET).decrypt(values["encrypted_private_key"].encode()).decode()
    return SigningKey(values["kid"], pem)


@cache
def _key_values(secret: str = SECRET) -> dict[str, Any]:
    """One key pair for all tests: making one takes a while."""
    with Session(create_engine("sqlite://")) as session:
        Base.metadata.create_all(session.connection())
        key = new_signing_key(session, None, secret, START, bits=2048)
        return {
            "kid": key.kid,
            "encrypted_private_key": key.encrypted_private_key,
            "public_jwk": key.public_jwk,
        }


def register_key(session: Session, registration: Registration, *, secret: str = SECRET) -> dict[str, Any]:
    """The same pair serves every registration, under a key id of its own."""
    values = _key_values(secret)
    kid = f"{values['kid']}-{registration.id}"
    key = ToolKey(registration_id=registration.id, created_at=START, **values)
    key.kid, key.public_jwk = kid, {**values["public_jwk"], "kid": kid}
    session.add(key)
    session.flush()
    return key.public_jwk
