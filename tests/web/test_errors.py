"""Each family of refusals has its own heading."""

from __future__ import annotations

import pytest

from tests.launch.platform import ADDRESS, Tool


@pytest.mark.parametrize(
    ("method", "path", "heading"),
    [
        ("GET", "/lti/login", "Waymark could not be opened"),
        ("GET", "/lti/register?invitation=none", "The connection was not made"),
        ("POST", "/admin/sign-in", "This is not possible here"),
        ("GET", "/lti/login?iss=%00", "This did not work"),
    ],
)
def test_a_heading_fits_the_family_of_the_refusal(tool: Tool, method: str, path: str, heading: str) -> None:
    response = tool.browser().open(path, method=method, base_url=ADDRESS)
    assert f"<h1>{heading}</h1>" in response.text
