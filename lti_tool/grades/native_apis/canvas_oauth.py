"""Canvas: access tokens that a teacher agrees to at Canvas itself, with the developer key of the school (OAuth 2.0).

Sources: developerdocs.instructure.com/services/canvas/oauth2 ("OAuth2 Endpoints", "Developer Keys") and
github.com/instructure/canvas-lms, `app/controllers/oauth2_provider_controller.rb` and `lib/canvas/oauth/`. What
matters here:

- An access token lasts an hour. The refresh token stays the same and makes the former access token void each time
  (`regenerate_access_token`), so whoever still holds that one has to look for the new one.
- A key with "Enforce scopes" permits the calls that are listed on it and asked for here. Each is the route as Canvas
  writes it. `include[]` is ignored unless the key has "Allow include parameters".
- Newer versions know PKCE (`lib/canvas/oauth/pkce.rb`, S256 only); older ones pass over its parameters. Unconfirmed
  at a real Canvas: this was read in the code.
- With `redirect_uri` older versions answer a refusal of the token endpoint by a redirect there, without it by JSON
  (`old_silly_behavior`). It is needed for a code and left out for a refresh token.
- An unknown refresh token is `invalid_request` with status 400, not `invalid_grant` as RFC 6749 has it; a wrong key
  is `invalid_client` with 401 (`lib/canvas/oauth/request_error.rb`), looked at first.

The library `requests-oauthlib` is not used, although Schoology's API is signed with it: its OAuth 2 session sends by
itself, not by our only way out, reads answers with its own JSON reader, and refuses the plain http of a Canvas that
somebody tries out on the own machine. What remains of it are two forms and an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

import requests
import structlog

from lti_tool.errors import PlatformRefused
from lti_tool.grades.failures import canvas_sign_in_failure, is_success, raise_for_status, unreadable_answer
from lti_tool.http import OutboundSession
from lti_tool.launch.access_tokens import error_word, lifetime_seconds
from lti_tool.launch.signed_values import as_text
from lti_tool.launch.wire import read_json, wire_id, wire_object, wire_string

logger = structlog.get_logger(__name__)

# The calls of `native_apis.canvas` and nothing else.
READING_SCOPES: Final = (
    "url:GET|/api/v1/courses/:course_id/permissions",
    "url:GET|/api/v1/courses/:course_id/enrollments",
    "url:GET|/api/v1/courses/:course_id/assignments",
    "url:GET|/api/v1/courses/:course_id/users",
    "url:GET|/api/v1/courses/:course_id/users/:id",
    "url:GET|/api/v1/courses/:course_id/students/submissions",
    "url:GET|/api/v1/courses/:course_id/modules",
    "url:GET|/api/v1/courses/:course_id/modules/:module_id/items",
)
# The further calls that read outcomes, asked for only where a teacher wants them read.
OUTCOME_SCOPES: Final = (
    "url:GET|/api/v1/courses/:course_id/outcome_group_links",
    "url:GET|/api/v1/courses/:course_id/outcome_results",
)
# The further calls by which `grades.channels` brings steps to students.
STEP_SCOPES: Final = (
    "url:GET|/api/v1/courses/:course_id/assignments/:id",
    "url:GET|/api/v1/courses/:course_id/assignments/:assignment_id/overrides",
    "url:POST|/api/v1/courses/:course_id/assignments/:assignment_id/overrides",
    "url:PUT|/api/v1/courses/:course_id/assignments/:assignment_id/overrides/:id",
    "url:DELETE|/api/v1/courses/:course_id/assignments/:assignment_id/overrides/:id",
    "url:GET|/api/v1/conversations",
    "url:GET|/api/v1/conversations/:id",
    "url:POST|/api/v1/conversations",
)
SCOPES: Final = READING_SCOPES + STEP_SCOPES
# All that a developer key may have to permit.
KEY_SCOPES: Final = SCOPES + OUTCOME_SCOPES
# What Canvas shows beside the token in the person's list of approved integrations.
PURPOSE: Final = "Waymark"
_TOKEN_PATH = "/login/oauth2/token"  # noqa: S105 # an address
_LONGEST_TOKEN = 1024


@dataclass(frozen=True, slots=True)
class DeveloperKey:
    """What a Canvas administrator made for Waymark: of the Canvas at `root`, and worth nothing elsewhere."""

    root: str
    client_id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """What Canvas gave. `refresh` is empty where it gave none, `user` is Canvas's number of who agreed."""

    access: str = field(repr=False)
    seconds: float
    refresh: str = field(repr=False, default="")
    user: str = ""


