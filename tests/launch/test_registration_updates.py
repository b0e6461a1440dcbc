"""What an update would change, and what it changes: the registration's own, on its own hosts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.launch import vocab
from lti_tool.launch.registration_exchange import CurrentRegistration, PlatformAnswer
from lti_tool.launch.registration_updates import Difference, apply_update, differences
from lti_tool.models.platforms import PlatformKeySet, Registration
from tests.factories import NOW, make_registration
from tests.launch.test_registration_request import described

SCORE, RESULT = vocab.SCOPES[:2]
MESSAGES = [{"type": vocab.RESOURCE_LINK_REQUEST}, {"type": vocab.DEEP_LINKING_REQUEST}]


def document(*, tool: Any = None, **changes: Any) -> dict[str, Any]:
    """A registration as both sides write it down; `tool` replaces parts of its configuration."""
    configuration: Any = {
        "target_link_uri": "https://tool.example/lti/launch",
        "custom_parameters": {"a": "$A"},
        "messages": MESSAGES,
        "claims": ["sub", "name"],
    }
    if tool is not None:
        configuration = configuration | tool if isinstance(tool, dict) else tool
    return {
        "client_name": "Waymark",
        "initiate_login_uri": "https://tool.example/lti/login",
        "jwks_uri": "https://tool.example/lti/jwks",
        "redirect_uris": ["https://tool.example/lti/launch"],
        "scope": f"{SCORE} {RESULT}",
        vocab.TOOL_CONFIGURATION: configuration,
    } | changes


def changed(before: dict[str, Any], after: dict[str, Any] | None = None) -> list[Difference]:
    held = CurrentRegistration("c1", before, "https://lms.example/register", "PUT")
    return list(differences(held, after or document()))


def test_nothing_changes_where_the_same_is_held_in_another_order_or_with_odd_additions() -> None:
    assert changed(document()) == []
    odd = {
        "claims": ["name", "sub", "", 7, None],
        "messages": [*reversed(MESSAGES), 7, "x", {"type": 7}, {"type": "O"}],
    }
    assert changed(document(tool=odd, scope=f"{RESULT} openid {SCORE} https://other.example/scope")) == []


@pytest.mark.parametrize(
    ("before", "difference"),
    [
        (document(client_name="Old"), Difference("name", ("Old",), ("Waymark",))),
        (document(scope=SCORE), Difference("services", (), (RESULT,))),
        (document(scope=7), Difference("services", (), (SCORE, RESULT))),
        (document(tool={"custom_parameters": {"b": "$B"}}), Difference("parameters", ("b=$B",), ("a=$A",))),
        (document(tool={"custom_parameters": "x"}), Difference("parameters", (), ("a=$A",))),
        (document(tool={"claims": ["sub", "email"]}), Difference("claims", ("email",), ("name",))),
        (document(tool={"claims": "sub"}), Difference("claims", (), ("sub", "name"))),
        (
            document(tool={"messages": MESSAGES[:1]}),
            Difference("messages", (), (vocab.DEEP_LINKING_REQUEST,)),
        ),
        (
            document(jwks_uri="https://old.example/jwks"),
            Difference("addresses", ("https://old.example/jwks",), ("https://tool.example/lti/jwks",)),
        ),
    ],
)
def test_a_difference_names_what_goes_and_what_comes(before: dict[str, Any], difference: Difference) -> None:
    assert changed(before) == [difference]


def test_a_platform_that_keeps_only_deep_linking_of_the_messages_is_told_of_no_difference() -> None:
    assert changed(document(tool={"messages": MESSAGES[1:]})) == []


@pytest.mark.parametrize("tool", ["x", 7, []])
def test_a_configuration_of_another_shape_holds_nothing(tool: object) -> None:
    parts = [difference.part for difference in changed(document(tool=tool))]
    assert parts == ["parameters", "claims"]


def test_an_endpoint_moves_on_its_own_host_at_once_and_waits_where_it_leads_to_another(
    database: Database,
) -> None:
    platform = described(
        authorization_endpoint="https://lms.example/new-auth",
        token_endpoint="https://elsewhere.example/token",
        key_set_url="https://lms.example/new-keys",
    )
    with database.transaction() as session:
        known, other = make_registration(session), make_registration(session, client_id="c2")
        for each in (known, other):
            session.add(
                PlatformKeySet(registration_id=each.id, document={}, fetched_at=NOW, attempted_at=NOW)
            )
        session.flush()
        answer = PlatformAnswer(client_id="c1", deployment_id="", scopes=())
        waiting = apply_update(session, known, platform, answer, now=NOW)
        assert [change.field for change in waiting] == ["auth_token_url"]
        key = known.id
        kept = session.scalars(select(PlatformKeySet.registration_id)).all()
        assert kept == [other.id]
    with database.read() as session:
        found = session.get_one(Registration, key)
        assert found.auth_login_url == "https://lms.example/new-auth"
        assert found.auth_token_url == "https://lms.example/token"
        assert found.key_set_url == "https://lms.example/new-keys"
