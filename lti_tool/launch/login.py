"""OIDC third-party initiated login: the platform asks us to begin, we send the browser back to it.

Four steps make a launch (1EdTech Security Framework 1.0, section 5.1.1): the platform opens our login
address; we redirect the browser to the platform's authorisation address with a fresh state and nonce; the
platform posts a signed id_token with that state to our launch address; we verify it (`validation`).

PyLTI1p3's `OIDCLogin` builds the authorisation request. The ports below give it our database, and the
subclass closes what it leaves open: parameter checks, states that are not remembered on the server,
authorisation addresses that already have a query.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.registration import Registration as PyltiRegistration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy.engine import Connection

from lti_tool.errors import LaunchRefused
from lti_tool.launch.addresses import LAUNCH_PATH, is_ours
from lti_tool.launch.platforms import find_registration
from lti_tool.launch.state import LONGEST_STORAGE_TARGET, PREFIX, issue_state
from lti_tool.models.platforms import Registration

_REQUIRED = ("iss", "login_hint", "target_link_uri")
# Platforms put signed tokens of a few kilobytes into the message hint; nothing honest is longer than this.
_LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class LoginStarted:
    """Where to send the browser, and what it must be able to show again at the launch.

    `storage_target` is the platform's frame for LTI platform storage; empty when it offered none.
    """

    registration: Registration
    redirect_url: str
    state: str
    storage_target: str


def check_login(connection: Connection, parameters: Mapping[str, str], *, address: str) -> Registration:
    """Check a login initiation and give the registration that it belongs to, which is active.

    `address` is our own origin. The unsigned target decides nothing later, but one that is not ours is
    refused at once. Raises LaunchRefused: `login.param_missing`, `login.param_too_long`,
    `login.target_not_ours`, `login.unknown_platform`, `login.client_ambiguous`,
    `login.registration_disabled`.
    """
    for name, value in parameters.items():
        if len(value) > _LONGEST:
            raise LaunchRefused(
                "login.param_too_long",
                "The learning platform sent more than a login can need; tell your administrator.",
                detail=name[:40],
                status=413,
            )
    missing = [name for name in _REQUIRED if not parameters.get(name)]
    if missing:
        raise LaunchRefused(
            "login.param_missing",
            "This address starts a launch and works only when a learning platform opens it; "
            "open Waymark from your course.",
            detail=", ".join(missing),
            status=400,
        )
    if not is_ours(parameters["target_link_uri"], address):
        raise LaunchRefused(
            "login.target_not_ours",
            "This link leads to another address than Waymark's; ask your administrator to correct it.",
            status=400,
        )
    return find_registration(
        connection,
        parameters["iss"],
        parameters.get("client_id"),
        deployment_id=parameters.get("lti_deployment_id") or parameters.get("deployment_id"),
    )


def start_login(
    registration: Registration,
    parameters: Mapping[str, str],
    *,
    browser_token: str,
    is_new_browser: bool,
    address: str,
    secret: str,
    now: datetime,
) -> LoginStarted:
    """Issue state and nonce for a checked login, and build the authorisation request. Nothing is stored."""
    storage_target = parameters.get("lti_storage_target", "")
    if len(storage_target.encode()) > LONGEST_STORAGE_TARGET:
        storage_target = ""
    state, nonce = issue_state(
        secret,
        registration_id=registration.id,
        browser_token=browser_token,
        is_new_browser=is_new_browser,
        storage_target=storage_target,
        now=now,
    )
    request = _Parameters(parameters)
    login = _Login(request, _OneRegistration(registration), _NoMemory(request), _NoCookies())
    login.state, login.nonce = state, nonce
    return LoginStarted(registration, login.redirect(address + LAUNCH_PATH), state, storage_target)


class _Login(OIDCLogin[Request, ToolConfAbstract[Request], SessionService, CookieService, str]):
    """The library's login with our registration, and with state and nonce as we issued them."""

    state = ""
    nonce = ""

    def validate_oidc_login(self) -> PyltiRegistration:
        registration: PyltiRegistration = self._tool_config.find_registration(self._get_request_param("iss"))
        return registration

    def _get_uuid(self) -> str:
        return self.state.removeprefix(PREFIX)  # the library puts it before

    def _generate_nonce(self) -> str:
        return self.nonce

    def get_redirect(self, url: str) -> Redirect[str]:
        # The library always appends "?", also where the address has a query of its own.
        address = str(self._registration.get_auth_login_url())
        return _Address(f"{address}&{url[len(address) + 1 :]}" if "?" in address else url)


class _Address(Redirect[str]):
    """The library's port for redirects: just the address, because `web` makes the answer."""

    def __init__(self, url: str) -> None:
        self._url = url

    def do_redirect(self) -> str:
        return self._url

    def do_js_redirect(self) -> str:
        return self._url

    def set_redirect_url(self, location: str) -> None:
        self._url = location

    def get_redirect_url(self) -> str:
        return self._url


class _Parameters(Request):
    """The library's port for the request: the checked parameters of the login."""

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._values = parameters

    @property
    def session(self) -> dict[str, Any]:
        return {}

    def is_secure(self) -> bool:
        return True

    def get_param(self, key: str) -> str:
        return self._values.get(key, "")


class _NoMemory(SessionService):
    """The library's port for its memory, unused: state and nonce remember themselves, see `state`."""

    def save_nonce(self, nonce: str) -> None:
        """Nothing: the nonce follows from the state."""


class _NoCookies(CookieService):
    """The library's port for cookies, unused: one cookie per browser is `web`'s business."""

    def get_cookie(self, name: str) -> str | None:
        return None

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        """Nothing: a cookie per state would pile up, and browsers limit their number per site."""


class _OneRegistration(ToolConfAbstract[Request]):
    """The library's port for its configuration: the registration that was already found."""

    def __init__(self, registration: Registration) -> None:
        self._registration = registration

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> PyltiRegistration:
        found = PyltiRegistration()
        found.set_issuer(self._registration.issuer).set_client_id(self._registration.client_id)
        return found.set_auth_login_url(self._registration.auth_login_url)

    def find_registration_by_params(
        self, iss: str, client_id: str, *args: Any, **kwargs: Any
    ) -> PyltiRegistration:
        return self.find_registration_by_issuer(iss)

    def find_deployment(self, iss: str, deployment_id: str) -> Deployment | None:
        return None  # a login does not decide about deployments

    def find_deployment_by_params(
        self, iss: str, deployment_id: str, client_id: str, *args: Any, **kwargs: Any
    ) -> Deployment | None:
        return None
