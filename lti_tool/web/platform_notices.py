"""Where platforms post their notices; what people read on pages is in `notices`."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, jsonify, request

from lti_tool.usecases.take_notices import read_notices, take_notices
from lti_tool.web.lti import platform_keys
from lti_tool.web.rate_limit import RateLimit
from lti_tool.web.security import csrf
from lti_tool.web.services import services

# A cloud platform speaks for many schools from few addresses, and courses are copied before a term begins.
POSTS_PER_MINUTE = 3000
_LIMIT = "waymark-notice-limit"

platform_notices = Blueprint("platform_notices", __name__, url_prefix="/lti")
csrf.exempt(platform_notices)


def init_platform_notices(app: Flask) -> None:
    """Add the address for notices to `app`."""
    app.extensions[_LIMIT] = RateLimit(per_minute=POSTS_PER_MINUTE)
    app.register_blueprint(platform_notices)


@platform_notices.post("/notices")
def take() -> tuple[Response, int]:
    """Take a platform's notices: 202 when at least one was good."""
    now = services().clock()
    limit: RateLimit = current_app.extensions[_LIMIT]
    limit.count(request.remote_addr or "", now)
    tokens = read_notices(request.get_data())
    taken = take_notices(services().database, tokens, keys=platform_keys(), now=now)
    return jsonify(taken=taken), 202
