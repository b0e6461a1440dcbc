"""Registering and updating, step by step: each request is checked by itself, whatever came before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lti_tool.launch.invitations import create_invitation
from lti_tool.models.platforms import Registration
from tests.launch.platform import (
    ADDRESS,
    SigningPlatform,
    Tool,
    platform_description,
    running_platform,
    running_tool,
)
from tests.web.administrator import add_administrator, send, signed_in
from tests.web.test_lti_registration import held


@pytest.fixture
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        platform.documents["/configuration"] = platform_description(platform)
        platform.documents["/register"] = held()
        yield platform


@pytest.fixture
def tool(platform: SigningPlatform, tmp_path: Path, database_url: str) -> Iterator[Tool]:
    with running_tool(database_url, platform, tmp_path) as tool:
        yield tool


def change(tool: Tool, **values: Any) -> None:
    """Another row of the first registration than the platform's own."""
    with tool.app.extensions["waymark"].database.transaction() as session:
        registration = session.get_one(Registration, 1)
        for name, value in values.items():
            setattr(registration, name, value)


def update(tool: Tool) -> TestResponse:
    """Send the form of an update without having looked at its page."""
    with tool.app.extensions["waymark"].database.transaction() as session:
        known = session.get_one(Registration, 1)
        token = create_invitation(session, "North school", tool.clock.now, registration=known)
    data = {"invitation": token, "openid_configuration": tool.platform.issuer + "/configuration"}
    return tool.browser().post("/lti/register", data=data, base_url=ADDRESS)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"issuer": "https://other.example"}, "registration.other_platform"),
        ({"client_id": "client-9"}, "registration.other_client"),
    ],
)
def test_an_update_is_checked_again_when_it_is_sent(tool: Tool, changed: dict[str, str], code: str) -> None:
    change(tool, **changed)
    response = update(tool)
    assert (response.status_code, code in response.text) == (409, True)
    assert "/register" not in tool.platform.received


def test_a_description_of_another_platform_is_not_even_shown(tool: Tool) -> None:
    browser = signed_in(tool, add_administrator(tool))
    change(tool, issuer="https://other.example", configuration_url=tool.platform.issuer + "/configuration")
    response = send(browser, "/admin/registrations/1/description")
    assert (response.status_code, "registration.other_platform" in response.text) == (409, True)


def test_a_refusal_can_be_read_in_the_frame_of_a_platform_that_is_not_known_yet(tool: Tool) -> None:
    browser = tool.browser()
    for response in (
        browser.get("/lti/register?invitation=none", base_url=ADDRESS),
        browser.post("/lti/register", data={"invitation": "none"}, base_url=ADDRESS),
    ):
        assert response.status_code == 403
        assert response.headers["Content-Security-Policy"].endswith("frame-ancestors *")
