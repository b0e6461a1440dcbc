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
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused
from lti_tool.launch.addresses import LAUNCH_PATH, is_ours
from lti_tool.launch.platforms import find_registration, refuse_suspended, require_active
from lti_tool.launch.secrets import random_token
from lti_tool.launch.state import issue_state
from lti_tool.models.platforms import Registration

_REQUIRED = ("iss", "login_hint", "target_link_uri")
# Platforms put signed tokens of a few kilobytes into the message hint; nothing honest is longer than this.
_LONGEST = 16 * 1024


@dataclass(frozen=True, slots=True)
class LoginStarted:
    """Where to send the browser, and what it must be able to show again at the launch.

    `storage_target` is the platform's frame for LTI platform storage, when it offered one.
    """

    registration: Registration
    redirect_url: str
    state: str
    storage_target: str | None


def check_login(session: Session, parameters: Mapping[str, str], *, address: str) -> Registration:
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
    registration = find_registration(session, parameters["iss"], parameters.get("client_id"))
    require_active(registration)
    refuse_suspended(
        session, registration, parameters.get("lti_deployment_id") or parameters.get("deployment_id")
    )
    return registration


def start_login(
    session: Session,
    registration: Registration,
    parameters: Mapping[str, str],
    *,
    browser_token: str,
    address: str,
    now: datetime,
) -> LoginStarted:
    """Issue state and nonce for a checked login, and build the authorisation request."""
    request = _Parameters(parameters)
    memory = _IssuedValues(request)
    login = _Login(request, _OneRegistration(registration), memory, _NoCookies())
    redirect_url = login.redirect(address + LAUNCH_PATH)
    storage_target = parameters.get("lti_storage_target") or None
    if storage_target is not None and len(storage_target) > 255:
        storage_target = None
    issue_state(
        session,
        state=login.state,
        nonce=memory.nonce,
        browser_token=browser_token,
        registration=registration,
        target_link_uri=parameters["target_link_uri"],
        storage_target=storage_target,
        now=now,
    )
    return LoginStarted(registration, redirect_url, login.state, storage_target)


class _Login(OIDCLogin[Request, ToolConfAbstract[Request], SessionService, CookieService, str]):
    """The library's login with our registration and 256 bits of randomness each for state and nonce."""

    state = ""

    def validate_oidc_login(self) -> PyltiRegistration:
        registration: PyltiRegistration = self._tool_config.find_registration(self._get_request_param("iss"))
        return registration

    def _get_uuid(self) -> str:
        # The library puts "state-" before it; remembering it here spares a look into the finished address.
        value = random_token()
        self.state = f"state-{value}"
        return value

    def _generate_nonce(self) -> str:
        return random_token()

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


class _IssuedValues(SessionService):
    """The library's port for its memory: only the nonce, and only until it is in the database."""

    nonce = ""

    def save_nonce(self, nonce: str) -> None:
        self.nonce = nonce


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
