"""A token that a platform has signed: its parts, its signature, its times; launches and notices share them.

RFC 7515 and RFC 7519, narrowed by the 1EdTech Security Framework 1.0, section 5.1.3
(https://www.imsglobal.org/spec/security/v1p0/#authentication-response-validation): RS256 only, keys only
from the registered key set.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from datetime import datetime
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from lti_tool.errors import LaunchRefused
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.wire import read_json
from lti_tool.models.platforms import Registration

ALGORITHMS = ("RS256",)
LEEWAY_SECONDS = 60
LONGEST_LIFE_SECONDS = 24 * 3600
LONGEST_TOKEN = 64 * 1024


_RS256 = jws.JWSRegistry.algorithms["RS256"]


def read_parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and payload, not yet trustworthy: three readable parts, an algorithm of our list.

    Raises LaunchRefused: `launch.token_too_long`, `launch.alg_refused`, `launch.token_malformed`,
    `launch.header_refused` (a critical header that we do not know).
    """
    if len(token) > LONGEST_TOKEN:
        raise LaunchRefused(
            "launch.token_too_long",
            "The learning platform sent a launch that is too big; tell your administrator.",
            status=413,
        )
    parts = token.split(".")
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
    return header, body


def require_signature(
    token: str, key_id: object, registration: Registration, *, keys: PlatformKeys, now: datetime
) -> None:
    """Raise LaunchRefused (`launch.signature`) unless a published key of the platform made the signature.

    Also raises what `PlatformKeys.key` raises.
    """
    if _fits(token, keys.key(registration, key_id, now)):
        return
    renewed = keys.renewed_key(registration, str(key_id), now)
    if renewed is None or not _fits(token, renewed):
        raise LaunchRefused(
            "launch.signature",
            "This launch was changed on its way or not made by your learning platform; "
            "open the link again from your course.",
        )


def require_azp(authorized: object, audiences: list[str], client_id: str) -> None:
    """Raise LaunchRefused (`launch.azp`) unless the token was issued to `client_id`.

    A token for several audiences must name us as the one that it was issued to.
    """
    if authorized != client_id and (len(audiences) > 1 or authorized is not None):
        raise LaunchRefused(
            "launch.azp", "This launch was issued to another tool; open the link again from your course."
        )


def audiences_of(value: object) -> list[str]:
    """The audiences that an `aud` claim names, one or several."""
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


def seconds_of(value: object) -> float | None:
    """A NumericDate (RFC 7519 section 2); None for what is not a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None


def _fits(token: str, key: RSAKey) -> bool:
    """Whether `key` made the signature. The header was read before (`read_parts`) and names no other way.

    Header parameters that we do not know are ignored, as RFC 7515 section 4 asks, unless they are marked
    critical; keys named in a header (`jku`, `jwk`, `x5u`, `x5c`) are never followed.
    """
    signed, _, signature = token.rpartition(".")
    try:
        return _RS256.verify(signed.encode(), urlsafe_b64decode(signature + "=" * (-len(signature) % 4)), key)
    except (JoseError, ValueError):
        return False


def _object(part: str) -> dict[str, Any] | None:
    """A base64url part that holds a JSON object; None for anything else."""
    try:
        value = read_json(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (Base64Error, ValueError):
        return None
    return value if isinstance(value, dict) else None
