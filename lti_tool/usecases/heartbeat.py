"""Signs of life of a worker process, for the others: what it holds at platforms is free soon after it was killed."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field

import structlog

from lti_tool.db import Database, database_time
from lti_tool.models.lanes import WorkerProcess

EVERY_SECONDS = 2.0

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The sign of life of this process, under a name that no other has."""

    database: Database
    name: str = field(default_factory=lambda: secrets.token_hex(8))
    over: threading.Event = field(default_factory=threading.Event)

    def begin(self) -> None:
        """Give signs of life in a thread of their own until `over`."""
        threading.Thread(target=self._keep_beating, daemon=True).start()

    def beat(self) -> None:
        """Give one."""
        with self.database.transaction() as session:
            session.merge(WorkerProcess(name=self.name, seen_at=database_time(session)))

    def _keep_beating(self) -> None:
        while not self.over.is_set():
            try:
                self.beat()
            except Exception:  # the edge of the thread: the next one may find the database again
                logger.exception("heartbeat.failed")
            self.over.wait(EVERY_SECONDS)
