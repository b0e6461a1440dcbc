"""Which addresses are ours, and which a registration may send us to."""

from __future__ import annotations

import pytest

from lti_tool.launch.addresses import frame_origins, is_ours, may_call, origin
from lti_tool.models.platforms import Registration


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Tool.Example/x?y#z", "https://tool.example"),
        ("https://tool.example:443/", "https://tool.example"),
        ("http://tool.example:8080", "http://tool.example:8080"),
        ("http://[::1]:80/", "http://[::1]"),
        ("ftp://tool.example/", ""),
        ("//tool.example/", ""),
        ("https://a@tool.example/", ""),
        ("https://tool.example\\@evil.example/", ""),
        ("https://tool.example /", ""),
        ("https://tool.exa\nmple/", ""),
        ("https://tool.example/\t", ""),
        ("https://tool.example/\x7f", ""),
        ("https://tóól.example/", ""),
        ("https://tool.example:port/", ""),
        ("https:///x", ""),
        ("", ""),
    ],
)
def test_an_origin_is_plain_or_nothing(url: str, expected: str) -> None:
    assert origin(url) == expected


def test_nothing_is_ours_without_an_origin() -> None:
    assert not is_ours("", "")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://lms.example/roster", True),
        ("https://api.lms.example/roster", True),
        ("https://north.cloud.example/roster", True),
        ("https://cloud.example/roster", False),
        ("https://evilcloud.example/roster", False),
        ("https://lms.example.evil.example/", False),
        ("https://evil.example/#lms.example", False),
        ("http://lms.example/roster", False),
        ("http://localhost:8081/roster", False),
        ("ftp://lms.example/roster", False),
        ("https://user@lms.example/roster", False),
        ("https://evil.example\\@lms.example/roster", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_services_are_called_only_where_the_registration_lives(url: str, allowed: bool) -> None:
    registration = Registration(
        issuer="https://lms.example",
        auth_login_url="https://login.lms.example/auth",
        auth_token_url="https://api.lms.example/token",
        key_set_url="https://lms.example/keys",
        service_hosts=["*.cloud.example"],
    )
    assert may_call(registration, url, ("http://localhost:8081",)) is allowed


def test_plain_http_is_called_only_where_server_and_registration_agree() -> None:
    local = "http://localhost:8081"
    registration = Registration(
        issuer=local, auth_login_url=local, auth_token_url=local, key_set_url=local, service_hosts=[]
    )
    assert may_call(registration, local + "/roster", (local,))
    assert not may_call(registration, local + "/roster", ())
    assert not may_call(registration, "http://localhost:9999/roster", (local, "http://localhost:9999"))


def test_we_are_framed_by_the_origins_that_were_named_else_by_those_of_the_platform_itself() -> None:
    registration = Registration(
        issuer="https://lms.example", auth_login_url="https://login.lms.example/auth", frame_origins=[]
    )
    assert frame_origins(registration) == ["https://lms.example", "https://login.lms.example"]
    registration.issuer = "an issuer that is no address"
    assert frame_origins(registration) == ["https://login.lms.example"]
    registration.frame_origins = ["https://pages.lms.example"]
    assert frame_origins(registration) == ["https://pages.lms.example"]
