"""The application factory: the one place where everything is wired together."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask

from lti_tool.db import Database
from lti_tool.http import OutboundSession
from lti_tool.logs import configure_logs
from lti_tool.settings import Settings, load_settings
from lti_tool.web.administration import init_admin
from lti_tool.web.errors import init_errors
from lti_tool.web.family_open import init_family_open
from lti_tool.web.health import health
from lti_tool.web.i18n import init_i18n
from lti_tool.web.lti import init_lti
from lti_tool.web.pages import init_pages
from lti_tool.web.platform_notices import init_platform_notices
from lti_tool.web.row_keys import RowKey
from lti_tool.web.security import init_security
from lti_tool.web.services import EXTENSION, Services
from lti_tool.worker import make_triggers


def create_app(
    settings: Settings | None = None, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Flask:
    """A new application for `settings` (by default: from the environment).

    Raises SettingsError when the settings cannot be used.
    """
    settings = settings or load_settings(os.environ)
    configure_logs(settings.log_level)
    request_sync, request_delivery = make_triggers(settings)
    app = Flask("lti_tool.web")
    app.url_map.converters["int"] = RowKey
    app.extensions[EXTENSION] = Services(
        settings=settings,
        database=Database(settings.database_url),
        outbound=OutboundSession(local_origins=settings.local_platforms, ca_bundle=settings.ca_bundle),
        clock=clock,
        request_sync=request_sync,
        request_delivery=request_delivery,
    )
    init_i18n(app)
    init_security(app, settings)
    init_errors(app)
    init_lti(app)
    init_platform_notices(app)
    init_admin(app)
    init_pages(app)
    init_family_open(app)
    app.register_blueprint(health)
    return app
