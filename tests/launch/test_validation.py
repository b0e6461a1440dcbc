"""A launch that was answered by another platform than it began at, apart from the web."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused
from lti_tool.launch.state import issue_state, read_state
from lti_tool.launch.validation import verify_launch
from tests.factories import NOW, make_registration
from tests.launch.platform import ADDRESS, SECRET, SigningPlatform
from tests.launch.test_signed_tokens import Keys, published

NORTH, SOUTH = "https://north.example", "https://south.example"


def refusal(database: Database, **claims: Any) -> str:
    """The code for a token with these claims, where the login began at NORTH with the client c1."""
    with database.transaction() as session:
        begun = make_registration(session, issuer=NORTH, client_id="c1")
        make_registration(session, issuer=SOUTH, client_id="c2")
    state, nonce = issue_state(
        SECRET,
        registration_id=begun.id,
        browser_token="browser",
        is_new_browser=False,
        storage_target="",
        now=NOW,
    )
    platform = SigningPlatform(NORTH)
    token = platform.sign(platform.claims(nonce, aud="c1") | claims)
    with database.connect() as connection, pytest.raises(LaunchRefused) as refused:
        verify_launch(
            connection,
            read_state(SECRET, state, NOW),
            begun,
            token,
            keys=Keys(published("platform")),
            address=ADDRESS,
            now=NOW,
        )
    return refused.value.code


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"iss": SOUTH, "aud": "c2"}, "launch.registration_mixup"),
        ({"iss": SOUTH, "aud": "c1"}, "launch.iss"),
        ({"iss": "https://other.example", "aud": "c2"}, "launch.iss"),
        ({"iss": "https://other.example", "aud": "c1"}, "launch.iss"),
        ({"iss": "a\0b", "aud": ["c2", "\0"]}, "launch.iss"),
        ({"iss": 7, "aud": "c2"}, "launch.iss"),
        ({"iss": None, "aud": "c2"}, "launch.iss"),
        ({"iss": NORTH, "aud": "c2"}, "launch.aud"),
        ({"iss": NORTH, "aud": "c\0"}, "launch.aud"),
        ({"iss": NORTH, "aud": []}, "launch.aud"),
    ],
)
def test_a_known_platform_that_answers_for_another_is_told_apart_from_a_wrong_one(
    database: Database, claims: dict[str, Any], code: str
) -> None:
    assert refusal(database, **claims) == code
