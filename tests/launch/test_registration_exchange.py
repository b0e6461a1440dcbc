"""What a platform answers to our registration, and where its token goes."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.errors import PlatformRefused
from lti_tool.launch import vocab
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.registration_exchange import PlatformAnswer, read_current, send_registration
from tests.launch.one_answer import OneAnswer
from tests.launch.test_registration_request import described

TOOL = "https://tool.example"
REGISTER = "https://lms.example/register"


def sent(outbound: OneAnswer, *, token: str = "token-1", **offered: Any) -> PlatformAnswer:
    platform: PlatformConfiguration = described(**offered)
    return send_registration(outbound, platform, token, TOOL)


@pytest.mark.parametrize(("token", "shown"), [("token-1", "Bearer token-1"), ("", None)])
def test_a_token_is_shown_where_the_platform_gave_one(token: str, shown: str | None) -> None:
    outbound = OneAnswer({"client_id": "c1"})
    assert sent(outbound, token=token).client_id == "c1"
    assert outbound.asked == [("POST", REGISTER)]
    assert outbound.sent.get("Authorization") == shown


@pytest.mark.parametrize("status", [302, 400, 404, 500])
def test_a_registration_counts_only_when_the_platform_took_it(status: int) -> None:
    outbound = OneAnswer({"client_id": "c1"}, status=status)
    if status == 302:
        assert sent(outbound).client_id == "c1"
        return
    with pytest.raises(PlatformRefused) as refused:
        sent(outbound)
    assert (refused.value.code, refused.value.detail) == ("registration.platform_failed", f"status {status}")


@pytest.mark.parametrize(
    ("answered", "deployment_id"),
    [
        ({vocab.TOOL_CONFIGURATION: {"deployment_id": "4"}, "deployment_id": "5"}, "4"),
        ({vocab.TOOL_CONFIGURATION: {"deployment_id": ""}, "deployment_id": 5}, "5"),
        ({vocab.TOOL_CONFIGURATION: "x"}, ""),
        ({}, ""),
    ],
)
def test_the_first_deployment_is_named_inside_or_beside_the_configuration(
    answered: dict[str, Any], deployment_id: str
) -> None:
    assert sent(OneAnswer({"client_id": "c1"} | answered)).deployment_id == deployment_id


@pytest.mark.parametrize(
    ("answered", "scopes"),
    [({"scope": "openid a b"}, ("a", "b")), ({"scope": 7}, vocab.SCOPES), ({}, vocab.SCOPES)],
)
def test_the_services_are_those_that_the_answer_names_else_those_that_were_asked_for(
    answered: dict[str, Any], scopes: tuple[str, ...]
) -> None:
    assert sent(OneAnswer({"client_id": "c1"} | answered)).scopes == tuple(scopes)


@pytest.mark.parametrize("status", [203, 404, 500])
def test_what_the_platform_holds_counts_only_with_status_200(status: int) -> None:
    document = {"client_id": "c1"}
    assert read_current(OneAnswer(document, status=status), described(), "token-1") is None
    held = read_current(OneAnswer(document), described(), "token-1")
    assert held is not None
    assert (held.client_id, held.address, held.method) == ("c1", REGISTER, "POST")


@pytest.mark.parametrize("document", [None, [], "x", {}, {"client_id": 7}, {"client_id": ""}])
def test_an_answer_without_a_client_id_shows_nothing(document: object) -> None:
    assert read_current(OneAnswer(document), described(), "token-1") is None


@pytest.mark.parametrize(
    ("named", "managed"),
    [
        ("https://lms.example/register/7", True),
        ("https://evil.example/register/7", False),
        ("http://lms.example/register/7", False),
        ("https://user@lms.example/register/7", False),
        ("", False),
        (7, False),
    ],
)
def test_a_token_goes_nowhere_but_to_the_host_that_gave_it(named: object, managed: bool) -> None:
    document = {"client_id": "c1", "registration_client_uri": named}
    held = read_current(OneAnswer(document), described(), "token-1")
    assert held is not None
    assert (held.address, held.method) == ((named, "PUT") if managed else (REGISTER, "POST"))
