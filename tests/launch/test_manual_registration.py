"""Addresses that an administrator types in: https, or a platform that an operator named as local."""

from __future__ import annotations

import pytest

from lti_tool.launch.manual_registration import list_problems

LOCAL = ("http://localhost:8080", "")


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("https://school.example", True),
        ("http://school.example", False),
        ("http://localhost:8080", True),
        ("http://localhost:8081", False),
        ("school.example", False),  # of no origin at all, which an empty entry of the settings is not
        ("javascript:alert(1)", False),
    ],
)
def test_an_address_is_https_or_of_a_local_platform(address: str, accepted: bool) -> None:
    problems = list_problems({"frame_origins": address, "service_hosts": ""}, LOCAL)
    assert (problems == {}) is accepted


@pytest.mark.parametrize(
    "host", ["localhost", "*", "*.", "school.example:8443", "a/b.example", "https://a.example"]
)
def test_a_further_host_is_a_name_with_a_dot_and_nothing_else(host: str) -> None:
    assert "service_hosts" in list_problems({"frame_origins": "", "service_hosts": host}, LOCAL)
    assert (
        list_problems({"frame_origins": "", "service_hosts": "*.School.example school.example"}, LOCAL) == {}
    )
