"""The answer to a deep-linking request: where it goes, what it says, and only once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from lti_tool.errors import NotAllowed
from lti_tool.launch import vocab
from lti_tool.launch.content_items import COPY_VARIABLES, Column, ContentItem, Target
from lti_tool.launch.deep_linking import (
    DeepLinkingResponse,
    Remarks,
    deep_linking_response,
    open_place,
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
    column=Column(label="Ratio check", score_maximum=10, resource_id="ratio-check", tag="waymark-activity"),
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
    assert tool.launch(**claims).status_code == 200
    with tool.app.extensions["waymark"].database.read() as session:
        found: LaunchSession = session.scalars(
            select(LaunchSession).options(
                joinedload(LaunchSession.deployment).joinedload(Deployment.registration)
            )
        ).one()
    return found


def answer(
    tool: Tool, launch: LaunchSession, *items: ContentItem, remarks: Remarks | None = None
) -> DeepLinkingResponse:
    with tool.app.extensions["waymark"].database.transaction() as session:
        return deep_linking_response(session, launch, items, NOW, SECRET, remarks=remarks)


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
            "custom": {**COPY_VARIABLES, "activity": "ratio-check"},
            "lineItem": {
                "scoreMaximum": 10,
                "label": "Ratio check",
                "resourceId": "ratio-check",
                "tag": "waymark-activity",
            },
        },
        {
            "type": "ltiResourceLink",
            "title": "Reading",
            "url": CHECK.url,
            "custom": {**COPY_VARIABLES, "activity": "reading"},
        },
    ]
    assert response.items == 2


@pytest.mark.parametrize("data", ["opaque ♥", "", {"a": [1]}, '{"a" : 1}', None, "x" * 5000])
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
    assert not open_place(launch).several
    with pytest.raises(NotAllowed) as refused:
        answer(tool, launch, CHECK, READING)
    assert (refused.value.code, refused.value.status) == ("deeplink.too_many", 400)
    answer(tool, launch, CHECK)  # the refusal used nothing up


@pytest.mark.parametrize("several", [True, "true"])
def test_several_activities_are_sent_where_they_are_accepted(tool: Tool, several: object) -> None:
    assert answer(tool, opened(tool, accept_multiple=several), CHECK, READING).items == 2


def test_a64_nothing_is_signed_for_a_place_that_takes_no_links(tool: Tool) -> None:
    launch = opened(tool)
    launch.deep_linking = (launch.deep_linking or {}) | {"accept_types": ["file", "html"]}
    with pytest.raises(NotAllowed) as refused:
        answer(tool, launch, CHECK)
    assert (refused.value.code, refused.value.status) == ("deeplink.type_refused", 400)
    assert not answered(tool)


def test_two_answers_at_once_give_one_signature(tool: Tool) -> None:
    first, second = opened(tool), None
    with tool.app.extensions["waymark"].database.read() as session:
        second = session.get_one(
            LaunchSession,
            first.id,
            options=[joinedload(LaunchSession.deployment).joinedload(Deployment.registration)],
        )
    answer(tool, first, CHECK)
    assert second.deep_linking_used_at is None  # read before the first answer was given
    with pytest.raises(NotAllowed) as refused:
        answer(tool, second, CHECK)
    assert refused.value.code == "deeplink.used"


@pytest.mark.parametrize(
    ("accepted", "has_column"), [(True, True), (MISSING, True), (False, False), ("false", False)]
)
def test_a_column_is_asked_for_unless_the_platform_says_that_it_takes_none(
    tool: Tool, accepted: Any, has_column: bool
) -> None:
    claims = claims_of(tool, answer(tool, opened(tool, accept_lineitem=accepted), CHECK))
    assert ("lineItem" in claims[vocab.CONTENT_ITEMS][0]) is has_column


def test_a_column_can_offer_the_review_of_what_was_handed_in(tool: Tool) -> None:
    assert CHECK.column is not None
    reviewed = replace(CHECK, column=replace(CHECK.column, review_label="Look at the answers"))
    [item] = claims_of(tool, answer(tool, opened(tool), reviewed))[vocab.CONTENT_ITEMS]
    assert item["lineItem"]["submissionReview"] == {
        "reviewableStatus": ["InProgress", "Submitted", "Completed"],
        "label": "Look at the answers",
        "url": CHECK.url,
        "custom": {"activity": "ratio-check"},
    }
    assert "gradesReleased" not in item["lineItem"]


def test_dates_go_out_in_utc(tool: Tool) -> None:
    new_york = timezone(timedelta(hours=-5))
    dated = replace(
        CHECK,
        opens_at=datetime(2026, 3, 2, 7, 0, tzinfo=new_york),
        due_at=datetime(2026, 3, 8, 23, 59, tzinfo=new_york),
    )
    [item] = claims_of(tool, answer(tool, opened(tool), dated))[vocab.CONTENT_ITEMS]
    assert item["available"] == {"startDateTime": "2026-03-02T12:00:00Z"}
    assert item["submission"] == {"endDateTime": "2026-03-09T04:59:00Z"}


@pytest.mark.parametrize(
    ("offered", "wanted", "hint"),
    [
        (["iframe", "window"], Target.FRAME, {"iframe": {"height": 800}}),
        (["frame", "iframe", "window"], Target.WINDOW, {"window": {"targetName": "_blank"}}),
        (["iframe"], Target.WINDOW, {}),
        (["embed"], Target.FRAME, {}),
        (MISSING, Target.FRAME, {}),
        ("iframe", Target.FRAME, {}),
        ([1, None], Target.FRAME, {}),
        (["iframe", "window"], None, {}),
    ],
)
def test_where_a_link_opens_is_said_only_in_ways_that_were_offered(
    tool: Tool, offered: Any, wanted: Target | None, hint: dict[str, Any]
) -> None:
    launch = opened(tool, accept_presentation_document_targets=offered)
    [item] = claims_of(tool, answer(tool, launch, replace(CHECK, target=wanted)))[vocab.CONTENT_ITEMS]
    assert {name: item[name] for name in ("iframe", "window") if name in item} == hint


def test_the_platforms_title_and_text_fill_in_what_an_item_lacks(tool: Tool) -> None:
    launch = opened(tool, title="Given title", text="Given text")
    items = claims_of(tool, answer(tool, launch, CHECK, READING))[vocab.CONTENT_ITEMS]
    assert [(item["title"], item["text"]) for item in items] == [
        ("Ratio check", "Five questions"),
        ("Reading", "Given text"),
    ]


def test_choosing_nothing_is_a_valid_answer_with_its_remarks(tool: Tool) -> None:
    response = answer(tool, opened(tool), remarks=Remarks(message="No activity was added.", log="cancelled"))
    claims = claims_of(tool, response)
    assert claims[vocab.CONTENT_ITEMS] == []
    assert claims[vocab.DEEP_LINKING_MESSAGE] == "No activity was added."
    assert claims[vocab.DEEP_LINKING_LOG] == "cancelled"
    assert not {vocab.DEEP_LINKING_ERROR, vocab.DEEP_LINKING_ERROR_LOG} & claims.keys()
    assert response.items == 0


def test_what_went_wrong_can_be_told_to_the_platform(tool: Tool) -> None:
    remarks = Remarks(error="Nothing could be made.", error_log="reason")
    claims = claims_of(tool, answer(tool, opened(tool), remarks=remarks))
    assert claims[vocab.DEEP_LINKING_ERROR] == "Nothing could be made."
    assert claims[vocab.DEEP_LINKING_ERROR_LOG] == "reason"


def answered(tool: Tool) -> bool:
    """Whether the one open request has been answered, as the database knows it."""
    with tool.app.extensions["waymark"].database.read() as session:
        return session.scalars(select(LaunchSession.deep_linking_used_at)).one() is not None
