"""A platform's description of itself: what is asked for, and what is read out of odd ones."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.errors import LaunchRefused
from lti_tool.launch import vocab
from lti_tool.launch.platform_configuration import PlatformConfiguration, fetch_configuration
from tests.launch.one_answer import OneAnswer
from tests.launch.platform import SigningPlatform, platform_description

PLATFORM = SigningPlatform("https://lms.example")
ADDRESS = PLATFORM.issuer + "/configuration"


def fetched(token: str = "", **changes: Any) -> PlatformConfiguration:
    document = platform_description(PLATFORM, **changes)
    return fetch_configuration(OneAnswer(document), ADDRESS, token, local_origins=())


@pytest.mark.parametrize(("token", "sent"), [("token-1", "Bearer token-1"), ("", None)])
def test_a_token_is_shown_where_the_platform_gave_one(token: str, sent: str | None) -> None:
    outbound = OneAnswer(platform_description(PLATFORM))
    fetch_configuration(outbound, ADDRESS, token, local_origins=())
    assert outbound.sent.get("Authorization") == sent


@pytest.mark.parametrize("endpoint", ["authorization_endpoint", "token_endpoint", "jwks_uri", "issuer"])
@pytest.mark.parametrize(
    "address", ["http://lms.example/x", "lms.example", "", 7, None, "https://lms.example/\n"]
)
def test_every_endpoint_is_an_https_address(endpoint: str, address: Any) -> None:
    with pytest.raises(LaunchRefused) as refused:
        fetched(**{endpoint: address})
    assert refused.value.code == "registration.config_invalid"
    assert f"its {endpoint} is not an https address" in refused.value.message


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"issuer": PLATFORM.issuer + "/" + "x" * 255},
        {"registration_endpoint": "https://other.example/register"},
        {"id_token_signing_alg_values_supported": ["RS512"]},
        {"id_token_signing_alg_values_supported": "RS256"},
    ],
)
def test_a_description_of_another_platform_or_signature_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(LaunchRefused) as refused:
        fetched(**changes)
    assert refused.value.code == "registration.config_invalid"


def test_what_is_of_another_type_is_passed_over() -> None:
    messages: list[Any] = [
        7,
        None,
        "x",
        {},
        {"type": 7},
        {"type": ["a"]},
        {"type": "A", "placements": ["p", 7]},
    ]
    messages.append({"type": "B", "placements": "p"})
    canvas = "https://canvas.instructure.com/lti/"
    platform: Any = {
        "product_family_code": 7,
        "messages_supported": messages,
        "variables": ["v", 7, None],
        canvas + "account_name": "North\nschool",
        canvas + "account_domain": "north.example/path",
    }
    found = fetched(
        scopes_supported="openid", claims_supported=[1, "name"], **{vocab.PLATFORM_CONFIGURATION: platform}
    )
    assert found.placements == {"A": ("p",), "B": ()}
    assert (found.scopes, found.claims, found.variables) == ((), ("name",), ("v",))
    assert (found.product_family, found.account_name, found.page_host) == ("", "", "")


@pytest.mark.parametrize("platform", [None, "x", 7, [], {}, {"messages_supported": "x", "variables": {}}])
def test_without_a_part_for_lti_nothing_is_offered(platform: Any) -> None:
    found = fetched(**{vocab.PLATFORM_CONFIGURATION: platform})
    assert (found.placements, found.variables, found.product_family) == ({}, (), "")
