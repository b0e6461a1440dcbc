"""The administration, all at once: importing a module of it adds its pages to the blueprint."""

from __future__ import annotations

from flask import Flask

from lti_tool.web import (
    admin_audit,
    admin_connect,
    admin_deletion,
    admin_deliveries,
    admin_gradebook,
    admin_keys,
    admin_learners,
    admin_pages,
    admin_people,
    admin_platform,
    admin_policy,
    admin_results,
    admin_second_factor,
)
from lti_tool.web.admin import admin
from lti_tool.web.sign_in_limits import init_sign_in_limits

PAGES = (
    admin_audit,
    admin_connect,
    admin_deletion,
    admin_deliveries,
    admin_gradebook,
    admin_policy,
    admin_keys,
    admin_learners,
    admin_pages,
    admin_people,
    admin_platform,
    admin_results,
    admin_second_factor,
)


def init_admin(app: Flask) -> None:
    """Add the administration to `app`."""
    init_sign_in_limits(app)
    app.register_blueprint(admin)
