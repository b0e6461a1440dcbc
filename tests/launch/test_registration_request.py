"""What we ask a platform for: what it offers, and nothing that it does not know."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.launch import vocab
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.registration_request import registration_request, tells_families, wanted_scopes
from lti_tool.launch.tool_configuration import CUSTOM_PARAMETERS


def described(**changes: Any) -> PlatformConfiguration:
    """The description of a platform that offers as little as it may."""
    issuer = "https://lms.example"
    least: dict[str, Any] = {
        "address": f"{issuer}/configuration",
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/auth",
        "token_endpoint": f"{issuer}/token",
        "key_set_url": f"{issuer}/keys",
        "registration_endpoint": f"{issuer}/register",
        "authorization_server": "",
        "scopes": (),
        "claims": (),
        "variables": (),
        "placements": {},
        "product_family": "",
        "account_name": "",
        "page_host": "",
    }
    return PlatformConfiguration(**least | changes)


def messages(platform: PlatformConfiguration) -> list[str]:
    asked = registration_request(platform, "https://tool.example")[vocab.TOOL_CONFIGURATION]["messages"]
    return [message["type"] for message in asked]


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        ({}, False),
        ({"claims": ("name",), "variables": ("Context.id.history",)}, False),
        ({"claims": (vocab.ROLE_SCOPE_MENTOR,)}, True),
        ({"variables": (CUSTOM_PARAMETERS["observees"],)}, True),
    ],
)
def test_families_are_told_apart_by_the_claim_or_by_the_platforms_own_variable(
    offered: dict[str, Any], told: bool
) -> None:
    assert tells_families(described(**offered)) is told


@pytest.mark.parametrize(
    ("offered", "asked"),
    [
        ({}, False),
        ({"product_family": "canvas"}, False),
        ({"product_family": "moodle"}, True),
        ({"placements": {vocab.SUBMISSION_REVIEW_REQUEST: ()}}, True),
    ],
)
def test_reviews_are_asked_for_where_they_are_offered_and_in_moodle(
    offered: dict[str, Any], asked: bool
) -> None:
    usual = [vocab.RESOURCE_LINK_REQUEST, vocab.DEEP_LINKING_REQUEST]
    assert messages(described(**offered)) == usual + [vocab.SUBMISSION_REVIEW_REQUEST] * asked


def test_a_platform_that_lists_its_services_is_asked_for_no_others() -> None:
    assert wanted_scopes(described()) == vocab.SCOPES
    one = vocab.SCOPES[0]
    assert wanted_scopes(described(scopes=(one, "openid"))) == (one,)
    assert wanted_scopes(described(scopes=(vocab.NOTICE_HANDLERS,))) == (vocab.NOTICE_HANDLERS,)


@pytest.mark.parametrize(("claims", "asked"), [((), False), (("name", vocab.ROLE_SCOPE_MENTOR), True)])
def test_the_claim_about_families_is_asked_for_where_it_is_offered(
    claims: tuple[str, ...], asked: bool
) -> None:
    request = registration_request(described(claims=claims), "https://tool.example")
    wanted = request[vocab.TOOL_CONFIGURATION]["claims"]
    assert (vocab.ROLE_SCOPE_MENTOR in wanted) is asked
    assert "email" not in wanted


@pytest.mark.parametrize(
    ("offered", "placements"),
    [((), None), (("elsewhere",), None), (("elsewhere", "ContentArea"), ["ContentArea"])],
)
def test_places_are_named_only_where_the_platform_offers_those_that_we_want(
    offered: tuple[str, ...], placements: list[str] | None
) -> None:
    platform = described(placements={vocab.DEEP_LINKING_REQUEST: offered})
    request = registration_request(platform, "https://tool.example")
    _link, picker = request[vocab.TOOL_CONFIGURATION]["messages"]
    assert picker.get("placements") == placements
    assert ("placements" in picker) is (placements is not None)
