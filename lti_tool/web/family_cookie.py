"""The cookie of a family's visit: the secret of the link that was opened, on the family's pages alone, for an hour.

The secret comes in the address of the link and leaves it at once: the pages that follow have addresses that say
nothing, so no history, bookmark or log of theirs leads back to the child. SameSite=Lax, because the link is followed
from somebody's mail; these pages are never in a frame, so the cookie needs no partition. `__Secure-` and not
`__Host-`, which would send it with every page of ours.
"""

from __future__ import annotations

import re

from flask import Response, request

from lti_tool.usecases.family_links import TOKEN_LENGTH

COOKIE = "__Secure-waymark-family"
PATH = "/f"
_TOKEN = re.compile(rf"[A-Za-z0-9_-]{{{TOKEN_LENGTH}}}")
_SECONDS = 3600
_ATTRIBUTES = f"Secure; HttpOnly; Max-Age={_SECONDS}; Path={PATH}; SameSite=Lax"


def is_link_token(value: str) -> bool:
    """Whether this may be the secret of a link."""
    return _TOKEN.fullmatch(value) is not None


def link_token() -> str | None:
    """The secret of the link that this browser opened, or None when it opened none lately."""
    value = request.cookies.get(COOKIE, "")
    return value if is_link_token(value) else None


def give_link_token(response: Response, token: str) -> None:
    """Remember the link for the pages that follow."""
    response.headers.add("Set-Cookie", f"{COOKIE}={token}; {_ATTRIBUTES}")
