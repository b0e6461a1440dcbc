"""Is this launch genuine? Signature, issuer, audience, nonce, times, deployment, required claims.

OpenID Connect Core 1.0 section 3.1.3.7 and 1EdTech Security Framework 1.0 section 5.1.3
(https://www.imsglobal.org/spec/security/v1p0/#authentication-response-validation).

`_VerifiedMessage` is PyLTI1p3's `MessageLaunch` with its own sequence of `validate_*` steps, each of them
stricter than the library's: one refusal, one stable code. Nothing is stored here; the state is spent by
`sessions.open_launch`, last, in the transaction that opens the session.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pylti1p3.cookie import CookieService
from pylti1p3.message_launch import MessageLaunch, TJwtData
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config.abstract import ToolConfAbstract
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused
from lti_tool.launch.addresses import is_ours
from lti_tool.launch.claims import Launch, read_launch
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.state import require_nonce
from lti_tool.models.launches import LoginState
from lti_tool.models.platforms import Registration

ALGORITHMS = ("RS256",)
LEEWAY_SECONDS = 60
OLDEST_SECONDS = 600
LONGEST_LIFE_SECONDS = 24 * 3600
LONGEST_TOKEN = 64 * 1024


class _Registry(jws.JWSRegistry):
    """Limits of the signature library: headers of other platforms' making are longer than its default.

    Header parameters that we do not know are ignored, as RFC 7515 section 4 asks, unless they are marked
    critical; keys named in a header (`jku`, `jwk`, `x5u`, `x5c`) are never followed.
    """

    max_header_length = 8 * 1024


_REGISTRY = _Registry(algorithms=ALGORITHMS, strict_check_header=False)


def verify_launch(
    session: Session,
    login: LoginState,
    id_token: str,
    *,
    keys: PlatformKeys,
    address: str,
    now: datetime,
) -> Launch:
    """Verify `id_token` as the answer to `login` and say what it means. Nothing is changed.

    Raises LaunchRefused with one of the `launch.*` codes below or of `claims.read_launch`, and
    PlatformUnavailable when the platform's keys cannot be had.
    """
    message = _VerifiedMessage(session, login, id_token, keys=keys, address=address, now=now)
    message.validate()
    return message.launch


class _VerifiedMessage(MessageLaunch[Request, ToolConfAbstract[Request], SessionService, CookieService]):
    """PyLTI1p3's launch with every step replaced that accepts too much or refuses what is valid."""

    launch: Launch

    def __init__(
        self,
        session: Session,
        login: LoginState,
        id_token: str,
        *,
        keys: PlatformKeys,
        address: str,
        now: datetime,
    ) -> None:
        # The library's constructor builds its ports for configuration, memory and cookies; the steps below
        # take the login and the keys instead.
        self._validated = False
        self._database_session = session
        self._login = login
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
        if len(self._id_token) > LONGEST_TOKEN:
            raise LaunchRefused(
                "launch.token_too_long",
                "The learning platform sent a launch that is too big; tell your administrator.",
                status=413,
            )
        parts = self._id_token.split(".")
        header = _object(parts[0])
        if len(parts) in {2, 3} and header is not None and header.get("alg") not in ALGORITHMS:
            raise LaunchRefused(
                "launch.alg_refused",
                "The learning platform did not sign this launch in a way that Waymark accepts (RS256).",
                detail=str(header.get("alg"))[:16],
            )
        body = _object(parts[1]) if len(parts) == 3 else None
        if header is None or body is None:
            raise LaunchRefused(
                "launch.token_malformed",
                "The learning platform's launch message cannot be read; open the link again from your course.",
                status=400,
            )
        if "crit" in header:
            raise LaunchRefused(
                "launch.header_refused",
                "The learning platform's launch message asks for something that Waymark does not know.",
            )
        self._jwt = cast(TJwtData, {"header": header, "body": body})
        return self

    def validate_registration(self) -> _VerifiedMessage:
        """Issuer and audience are exactly those of the registration that the login began with."""
        registration = self._login.registration
        issuer, audiences = self.payload.get("iss"), _audiences(self.payload.get("aud"))
        if issuer != registration.issuer or registration.client_id not in audiences:
            self._refuse_mix_up(issuer, audiences, registration)
            raise (_wrong_issuer() if issuer != registration.issuer else _wrong_audience())
        authorized = self.payload.get("azp")
        # A token for several audiences must name us as the one that it was issued to.
        if authorized != registration.client_id and (len(audiences) > 1 or authorized is not None):
            raise LaunchRefused(
                "launch.azp", "This launch was issued to another tool; open the link again from your course."
            )
        return self

    def _refuse_mix_up(self, issuer: object, audiences: list[str], registration: Registration) -> None:
        """Tell a token of another platform that we know from one that is simply wrong."""
        if not isinstance(issuer, str) or not all(item.isprintable() for item in (issuer, *audiences)):
            return
        other = self._database_session.scalar(
            select(Registration.id).where(
                Registration.issuer == issuer,
                Registration.client_id.in_(audiences),
                Registration.id != registration.id,
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
        registration = self._login.registration
        key_id: object = self._jwt["header"].get("kid")
        key = self._keys.key(registration, key_id, self._now)
        if not self._fits(key):
            renewed = self._keys.renewed_key(registration, str(key_id), self._now)
            if renewed is None or not self._fits(renewed):
                raise LaunchRefused(
                    "launch.signature",
                    "This launch was changed on its way or not made by your learning platform; "
                    "open the link again from your course.",
                )
        return self

    def _fits(self, key: RSAKey) -> bool:
        try:
            jws.deserialize_compact(self._id_token, key, registry=_REGISTRY)
        except (JoseError, ValueError):
            return False
        return True

    def validate_times(self) -> _VerifiedMessage:
        """Not expired, not from the future, not old, and not made to live for ever."""
        now = self._now.timestamp()
        expires, issued = _seconds(self.payload.get("exp")), _seconds(self.payload.get("iat"))
        if expires is None or expires + LEEWAY_SECONDS < now:
            raise LaunchRefused(
                "launch.expired", "This launch has expired; open the link again from your course."
            )
        not_before = _seconds(self.payload.get("nbf", issued))
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


def _object(part: str) -> dict[str, Any] | None:
    """A base64url part that holds a JSON object; None for anything else.

    Python reads two things that are not JSON or not text, and that databases refuse: NaN, and halves of
    a surrogate pair.
    """
    try:
        raw = urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = json.loads(raw, parse_constant=_no_number)
        if b"\\ud" in raw.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except (Base64Error, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _no_number(name: str) -> None:
    raise ValueError(name)


def _audiences(value: object) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def _seconds(value: object) -> float | None:
    """A NumericDate (RFC 7519 section 2); None for what is not a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None


def _wrong_issuer() -> LaunchRefused:
    return LaunchRefused(
        "launch.iss",
        "This launch was made by another learning platform; open the link again from your course.",
    )


def _wrong_audience() -> LaunchRefused:
    return LaunchRefused(
        "launch.aud", "This launch was made for another tool; open the link again from your course."
    )
