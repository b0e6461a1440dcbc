"""The answer to a deep-linking request: where it goes, what it says, and only once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lti_tool.errors import NotAllowed
from lti_tool.launch import vocab
from lti_tool.launch.deep_linking import (
    ContentItem,
    DeepLinkingResponse,
    accepts_multiple,
    deep_linking_response,
)
from lti_tool.launch.keys import new_signing_key, public_key_set
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Deployment, Registration
from tests.launch.platform import (
    MEMBERSHIP,
    MISSING,
    NOW,
    SECRET,
    SigningPlatform,
    Tool,
    running_platform,
    running_tool,
)

CHECK = ContentItem(
    title="Ratio check",
    text="Five questions",
    url="http://127.0.0.1:8080/lti/launch",
    custom={"activity": "ratio-check"},
    label="Ratio check",
    score_maximum=10,
    resource_id="ratio-check",
    tag="waymark-activity",
)
READING = ContentItem(title="Reading", text="", url=CHECK.url, custom={"activity": "reading"})


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def tool(platform: SigningPlatform, database_url: str, tmp_path: Any) -> Iterator[Tool]:
    with running_tool(database_url, platform, tmp_path) as tool:
        with tool.app.extensions["waymark"].database.transaction() as session:
            new_signing_key(session, session.get_one(Registration, 1), SECRET, NOW, bits=2048)
        yield tool


def opened(tool: Tool, **settings: Any) -> LaunchSession:
    """The session of a teacher's deep-linking launch."""
    claim = {
        "deep_link_return_url": tool.platform.issuer + "/return?x=1",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "accept_multiple": True,
    } | settings
    claims = {
        vocab.MESSAGE_TYPE: vocab.DEEP_LINKING_REQUEST,
        vocab.RESOURCE_LINK: MISSING,
        vocab.ROLES: [MEMBERSHIP + "Instructor"],
        vocab.DEEP_LINKING_SETTINGS: {name: value for name, value in claim.items() if value is not MISSING},
    }
    assert tool.launch(**claims).status_code == 303
    with tool.app.extensions["waymark"].database.read() as session:
        found: LaunchSession = session.scalars(
            select(LaunchSession).options(
                joinedload(LaunchSession.deployment).joinedload(Deployment.registration)
            )
        ).one()
    return found


def answer(tool: Tool, launch: LaunchSession, *items: ContentItem) -> DeepLinkingResponse:
    with tool.app.extensions["waymark"].database.transaction() as session:
        return deep_linking_response(session, launch, items, NOW, SECRET)


def claims_of(tool: Tool, response: DeepLinkingResponse) -> dict[str, Any]:
    """The payload, its signature checked with our public key set as a platform would."""
    with tool.app.extensions["waymark"].database.read() as session:
        keys = KeySet.import_key_set(public_key_set(session, NOW))  # type: ignore[arg-type]  # plain JSON
    claims: dict[str, Any] = json.loads(jws.deserialize_compact(response.jwt, keys, ["RS256"]).payload or b"")
    return claims


def test_the_answer_is_signed_and_complete(tool: Tool) -> None:
    response = answer(tool, opened(tool, data="opaque ♥"), CHECK, READING)
    claims = claims_of(tool, response)
    assert response.return_url == tool.platform.issuer + "/return?x=1"
    assert claims["iss"] == "client-1"
    assert claims["aud"] == [tool.platform.issuer]
    assert (claims["iat"], claims["exp"]) == (int(NOW.timestamp()), int(NOW.timestamp()) + 300)
    assert len(claims["nonce"]) > 40
    assert claims[vocab.DEPLOYMENT_ID] == "deployment-1"
    assert claims[vocab.MESSAGE_TYPE] == "LtiDeepLinkingResponse"
    assert claims[vocab.VERSION] == "1.3.0"
    assert claims[vocab.CONTENT_ITEMS] == [
        {
            "type": "ltiResourceLink",
            "title": "Ratio check",
            "text": "Five questions",
            "url": CHECK.url,
            "custom": {"activity": "ratio-check"},
            "lineItem": {
                "scoreMaximum": 10,
                "label": "Ratio check",
                "resourceId": "ratio-check",
                "tag": "waymark-activity",
            },
        },
        {"type": "ltiResourceLink", "title": "Reading", "url": CHECK.url, "custom": {"activity": "reading"}},
    ]


@pytest.mark.parametrize("data", ["opaque ♥", "", {"a": [1]}])
def test_a65_data_comes_back_exactly(tool: Tool, data: Any) -> None:
    assert claims_of(tool, answer(tool, opened(tool, data=data), CHECK))[vocab.DEEP_LINKING_DATA] == data


def test_a65_without_data_there_is_no_such_claim(tool: Tool) -> None:
    assert vocab.DEEP_LINKING_DATA not in claims_of(tool, answer(tool, opened(tool), CHECK))


def test_a61_without_a_deep_linking_launch_nothing_is_signed(tool: Tool) -> None:
    launch = opened(tool)
    launch.deep_linking = None
    with pytest.raises(NotAllowed) as refused:
        answer(tool, launch, CHECK)
    assert (refused.value.code, refused.value.status) == ("deeplink.no_session", 403)


def test_a63_a_second_answer_is_refused(tool: Tool) -> None:
    launch = opened(tool)
    answer(tool, launch, CHECK)
    with pytest.raises(NotAllowed) as refused:
        answer(tool, launch, CHECK)
    assert (refused.value.code, refused.value.status) == ("deeplink.used", 409)


@pytest.mark.parametrize("several", [False, MISSING, "false"])
def test_a64_several_activities_only_where_they_are_accepted(tool: Tool, several: Any) -> None:
    launch = opened(tool, accept_multiple=several)
    assert not accepts_multiple(launch)
    with pytest.raises(NotAllowed) as refused:
        answer(tool, launch, CHECK, READING)
    assert (refused.value.code, refused.value.status) == ("deeplink.too_many", 400)
    answer(tool, launch, CHECK)  # the refusal used nothing up


def test_no_column_is_asked_for_where_none_is_accepted(tool: Tool) -> None:
    claims = claims_of(tool, answer(tool, opened(tool, accept_lineitem=False), CHECK))
    assert "lineItem" not in claims[vocab.CONTENT_ITEMS][0]


def test_choosing_nothing_is_a_valid_answer(tool: Tool) -> None:
    assert claims_of(tool, answer(tool, opened(tool)))[vocab.CONTENT_ITEMS] == []
