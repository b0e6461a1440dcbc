"""Running the demo LMS with gunicorn: one process, many threads."""

import socket
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.exc import DatabaseError

from lti_tool.demo_lms.app import create_app
from lti_tool.demo_lms.profiles import PROFILES
from lti_tool.demo_lms.seed import ProfileMismatchError
from lti_tool.demo_lms.settings import DemoLmsSettings

THREADS = 16


class CannotStartError(Exception):
    """Why the demo LMS cannot start, in one sentence that says what to do."""


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn ships no types
    def __init__(self, app: Flask, options: dict[str, Any]) -> None:
        self._app, self._options = app, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        return self._app


def prepare(settings: DemoLmsSettings, *, host: str, port: int) -> Flask:
    """The application, once everything that can stop it from starting was looked at. Error: `CannotStartError`."""
    if settings.profile not in PROFILES:
        raise CannotStartError(
            f"There is no profile {settings.profile!r}; choose one of {', '.join(PROFILES)}."
        )
    _check_port(host, port)
    try:
        return create_app(settings)
    except ProfileMismatchError as error:
        raise CannotStartError(str(error)) from error
    except (OSError, DatabaseError) as error:
        raise CannotStartError(
            f"The database {settings.database} cannot be written; give another file with --database, or make the folder writable."
        ) from error


def _check_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CannotStartError(
                f"Port {port} on {host} is in use or not allowed; stop the other program or give another port with --port."
            ) from error


def serve(settings: DemoLmsSettings, *, host: str = "127.0.0.1", port: int) -> None:
    """Run until stopped. Error: `CannotStartError`."""
    app = prepare(settings, host=host, port=port)
    # The worker is forked: it must open its own database connections.
    app.extensions["demo_lms_engine"].dispose()
    print(f"Demo LMS ({settings.profile}) at {settings.address}", flush=True)
    _Server(
        app,
        {
            "bind": f"{host}:{port}",
            "workers": 1,
            "threads": THREADS,
            "worker_class": "gthread",
            "control_socket_disable": True,
            "loglevel": "warning",
        },
    ).run()


def settings_from(*, address: str, database: str, profile: str) -> DemoLmsSettings:
    """Settings from the words of a command line."""
    return DemoLmsSettings(address=address.rstrip("/"), database=Path(database), profile=profile)
