"""Gunicorn with our application and settings, without its own configuration files."""

from __future__ import annotations

import gc
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.http.errors import ParseException

from lti_tool import migrations
from lti_tool.app import create_app
from lti_tool.db import Database
from lti_tool.errors import Fixable
from lti_tool.settings import Settings
from lti_tool.web.errors import unreadable


def _collect_seldom(_worker: Any) -> None:
    """Leave what a process is made of out of every search for garbage, and search less often.

    Requests leave few cycles behind, while each full search walks through all modules (a seventh of the time
    of a launch).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000)


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._settings = settings
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app = create_app(self._settings)
        app.register_error_handler(ParseException, unreadable)
        return app


def run_server(settings: Settings, *, bind: str, processes: int, threads: int) -> None:
    """Serve until stopped.

    Raises Fixable `database.outdated` when the schema is not at the newest revision.
    """
    database = Database(settings.database_url)
    try:
        if not migrations.is_current(database):
            raise Fixable(
                "database.outdated", "The database is not up to date. Run: python -m lti_tool db upgrade"
            )
    finally:
        database.close()
    options = {
        "bind": bind,
        "workers": processes,
        "threads": threads,
        "worker_class": "gthread",
        # gunicorn's control socket would stand in the home folder of whoever runs it.
        "control_socket_disable": True,
        "accesslog": None,
        "loglevel": "warning",
        "graceful_timeout": 20,
        "post_worker_init": _collect_seldom,
    }
    _Server(settings, options).run()
