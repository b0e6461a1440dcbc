"""Endpoints that are the same for every school, so that nobody has to type them.

Hosted Canvas: https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_dev_key_config,
Schoology: https://developers.schoology.com/app-platform/lti-apps. Moodle's lie at fixed places under the
site's own address (public/mod/lti/openid-configuration.php of https://github.com/moodle/moodle).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from lti_tool.launch.addresses import origin


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A platform's issuer and addresses, and what it calls itself in launches.

    `service_hosts` are further hosts of its roster and grade services.
    """

    issuer: str
    auth_login_url: str
    auth_token_url: str
    key_set_url: str
    product_family: str
    service_hosts: tuple[str, ...] = ()


def _canvas(environment: str) -> Endpoints:
    """Canvas's issuer did not move to the hosts that serve its endpoints."""
    sso = f"https://sso.{environment}canvaslms.com"
    return Endpoints(
        issuer=f"https://canvas.{environment}instructure.com",
        auth_login_url=f"{sso}/api/lti/authorize_redirect",
        auth_token_url=f"{sso}/login/oauth2/token",
        key_set_url=f"{sso}/api/lti/security/jwks",
        product_family="canvas",
    )


CANVAS: Final[Mapping[str, Endpoints]] = {
    "production": _canvas(""),
    "beta": _canvas("beta."),
    "test": _canvas("test."),
}

_SCHOOLOGY = "https://lti-service.svc.schoology.com/lti-service"
SCHOOLOGY: Final = Endpoints(
    issuer="https://schoology.schoology.com",
    auth_login_url=f"{_SCHOOLOGY}/authorize-redirect",
    auth_token_url=f"{_SCHOOLOGY}/access-token",
    key_set_url=f"{_SCHOOLOGY}/.well-known/jwks",
    product_family="schoology",
    service_hosts=("*.schoology.com",),
)


def self_hosted_canvas(host: str) -> Endpoints:
    """A Canvas that a school runs itself at `host`; its issuer is Canvas's default."""
    return Endpoints(
        issuer=CANVAS["production"].issuer,
        auth_login_url=f"https://{host}/api/lti/authorize_redirect",
        auth_token_url=f"https://{host}/login/oauth2/token",
        key_set_url=f"https://{host}/api/lti/security/jwks",
        product_family="canvas",
    )


def moodle(site: str) -> Endpoints | None:
    """The endpoints of the Moodle at `site` (its wwwroot, perhaps with a path); None for no web address."""
    root = site.strip().rstrip("/")
    if not origin(root) or urlsplit(root).query or urlsplit(root).fragment:
        return None
    return Endpoints(
        issuer=root,
        auth_login_url=f"{root}/mod/lti/auth.php",
        auth_token_url=f"{root}/mod/lti/token.php",
        key_set_url=f"{root}/mod/lti/certs.php",
        product_family="moodle",
    )
