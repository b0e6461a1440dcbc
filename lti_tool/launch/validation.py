"""Is this launch genuine? Signature, issuer, audience, nonce, times, deployment, required claims.

OpenID Connect Core 1.0 section 3.1.3.7 and 1EdTech Security Framework 1.0 section 5.1.3
(https://www.imsglobal.org/spec/security/v1p0/#authentication-response-validation).

`_VerifiedMessage` is PyLTI1p3's `MessageLaunch` with its own sequence of `validate_*` steps, each of them
stricter than the library's: one refusal, one stable code. Nothing is stored here; the state is spent by
`opening.open_launch`, last, in the transaction that opens the session.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from pylti1p3.cookie import CookieService
from pylti1p3.message_launch import MessageLaunch, TJwtData
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy import select
from sqlalchemy.engine import Connection

from lti_tool.errors import LaunchRefused
from lti_tool.launch.addresses import is_ours
from lti_tool.launch.claims import Launch, read_launch
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.signed_tokens import (
    LEEWAY_SECONDS,
    LONGEST_LIFE_SECONDS,
    audiences_of,
    read_parts,
    require_azp,
    require_signature,
    seconds_of,
)
from lti_tool.launch.state import LoginState, require_nonce
from lti_tool.launch.wire import wire_id
from lti_tool.models.platforms import Registration

OLDEST_SECONDS = 600


def verify_launch(
    connection: Connection,
    login: LoginState,
    registration: Registration,
    id_token: str,
    *,
    keys: PlatformKeys,
    address: str,
    now: datetime,
) -> Launch:
    """Verify `id_token` as the answer to `login` at `registration` and say what it means. Nothing is changed.

    Raises LaunchRefused with one of the `launch.*` codes below or of `claims.read_launch`, and
    PlatformUnavailable when the platform's keys cannot be had.
    """
    message = _VerifiedMessage(connection, login, registration, id_token, keys=keys, address=address, now=now)
    message.validate()
    return message.launch


class _VerifiedMessage(MessageLaunch[Request, ToolConfAbstract[Request], SessionService, CookieService]):
    """PyLTI1p3's launch with every step replaced that accepts too much or refuses what is valid."""

    launch: Launch

    def __init__(
        self,
        connection: Connection,
        login: LoginState,
        registration: Registration,
        id_token: str,
        *,
        keys: PlatformKeys,
        address: str,
        now: datetime,
    ) -> None:
        # The library's constructor builds its ports for configuration, memory and cookies; the steps below
        # take the login and the keys instead.
        self._validated = False
        self._connection = connection
        self._login = login
        self._registered = registration
        self._id_token = id_token
        self._keys = keys
        self._address = address
        self._now = now

    def _get_request_param(self, key: str) -> str:
        return self._id_token if key == "id_token" else ""

    def validate(self) -> _VerifiedMessage:
        """All steps in order. What is cheap and needs no key comes first, the nonce after the signature."""
        self._validated = True
        self.validate_jwt_format()
        self.validate_registration()
        self.validate_jwt_signature()
        self.validate_times()
        self.validate_nonce()
        self.validate_message()
        return self

    @property
    def payload(self) -> Mapping[str, Any]:
        """The payload, trustworthy only after `validate_jwt_signature`."""
        body: Mapping[str, Any] = self._jwt["body"]
        return body

    def validate_jwt_format(self) -> _VerifiedMessage:
        """Three readable parts, an algorithm of our list, no critical header that we do not know."""
        header, body = read_parts(self._id_token)
        self._jwt = cast(TJwtData, {"header": header, "body": body})
        return self

    def validate_registration(self) -> _VerifiedMessage:
        """Issuer and audience are exactly those of the registration that the login began with."""
        registration = self._registered
        issuer, audiences = self.payload.get("iss"), audiences_of(self.payload.get("aud"))
        if issuer != registration.issuer or registration.client_id not in audiences:
            self._refuse_mix_up(issuer, audiences)
            raise (_wrong_issuer() if issuer != registration.issuer else _wrong_audience())
        require_azp(self.payload.get("azp"), audiences, registration.client_id)
        return self

    def _refuse_mix_up(self, issuer: object, audiences: list[str]) -> None:
        """Tell a token of another platform that we know from one that is simply wrong."""
        other = self._connection.scalar(
            select(Registration.id).where(
                Registration.issuer == wire_id(issuer),
                Registration.client_id.in_([wire_id(audience) for audience in audiences]),
            )
        )
        if other is not None:
            raise LaunchRefused(
                "launch.registration_mixup",
                "This launch began at one learning platform and was answered by another; "
                "open the link again from your course.",
            )

    def validate_jwt_signature(self) -> _VerifiedMessage:
        """The signature fits a published key of the platform."""
        key_id: object = self._jwt["header"].get("kid")
        require_signature(self._id_token, key_id, self._registered, keys=self._keys, now=self._now)
        return self

    def validate_times(self) -> _VerifiedMessage:
        """Not expired, not from the future, not old, and not made to live for ever."""
        now = self._now.timestamp()
        expires, issued = seconds_of(self.payload.get("exp")), seconds_of(self.payload.get("iat"))
        if expires is None or expires + LEEWAY_SECONDS < now:
            raise LaunchRefused(
                "launch.expired", "This launch has expired; open the link again from your course."
            )
        not_before = seconds_of(self.payload.get("nbf", issued))
        if (
            issued is None
            or not_before is None
            or max(issued, not_before) > now + LEEWAY_SECONDS
            or issued + OLDEST_SECONDS < now
            or expires - issued > LONGEST_LIFE_SECONDS
        ):
            raise LaunchRefused(
                "launch.time",
                "The clocks of your learning platform and of Waymark disagree, or this launch is old; open "
                "the link again from your course, and tell your administrator if that does not help.",
            )
        return self

    def validate_nonce(self) -> _VerifiedMessage:
        """The nonce is the one that was issued together with this state."""
        require_nonce(self._login, self.payload.get("nonce"))
        return self

    def validate_message(self) -> _VerifiedMessage:
        """The claims that a launch must have, and a target on this tool; the signed target decides."""
        self.launch = read_launch(self.payload)
        if not is_ours(self.launch.target_link_uri, self._address):
            raise LaunchRefused(
                "launch.target_not_ours",
                "This link leads to another address than Waymark's; ask your administrator to correct it.",
                status=400,
            )
        return self


def _wrong_issuer() -> LaunchRefused:
    return LaunchRefused(
        "launch.iss",
        "This launch was made by another learning platform; open the link again from your course.",
    )


def _wrong_audience() -> LaunchRefused:
    return LaunchRefused(
        "launch.aud", "This launch was made for another tool; open the link again from your course."
    )
