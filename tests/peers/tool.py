"""Waymark at a real port, registered at a peer by hand, with a worker that runs when a test says so."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from lti_tool.app import create_app
from lti_tool.db import Database
from lti_tool.http import OutboundSession
from lti_tool.launch.manual_registration import add_registration
from lti_tool.models.courses import Context, SyncState
from lti_tool.settings import Settings
from lti_tool.usecases.after_sync import after_sync
from lti_tool.usecases.deliver_scores import Courier, Deliveries
from lti_tool.usecases.sync_course import sync_course
from lti_tool.web.services import EXTENSION
from tests.factories import SKILL_MAPS

SECRET = "a secret of at least thirty-two characters"


@dataclass(frozen=True, slots=True)
class Tool:
    """A served Waymark."""

    origin: str
    app: Flask
    local_platforms: tuple[str, ...]

    @property
    def database(self) -> Database:
        database: Database = self.app.extensions[EXTENSION].database
        return database

    @property
    def outbound(self) -> OutboundSession:
        outbound: OutboundSession = self.app.extensions[EXTENSION].outbound
        return outbound

    def register(self, *, issuer: str, client_id: str, deployment_id: str, **addresses: str) -> None:
        """What an administrator pastes."""
        values = {"label": "A peer", "issuer": issuer, "client_id": client_id, "deployment_id": deployment_id}
        with self.database.transaction() as session:
            add_registration(
                session,
                values | addresses,
                local_origins=self.local_platforms,
                actor="tests",
                secret=SECRET,
                now=clock(),
            )

    def context_key(self) -> int:
        """The one course that was launched from."""
        with self.database.read() as session:
            return session.scalars(select(Context.id)).one()

    def read_course(
        self, on_read: Callable[[Session, Context, datetime], None] = after_sync
    ) -> tuple[SyncState, str | None]:
        """Let the worker read the course; gives how it ended and what went wrong."""
        key = self.context_key()
        state = sync_course(self.database, self.outbound, SECRET, key, clock=clock, on_read=on_read)
        with self.database.read() as session:
            return state, session.get_one(Context, key).sync_error

    def deliver(self) -> Deliveries:
        """Let the worker send what is due."""
        return Courier(self.database, self.outbound, SECRET, clock).deliver_due()


def clock() -> datetime:
    """The real time: the peers have no other."""
    return datetime.now(UTC)


@contextmanager
def served_tool(database_url: str, folder: Path, *, local_platforms: tuple[str, ...]) -> Iterator[Tool]:
    """Waymark at http://127.0.0.1:<free port>, on a migrated database."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        settings = Settings(
            address=f"http://127.0.0.1:{port}",
            database_url=database_url,
            queue_url=f"sqlite:///{folder / 'queue.sqlite'}",
            secret_key=SecretStr(SECRET),
            local_platforms=local_platforms,
            skill_maps_folder=Path(SKILL_MAPS),
        )
        app = create_app(settings)
        server = make_server("127.0.0.1", port, app, threaded=True, fd=listening.fileno())
        Thread(target=server.serve_forever, daemon=True).start()
        tool = Tool(settings.address, app, local_platforms)
        try:
            yield tool
        finally:
            server.shutdown()
            server.server_close()
            tool.outbound.close()
            tool.database.close()