def authorisation_address(
    key: DeveloperKey, *, redirect_uri: str, state: str, verifier: str, with_outcomes: bool = False
) -> str:
    """Where a browser goes, so that somebody signs in at Canvas and agrees."""
    challenge = as_text(sha256(verifier.encode()).digest())
    query = {
        "client_id": key.client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "state": state,
        "scope": " ".join(KEY_SCOPES if with_outcomes else SCOPES),
        "purpose": PURPOSE,
        # In this order: Canvas compares the list of both names.
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{key.root}/login/oauth2/auth?{urlencode(query)}"


def redeem(
    outbound: OutboundSession, key: DeveloperKey, code: str, *, redirect_uri: str, verifier: str, now: float
) -> Grant:
    """The grant for a code that came back with the browser. `now` is a POSIX time.

    Raises PlatformRefused (`native.sign_in_ended`, `native.developer_key`, `native.no_refresh_token`) or
    PlatformUnavailable.
    """
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    grant = _grant(outbound, key, form, now=now)
    if not grant.refresh:
        # Unconfirmed: that this happens only to keys set to reuse tokens (`force_token_reuse`).
        logger.warning("canvas.no_refresh_token")
        raise PlatformRefused(
            "native.no_refresh_token",
            "Canvas let you agree but gave Waymark nothing that lasts longer than an hour. Ask the person who runs "
            "Canvas to make a new developer key for Waymark.",
        )
    return grant


def renew(outbound: OutboundSession, key: DeveloperKey, refresh: str, *, now: float) -> Grant:
    """A new access token; the former one is void. Raises as `redeem`."""
    return _grant(outbound, key, {"grant_type": "refresh_token", "refresh_token": refresh}, now=now)


def revoke(outbound: OutboundSession, root: str, access: str, *, now: float) -> None:
    """Make a grant void at Canvas. That it is void already is a success, too. Raises PlatformError."""
    headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
    response = outbound.delete(f"{root}{_TOKEN_PATH}", headers=headers)
    if response.status_code != requests.codes.unauthorized:
        raise_for_status(response, now=now)


def try_key(outbound: OutboundSession, key: DeveloperKey, *, now: float) -> None:
    """Find out whether Canvas knows the key, by a refresh token that nobody has.

    Raises PlatformRefused `native.developer_key` when it does not, or PlatformUnavailable.
    """
    try:
        renew(outbound, key, "none", now=now)
    except PlatformRefused as error:
        if error.code != "native.sign_in_ended":
            raise


def _grant(outbound: OutboundSession, key: DeveloperKey, form: Mapping[str, str], *, now: float) -> Grant:
    response = outbound.post(
        f"{key.root}{_TOKEN_PATH}",
        headers={"Accept": "application/json"},
        data={"client_id": key.client_id, "client_secret": key.secret, **form},
    )
    if not is_success(response):
        raise canvas_sign_in_failure(response, word=error_word(response), now=now)
    try:
        answer: Any = read_json(response.content)
    except ValueError:
        answer = None
    if not isinstance(answer, dict) or not (access := _token(answer.get("access_token"))):
        raise unreadable_answer(status=response.status_code)
    return Grant(
        access=access,
        seconds=lifetime_seconds(answer.get("expires_in")),
        refresh=_token(answer.get("refresh_token")),
        user=wire_id(wire_object(answer, "user").get("id")),
    )


def _token(value: object) -> str:
    token = wire_string(value)
    return token if len(token) <= _LONGEST_TOKEN and token.isascii() and " " not in token else ""
