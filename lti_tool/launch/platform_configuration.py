"""What a platform says about itself when it wants to be registered: its OpenID configuration document.

LTI Dynamic Registration 1.0, section 3.4 (https://www.imsglobal.org/spec/lti-dr/v1p0#openid-configuration).
The address comes from a browser, so it is checked before anything is fetched, and what is fetched must
belong together: issuer, document and registration endpoint on one host, every endpoint over https.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import requests

from lti_tool.errors import LaunchRefused, PlatformError
from lti_tool.launch.addresses import origin
from lti_tool.launch.vocab import PLATFORM_CONFIGURATION
from lti_tool.launch.wire import read_json

LARGEST_BYTES = 1024 * 1024
_CANVAS = "https://canvas.instructure.com/lti/"
# Instructure serves the documents of its hosted Canvas from hosts of its own
# (https://developerdocs.instructure.com/services/canvas/external-tools/lti/file.lti_launch_overview).
_ISSUERS_SERVED_ELSEWHERE = {
    "https://canvas.instructure.com": "sso.canvaslms.com",
    "https://canvas.beta.instructure.com": "sso.beta.canvaslms.com",
    "https://canvas.test.instructure.com": "sso.test.canvaslms.com",
}


@dataclass(frozen=True, slots=True)
class PlatformConfiguration:
    """The parts of the document that a registration needs.

    `placements` maps message types to the placements that the platform offers for them. `page_host` is the
    host whose pages will embed us, where the platform tells it (Canvas: the school's own domain).
    """

    address: str
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    key_set_url: str
    registration_endpoint: str
    authorization_server: str
    scopes: tuple[str, ...]
    claims: tuple[str, ...]
    variables: tuple[str, ...]
    placements: Mapping[str, tuple[str, ...]]
    product_family: str
    account_name: str
    page_host: str

    @property
    def page_origins(self) -> list[str]:
        """The origins whose pages may embed us."""
        school = f"https://{self.page_host}" if self.page_host else ""
        found = (origin(self.issuer), origin(self.address), origin(self.authorization_endpoint), school)
        return list(dict.fromkeys(item for item in found if item))

    @property
    def lasting_address(self) -> str:
        """Where the document can be read again. Canvas puts its one-time token into the address, too."""
        parts = urlsplit(self.address)
        kept = [(name, value) for name, value in parse_qsl(parts.query) if name != "registration_token"]
        return urlunsplit(parts._replace(query=urlencode(kept), fragment=""))


def fetch_configuration(
    outbound: requests.Session, address: str, token: str, *, local_origins: Collection[str]
) -> PlatformConfiguration:
    """Fetch and check the document at `address`, with the platform's registration token if it gave one.

    Raises LaunchRefused: `registration.url_refused` (nothing was called), `registration.address_refused`,
    `registration.config_unreadable`, `registration.config_invalid`.
    """
    parts = urlsplit(address) if origin(address) else None
    local = origin(address) in local_origins
    if parts is None or not (local or (parts.scheme == "https" and parts.port in (None, 443))):
        raise LaunchRefused(
            "registration.url_refused",
            "The learning platform's configuration must be at a plain https address; start the registration "
            "from the platform's own page.",
            status=400,
        )
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    try:
        response = outbound.get(address, headers=headers)
        document: Any = read_json(response.content) if len(response.content) <= LARGEST_BYTES else None
    except PlatformError as error:
        if error.code == "platform.address_refused":
            raise LaunchRefused(
                "registration.address_refused",
                "The learning platform's address lies in a private network, which Waymark does not call; "
                "whoever runs Waymark can allow it in the setting local_platforms.",
                status=400,
            ) from None
        raise _unreadable(error.code) from None
    except ValueError:
        raise _unreadable("not JSON") from None
    if response.status_code != 200 or not isinstance(document, dict):
        raise _unreadable(f"status {response.status_code}")
    return _read(address, document, local_origins)


def _read(address: str, document: Mapping[str, Any], local_origins: Collection[str]) -> PlatformConfiguration:
    platform = document.get(PLATFORM_CONFIGURATION)
    platform = platform if isinstance(platform, dict) else {}
    found = PlatformConfiguration(
        address=address,
        issuer=_text(document.get("issuer")),
        authorization_endpoint=_text(document.get("authorization_endpoint")),
        token_endpoint=_text(document.get("token_endpoint")),
        key_set_url=_text(document.get("jwks_uri")),
        registration_endpoint=_text(document.get("registration_endpoint")),
        authorization_server=_text(document.get("authorization_server")),
        scopes=_texts(document.get("scopes_supported")),
        claims=_texts(document.get("claims_supported")),
        variables=_texts(platform.get("variables")),
        placements=_placements(platform.get("messages_supported")),
        product_family=_text(platform.get("product_family_code"))[:64].lower(),
        account_name=_text(platform.get(_CANVAS + "account_name"))[:150],
        page_host=_host(platform.get(_CANVAS + "account_domain")),
    )
    problems = _problems(found, document, local_origins)
    if problems:
        raise LaunchRefused(
            "registration.config_invalid",
            "The learning platform's description of itself cannot be trusted: " + "; ".join(problems) + ".",
            status=400,
        )
    return found


def _problems(
    found: PlatformConfiguration, document: Mapping[str, Any], local_origins: Collection[str]
) -> list[str]:
    host = urlsplit(found.address).netloc
    served_by = {_netloc(found.issuer), _ISSUERS_SERVED_ELSEWHERE.get(found.issuer)}
    problems = []
    if not found.issuer or len(found.issuer) > 255 or host not in served_by:
        problems.append("its issuer is not on the host that served it")
    endpoints = {
        "authorization_endpoint": found.authorization_endpoint,
        "token_endpoint": found.token_endpoint,
        "jwks_uri": found.key_set_url,
        "registration_endpoint": found.registration_endpoint,
    }
    for name, url in {"issuer": found.issuer, **endpoints}.items():
        if not origin(url).startswith("https://") and (not origin(url) or origin(url) not in local_origins):
            problems.append(f"its {name} is not an https address")
    if _netloc(found.registration_endpoint) not in {host, *served_by}:
        problems.append("its registration_endpoint is on another host")
    if "RS256" not in _texts(document.get("id_token_signing_alg_values_supported", ["RS256"])):
        problems.append("it does not sign with RS256")
    return problems


def _placements(messages: object) -> dict[str, tuple[str, ...]]:
    items = messages if isinstance(messages, list) else []
    return {
        item["type"]: _texts(item.get("placements"))
        for item in items
        if isinstance(item, dict) and isinstance(item.get("type"), str)
    }


def _unreadable(detail: str) -> LaunchRefused:
    return LaunchRefused(
        "registration.config_unreadable",
        "The learning platform's configuration could not be read; start the registration again from the "
        "platform, and tell its administrator if that does not help.",
        detail=detail,
        status=400,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) and value.isprintable() else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _netloc(url: str) -> str:
    """Host and port; empty when it is no plain web address, which is said elsewhere."""
    return urlsplit(url).netloc if origin(url) else ""


def _host(value: object) -> str:
    host = _text(value)
    return host if origin(f"https://{host}") == f"https://{host}" else ""
