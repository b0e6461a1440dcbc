"""Tokens that a tool has signed: client assertions and deep-linking responses.

The key comes from the key set that the tool registered, never from the token; the set is fetched again when the token names
a key that is not in it (a rotated key), at most once every few seconds per tool.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

from lti_tool.demo_lms.refusals import Refusal
from lti_tool.demo_lms.tables import Tool

FETCH_SECONDS = 5
FETCH_AGAIN_AFTER_SECONDS = 1.0
LARGEST_KEY_SET = 256 * 1024
LEAST_KEY_BITS = 2048


@dataclass(slots=True)
class _Fetched:
    keys: KeySet
    at: float


class ToolKeys:
    """The key sets of the registered tools, kept in memory."""

    def __init__(self) -> None:
        self._fetched: dict[str, _Fetched] = {}
        self._lock = threading.Lock()

    def find(self, jwks_uri: str, kid: str) -> RSAKey:
        """The tool's RSA key of that name. Refused where it is not in the set, or the set cannot be read."""
        with self._lock:
            kept = self._fetched.get(jwks_uri)
            key = _named(kept.keys, kid) if kept else None
            if key is None and (kept is None or time.monotonic() - kept.at > FETCH_AGAIN_AFTER_SECONDS):
                kept = _Fetched(_fetch(jwks_uri), time.monotonic())
                self._fetched[jwks_uri] = kept
                key = _named(kept.keys, kid)
        if key is None:
            raise Refusal(
                "token.unknown_key",
                f"The key set at {jwks_uri} has no RSA key with the kid {kid!r}.",
                oauth_error="invalid_client",
            )
        return key


def _named(keys: KeySet, kid: str) -> RSAKey | None:
    return next((key for key in keys.keys if key.kid == kid and isinstance(key, RSAKey)), None)


def _fetch(jwks_uri: str) -> KeySet:
    try:
        answer = requests.get(
            jwks_uri, timeout=FETCH_SECONDS, allow_redirects=False, headers={"Accept": "application/json"}
        )
        if answer.status_code != 200 or len(answer.content) > LARGEST_KEY_SET:
            raise Refusal(
                "token.key_set_unavailable",
                f"The tool's key set at {jwks_uri} answered {answer.status_code} with {len(answer.content)} bytes.",
                oauth_error="invalid_client",
            )
        return KeySet.import_key_set(answer.json())
    except (requests.RequestException, JoseError, ValueError, TypeError, KeyError) as error:
        raise Refusal(
            "token.key_set_unavailable",
            f"The tool's key set at {jwks_uri} could not be read: {type(error).__name__}.",
            oauth_error="invalid_client",
        ) from error


def unverified(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as written, for the message log and for finding out who claims to have signed."""
    try:
        obj = jws.extract_compact(token.encode())
        claims = _json_object(obj.payload)
    except (JoseError, ValueError, TypeError) as error:
        raise Refusal(
            "token.malformed_assertion", "This is not a signed JSON web token.", oauth_error="invalid_request"
        ) from error
    return dict(obj.headers()), claims


def _json_object(payload: bytes) -> dict[str, Any]:
    value = json.loads(payload)
    if not isinstance(value, dict):
        raise TypeError("The claims are not an object.")
    return value


def verified_claims(token: str, tool: Tool, keys: ToolKeys) -> Mapping[str, Any]:
    """The claims of a token, once its signature was verified with the tool's registered key (RS256 only)."""
    header, _ = unverified(token)
    if header.get("alg") != "RS256":
        raise Refusal(
            "token.wrong_algorithm",
            f"The token is signed with {header.get('alg')!r}; only RS256 is accepted.",
            oauth_error="invalid_client",
        )
    kid = header.get("kid")
    if not isinstance(kid, str) or not kid:
        raise Refusal("token.unknown_key", "The token's header has no kid.", oauth_error="invalid_client")
    key = keys.find(tool.jwks_uri, kid)
    if key.raw_value.key_size < LEAST_KEY_BITS:
        raise Refusal(
            "token.weak_key",
            f"The tool's key has fewer than {LEAST_KEY_BITS} bits.",
            oauth_error="invalid_client",
        )
    try:
        return jwt.decode(token, key, algorithms=["RS256"]).claims
    except (JoseError, ValueError) as error:
        raise Refusal(
            "token.bad_signature", "The token's signature is wrong.", oauth_error="invalid_client"
        ) from error
