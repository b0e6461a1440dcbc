"""The endpoints of platforms that need only their address."""

from __future__ import annotations

import pytest

from lti_tool.launch.known_platforms import moodle


@pytest.mark.parametrize("site", ["https://school.example", " https://school.example/moodle/ "])
def test_a_moodle_is_known_by_its_address(site: str) -> None:
    found = moodle(site)
    assert found is not None
    assert found.issuer == site.strip().rstrip("/")
    assert found.key_set_url == found.issuer + "/mod/lti/certs.php"


@pytest.mark.parametrize(
    "site",
    [
        "",
        "school.example",
        "javascript:alert(1)",
        "https://a@school.example",
        "https://school.example/?a=b",
        "https://school.example/#a",
    ],
)
def test_what_is_no_plain_address_is_no_moodle(site: str) -> None:
    assert moodle(site) is None
