"""A demo LMS on a real port, with a clock that tests can move."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from lti_tool.demo_lms.app import create_app
from lti_tool.demo_lms.settings import DemoLmsSettings
from tests.demo_lms.tiny_course import tiny_course


@dataclass(slots=True)
class Clock:
    """Real time, shifted."""

    shift: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.shift


@dataclass(frozen=True, slots=True)
class LiveLms:
    """Where the LMS is, and what is behind it."""

    address: str
    app: Flask
    clock: Clock

    @property
    def engine(self) -> Engine:
        engine: Engine = self.app.extensions["demo_lms_engine"]
        return engine


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 - inherited name
        pass


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[BaseWSGIServer]:
    """Run an application in a thread until the end of the block."""
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def live_lms(folder: Path, profile: str) -> Iterator[LiveLms]:
    """A demo LMS with the tiny course, reached under the name localhost."""
    placeholder = Flask("port")
    with serving(placeholder) as probe:
        port = probe.server_port
    clock = Clock()
    address = f"http://localhost:{port}"
    app = create_app(
        DemoLmsSettings(
            address=address,
            database=folder / f"{profile}.sqlite",
            profile=profile,
            now=clock.now,
            course=tiny_course,
        )
    )
    with serving(app, port):
        yield LiveLms(address, app, clock)
    app.extensions["demo_lms_engine"].dispose()
