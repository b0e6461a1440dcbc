"""The one cookie: a random value that says "the same browser as before", and nothing else.

It binds a login to the launch that answers it and a launch session to its browser. SameSite=None because
the LMS shows us in a frame and posts the launch from its own site; Partitioned because browsers that
block third-party cookies still keep one jar per embedding site
(https://developer.mozilla.org/docs/Web/Privacy/Guides/Privacy_sandbox/Partitioned_cookies). `__Host-` ties it
to exactly this host. Browsers count http://127.0.0.1 as secure, so this works for trying out too.
"""

from __future__ import annotations

import re

from flask import Response, request

from lti_tool.launch.secrets import random_token

COOKIE = "__Host-waymark"
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{len(random_token())}}}")
# As long as a launch session can last; every login renews it.
_SECONDS = 12 * 3600
_ATTRIBUTES = f"Secure; HttpOnly; Max-Age={_SECONDS}; Path=/; SameSite=None; Partitioned"


def browser_token() -> str | None:
    """The value that this browser sent, or None when it sent none that we could have given."""
    value = request.cookies.get(COOKIE, "")
    return value if _TOKEN.fullmatch(value) else None


def give_browser_token(response: Response, token: str) -> None:
    """Set or renew the cookie."""
    response.headers.add("Set-Cookie", f"{COOKIE}={token}; {_ATTRIBUTES}")
