"""Forms that need only a platform's address."""

from __future__ import annotations

import pytest

from lti_tool.launch.short_forms import canvas


@pytest.mark.parametrize(
    ("site", "hosts"),
    [
        ("school.instructure.com", "school.instructure.com"),
        ("https://a.example b.example", "a.example b.example"),
        ("https://user@a.example b.example", "b.example"),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_the_hosts_of_a_canvas_are_those_of_plain_addresses(site: str, hosts: str) -> None:
    assert canvas({"site": site}).values["service_hosts"] == hosts


def test_a_canvas_of_one_s_own_without_an_address_has_no_issuer_yet() -> None:
    assert canvas({"environment": "own", "site": ""}).values["issuer"] == ""
    own = canvas({"environment": "own", "site": "canvas.school.example"}).values
    assert own["key_set_url"] == "https://canvas.school.example/api/lti/security/jwks"
