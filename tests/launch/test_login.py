"""What the beginning of a login remembers of what the platform said."""

from __future__ import annotations

import pytest

from lti_tool.launch.login import LoginStarted, start_login
from lti_tool.launch.state import read_state
from lti_tool.models.platforms import Registration
from tests.launch.platform import ADDRESS, NOW, SECRET, SigningPlatform


def started(storage_target: str) -> LoginStarted:
    platform = SigningPlatform("https://lms.example")
    registration = Registration(
        id=1,
        issuer=platform.issuer,
        client_id=platform.client_id,
        auth_login_url=platform.issuer + "/auth",
    )
    return start_login(
        registration,
        platform.login_parameters(lti_storage_target=storage_target),
        browser_token="browser",
        is_new_browser=False,
        address=ADDRESS,
        secret=SECRET,
        now=NOW,
    )


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("_parent", True),
        ("x" * 255, True),
        ("x" * 256, False),
        ("é" * 127, True),
        ("é" * 128, False),
    ],
)
def test_the_name_of_a_storage_frame_has_at_most_255_bytes(named: str, kept: bool) -> None:
    login = started(named)
    expected = named if kept else ""
    assert login.storage_target == expected
    assert read_state(SECRET, login.state, NOW).storage_target == expected
