"""Which addresses are ours, and which a registration may send us to."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from urllib.parse import urlsplit

from lti_tool.models.platforms import Registration

LOGIN_PATH = "/lti/login"
LAUNCH_PATH = "/lti/launch"
KEY_SET_PATH = "/lti/jwks"
REGISTER_PATH = "/lti/register"
NOTICES_PATH = "/lti/notices"
AUTHORISED_PATH = "/canvas/authorised"


@lru_cache(maxsize=256)
def origin(url: str) -> str:
    """Scheme, host and port of `url`, or an empty string when it is not a plain web address.

    Backslashes, white space and credentials are refused outright: browsers and parsers disagree on them.
    """
    if not url.isascii() or not url.isprintable() or any(char in url for char in "\\ "):
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        return ""
    default = {"http": 80, "https": 443}[parts.scheme]
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + ("" if port in (None, default) else f":{port}")


def is_ours(url: str, address: str) -> bool:
    """Whether `url` lies on this tool (`address` is its own origin)."""
    return origin(url) == origin(address) != ""


def may_call(registration: Registration, url: str, local_origins: Collection[str]) -> bool:
    """Whether a service or return address in a launch of `registration` may be used.

    Allowed are the hosts of the issuer and of the registered endpoints and what an operator added in
    `service_hosts` (a leading `*.` stands for any subdomain), over https; plain http only for origins that
    the server's own configuration names.
    """
    found = origin(url)
    if not found:
        return False
    if found.startswith("http://"):
        return found in local_origins and found in {origin(item) for item in _endpoints(registration)}
    host = str(urlsplit(url).hostname)
    if host in {urlsplit(item).hostname for item in _endpoints(registration)}:
        return True
    return any(
        host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern
        for pattern in registration.service_hosts
    )


def _endpoints(registration: Registration) -> tuple[str, ...]:
    return (
        registration.issuer,
        registration.auth_login_url,
        registration.auth_token_url,
        registration.key_set_url,
    )


def frame_origins(registration: Registration) -> list[str]:
    """The origins whose pages may embed us: what is registered, else the platform's own addresses."""
    own = [origin(registration.issuer), origin(registration.auth_login_url)]
    return registration.frame_origins or sorted({found for found in own if found})
