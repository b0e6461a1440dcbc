"""Notices of platforms: verified like launches, taken once, one by one; and where we ask for them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.db import Database
from lti_tool.launch import vocab
from lti_tool.launch.notices import Notice, take_notice
from lti_tool.launch.platforms import record_deployment
from lti_tool.models.courses import Context, CopyState
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    NoticeService,
    PlatformKeySet,
    PlatformNotice,
    Registration,
    RegistrationStatus,
)
from lti_tool.usecases import adopted_map
from tests.factories import ratios
from tests.launch.platform import (
    ADDRESS,
    MEMBERSHIP,
    MISSING,
    NOW,
    SigningPlatform,
    Tool,
    add_registration,
    first_page_of,
    running_platform,
    running_tool,
)

SERVICE_CLAIM = {
    "service_versions": ["1.0"],
    "scope": [vocab.NOTICE_HANDLERS],
    "notice_types_supported": [
        "LtiHelloWorldNotice",
        "LtiContextCopyNotice",
        "LtiAssetProcessorSubmissionNotice",
    ],
}


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def tool(database_url: str, platform: SigningPlatform, tmp_path: Path) -> Iterator[Tool]:
    platform.publish()
    with running_tool(database_url, platform, tmp_path) as tool:
        yield tool


def stored(tool: Tool) -> Database:
    database: Database = tool.app.extensions["waymark"].database
    return database


def hello(tool: Tool, number: int = 1, /, **changes: Any) -> dict[str, Any]:
    """The claims of a good notice; `changes` replace claims, MISSING takes one away."""
    issued = int(tool.clock.now.timestamp())
    claims: dict[str, Any] = {
        "iss": tool.platform.issuer,
        "aud": tool.platform.client_id,
        "azp": tool.platform.client_id,
        "iat": issued,
        "exp": issued + 3600,
        "nonce": f"n-{number}",
        vocab.VERSION: "1.3.0",
        vocab.DEPLOYMENT_ID: "deployment-1",
        vocab.NOTICE: {
            "id": f"notice-{number}",
            "timestamp": "2026-03-02T09:00:00Z",
            "type": "LtiHelloWorldNotice",
        },
    } | changes
    return {name: value for name, value in claims.items() if value is not MISSING}


def copied(
    tool: Tool, number: int = 1, /, *, new: str = "new", of: tuple[str, ...] = ("old",)
) -> dict[str, Any]:
    """The claims of a notice that the course `new` was copied."""
    notice = {"id": f"notice-{number}", "timestamp": "2026-03-02T09:00:00Z", "type": "LtiContextCopyNotice"}
    return hello(
        tool,
        number,
        **{
            vocab.NOTICE: notice,
            vocab.CONTEXT: {"id": new, "title": "Ratios again", "label": "R6-2"},
            vocab.ORIGIN_CONTEXTS: list(of),
        },
    )


def post(tool: Tool, *tokens: str, **body: Any) -> TestResponse:
    """Post notices as a platform does."""
    document = body or {"notices": [{"jwt": token} for token in tokens]}
    return tool.browser().post("/lti/notices", json=document, base_url=ADDRESS)


def send(tool: Tool, *payloads: dict[str, Any]) -> TestResponse:
    """Sign and post."""
    return post(tool, *(tool.platform.sign(claims) for claims in payloads))


def taken(tool: Tool) -> list[tuple[str, str]]:
    with stored(tool).read() as session:
        rows = session.scalars(select(PlatformNotice).order_by(PlatformNotice.id))
        return [(row.notice_id, row.notice_type) for row in rows]


def course(
    session: Session, context_id: str, *, deployment: str = "deployment-1", adopted: bool = True
) -> Context:
    """A course of the platform, by default with a skill map."""
    found = session.scalars(select(Deployment).where(Deployment.deployment_id == deployment)).one()
    context = Context(deployment_id=found.id, context_id=context_id, title=context_id, created_at=NOW)
    session.add(context)
    session.flush()
    if adopted:
        adopted_map.adopt(session, context=context, sample=ratios(), tags={}, teacher=None, now=NOW)
    return context


def copy_of(tool: Tool, context_id: str = "new") -> tuple[str, str | None, CopyState | None] | None:
    """Title, original and state of a course, if it is known."""
    with stored(tool).read() as session:
        found = session.scalar(select(Context).where(Context.context_id == context_id))
        if found is None:
            return None
        original = found.copied_from.context_id if found.copied_from else None
        return found.title, original, found.copy_state


def test_a_greeting_is_recorded_once_however_often_it_comes(tool: Tool) -> None:
    response = send(tool, hello(tool))
    assert (response.status_code, response.get_json()) == (202, {"taken": 1})
    assert send(tool, hello(tool, nonce="another")).status_code == 202
    assert taken(tool) == [("notice-1", "LtiHelloWorldNotice")]


def test_whoever_takes_a_notice_learns_whether_it_was_new(tool: Tool) -> None:
    notice = Notice(deployment_key=1, id="1", type="LtiHelloWorldNotice", context=None, origin_contexts=())
    with stored(tool).transaction() as session:
        assert take_notice(session, notice, now=NOW)
        assert not take_notice(session, notice, now=NOW)


def test_the_same_id_from_another_deployment_is_another_notice(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        record_deployment(session, session.scalars(select(Registration)).one(), "deployment-2", NOW)
    assert send(tool, hello(tool), hello(tool, **{vocab.DEPLOYMENT_ID: "deployment-2"})).get_json() == {
        "taken": 2
    }
    assert len(taken(tool)) == 2


def test_a_notice_may_be_delivered_late_but_not_after_its_end(tool: Tool) -> None:
    claims = hello(tool)
    tool.clock.forward(minutes=50)
    assert send(tool, claims).status_code == 202
    late = hello(tool, 2)
    tool.clock.forward(minutes=62)
    assert send(tool, late).status_code == 401


REFUSED: dict[str, tuple[dict[str, Any], int]] = {
    "another issuer": ({"iss": "https://elsewhere.example"}, 401),
    "no issuer": ({"iss": MISSING}, 401),
    "NUL in the issuer": ({"iss": "a\0b"}, 401),
    "another audience": ({"aud": "client-9", "azp": MISSING}, 401),
    "several audiences, no azp": ({"aud": ["client-1", "client-9"], "azp": MISSING}, 401),
    "issued to another tool": ({"azp": "client-9"}, 401),
    "expired": ({"exp": int((NOW - timedelta(seconds=61)).timestamp())}, 401),
    "no expiry": ({"exp": MISSING}, 401),
    "no time of issue": ({"iat": MISSING, "nbf": int(NOW.timestamp())}, 401),
    "a beginning that is no time": ({"nbf": "soon"}, 401),
    "from the future": ({"iat": int((NOW + timedelta(seconds=61)).timestamp())}, 401),
    "not yet valid": ({"nbf": int((NOW + timedelta(seconds=61)).timestamp())}, 401),
    "made to live for ever": ({"exp": int((NOW + timedelta(hours=25)).timestamp())}, 401),
    "another version": ({vocab.VERSION: "1.2.0"}, 400),
    "another deployment": ({vocab.DEPLOYMENT_ID: "deployment-9"}, 401),
    "no deployment": ({vocab.DEPLOYMENT_ID: MISSING}, 401),
    "no notice": ({vocab.NOTICE: MISSING}, 400),
    "a notice without id": ({vocab.NOTICE: {"type": "LtiHelloWorldNotice"}}, 400),
    "a notice without type": ({vocab.NOTICE: {"id": "1"}}, 400),
    "a notice with an endless type": ({vocab.NOTICE: {"id": "1", "type": "x" * 65}}, 400),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_notice_with_one_claim_wrong_is_refused(tool: Tool, case: str) -> None:
    changes, status = REFUSED[case]
    response = send(tool, hello(tool, 1, **changes))
    code = "notice.malformed" if status == 400 else "notice.refused"
    assert (response.status_code, response.get_json()["code"]) == (status, code)
    assert taken(tool) == []
    assert send(tool, hello(tool, 1, **changes), hello(tool, 2)).get_json() == {"taken": 1}
    assert taken(tool) == [("notice-2", "LtiHelloWorldNotice")], "the good one beside it is not lost"


def _other_payload(tool: Tool) -> str:
    header, _, signature = tool.platform.sign(hello(tool)).split(".")
    return f"{header}.{tool.platform.sign(hello(tool, 2)).split('.')[1]}.{signature}"


FORGED: dict[str, Callable[[Tool], str]] = {
    "a key that is not published": lambda tool: tool.platform.sign(hello(tool), key="stranger", kid="key-9"),
    "another key under the published name": lambda tool: tool.platform.sign(hello(tool), key="stranger"),
    "no key id": lambda tool: tool.platform.sign(hello(tool), kid=MISSING),
    "no algorithm": lambda tool: tool.platform.sign(hello(tool), alg="none"),
    "a symmetric algorithm": lambda tool: tool.platform.sign(hello(tool), alg="HS256"),
    "a critical header": lambda tool: tool.platform.sign(hello(tool), crit=["x"]),
    "another payload": _other_payload,
    "another key named in the header": lambda tool: tool.platform.sign(
        hello(tool), key="stranger", kid="key-9", jku="https://elsewhere.example/keys"
    ),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_notice_is_refused(tool: Tool, case: str) -> None:
    response = post(tool, FORGED[case](tool))
    assert (response.status_code, response.get_json()["code"]) == (401, "notice.refused")
    assert taken(tool) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"{}", b'{"notices": []}', b'{"notices": {}}', b'{"notices": [{}]}', b'{"notices": ["x"]}',
     b'{"notices": [{"jwt": 7}]}', b'{"notices": [{"jwt": "\xc3\xa9.\xc3\xa9.x"}]}', b"[" * 90_000],
)  # fmt: skip
def test_what_is_no_list_of_notices_is_refused(tool: Tool, body: bytes) -> None:
    response = tool.browser().post(
        "/lti/notices", data=body, base_url=ADDRESS, content_type="application/json"
    )
    assert (response.status_code, response.get_json()["code"]) == (400, "notice.malformed")


def test_tokens_that_cannot_be_read_are_malformed(tool: Tool) -> None:
    for token in ("x", "a.b.c", "..", ""):
        response = post(tool, token)
        assert (response.status_code, response.get_json()["code"]) == (400, "notice.malformed")


def test_sizes_and_rates_are_bounded(tool: Tool) -> None:
    assert post(tool, *["x"] * 101).get_json()["code"] == "notice.too_many"
    assert post(tool, "x" * 300_000).status_code == 413
    assert tool.browser().get("/lti/notices", base_url=ADDRESS).status_code == 405
    limit = tool.app.extensions["waymark-notice-limit"]
    for _ in range(2999):
        limit.count("127.0.0.1", tool.clock.now)
    response = send(tool, hello(tool))
    assert (response.status_code, response.headers["Retry-After"]) == (429, "60")


def test_without_the_platforms_keys_everything_may_be_sent_again(tool: Tool) -> None:
    tool.platform.documents["/keys"] = 503
    response = send(tool, hello(tool))
    assert (response.status_code, response.get_json()["code"]) == (503, "launch.platform_keys_unavailable")
    assert "Retry-After" in response.headers
    tool.platform.publish()
    tool.clock.forward(seconds=31)
    assert send(tool, hello(tool)).status_code == 202


@pytest.mark.parametrize("status", [RegistrationStatus.PENDING, RegistrationStatus.DISABLED])
def test_a_platform_that_is_not_switched_on_sends_in_vain(tool: Tool, status: RegistrationStatus) -> None:
    with stored(tool).transaction() as session:
        session.scalars(select(Registration)).one().status = status
    assert send(tool, hello(tool)).status_code == 401
    assert taken(tool) == []


def test_a_suspended_deployment_sends_in_vain_and_none_is_ever_added(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        session.scalars(select(Deployment)).one().status = DeploymentStatus.SUSPENDED
    assert send(tool, hello(tool)).status_code == 401
    with stored(tool).transaction() as session:
        session.delete(session.scalars(select(Deployment)).one())
    assert send(tool, hello(tool)).status_code == 401
    with stored(tool).read() as session:
        assert session.scalars(select(Deployment)).all() == []


def test_a_deployment_of_another_registration_sends_in_vain(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        add_registration(session, tool.platform, client_id="client-2", deployment_id="deployment-2")
    assert send(tool, hello(tool, **{vocab.DEPLOYMENT_ID: "deployment-2"})).status_code == 401
    assert taken(tool) == []


def test_a_copied_course_is_known_and_offered_before_anybody_opens_it(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        course(session, "old")
    assert send(tool, copied(tool)).status_code == 202
    assert copy_of(tool) == ("Ratios again", "old", CopyState.OFFERED)
    assert tool.launch(**{vocab.CONTEXT: {"id": "new", "title": "Ratios 7"}}).status_code == 200
    assert copy_of(tool) == ("Ratios 7", "old", CopyState.OFFERED), "a launch keeps what the notice said"


def test_a_course_that_was_not_copied_from_one_of_ours_leaves_no_trace(tool: Tool) -> None:
    claims = copied(tool, 2)
    del claims[vocab.ORIGIN_CONTEXTS]
    assert send(tool, copied(tool), claims).status_code == 202
    assert copy_of(tool) is None


@pytest.mark.parametrize("context", [MISSING, {}, {"id": ""}, {"id": "x" * 256}, {"id": ["new"]}, "new"])
def test_a_copy_without_an_id_leaves_no_trace(tool: Tool, context: object) -> None:
    with stored(tool).transaction() as session:
        course(session, "old")
    claims = copied(tool) | {vocab.CONTEXT: context}
    assert (
        send(tool, {name: value for name, value in claims.items() if value is not MISSING}).status_code == 202
    )
    with stored(tool).read() as session:
        assert session.scalars(select(Context.context_id)).all() == ["old"]


def test_the_same_ids_in_another_deployment_or_registration_are_other_courses(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        record_deployment(session, session.scalars(select(Registration)).one(), "deployment-2", NOW)
        add_registration(session, tool.platform, client_id="client-2", deployment_id="deployment-3")
        course(session, "old", deployment="deployment-2")
        course(session, "old", deployment="deployment-3")
    assert send(tool, copied(tool)).status_code == 202
    assert copy_of(tool) is None


def test_a_copy_of_a_copy_goes_back_to_the_course_that_has_a_map(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        course(session, "old")
    send(tool, copied(tool, 1, new="middle"))
    send(tool, copied(tool, 2, new="new", of=("middle",)))
    assert copy_of(tool) == ("Ratios again", "old", CopyState.OFFERED)


@pytest.mark.parametrize(("named", "found"), [(50, True), (51, False)])
def test_fifty_originals_are_looked_for_and_no_more(tool: Tool, named: int, found: bool) -> None:
    with stored(tool).transaction() as session:
        course(session, "old")
    others = (f"other-{number}" for number in range(named - 1))
    send(tool, copied(tool, of=(*others, "old")))
    assert copy_of(tool) == (("Ratios again", "old", CopyState.OFFERED) if found else None)


@pytest.mark.parametrize(("generations", "found"), [(10, True), (11, False)])
def test_a_map_is_looked_for_ten_generations_back(tool: Tool, generations: int, found: bool) -> None:
    with stored(tool).transaction() as session:
        latest = course(session, "old")
        for number in range(1, generations):
            original, latest = latest, course(session, f"copy-{number}", adopted=False)
            latest.copied_from_id = original.id
        parent = latest.context_id
    send(tool, copied(tool, of=(parent,)))
    offered = ("Ratios again", "old", CopyState.OFFERED)
    assert copy_of(tool) == (offered if found else ("Ratios again", parent, None))


def test_an_original_without_a_map_is_remembered_and_nothing_is_offered(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        course(session, "old", adopted=False)
    send(tool, copied(tool))
    assert copy_of(tool) == ("Ratios again", "old", None)
    assert copy_of(tool, "old") == ("old", None, None)


def test_the_first_original_that_a_notice_names_stands(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        course(session, "old", adopted=False)
        course(session, "other", adopted=False)
    send(tool, copied(tool, 1))
    send(tool, copied(tool, 2, of=("other",)))
    assert copy_of(tool) == ("Ratios again", "old", None)


@pytest.mark.parametrize("state", [CopyState.TAKEN, CopyState.DECLINED])
def test_what_was_decided_about_an_original_that_is_gone_stands(tool: Tool, state: CopyState) -> None:
    with stored(tool).transaction() as session:
        course(session, "old")
        course(session, "new", adopted=False).copy_state = state
    send(tool, copied(tool))
    assert copy_of(tool) == ("new", None, state)


def test_what_a_teacher_decided_stands(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        course(session, "old")
        course(session, "other")
        course(session, "own map")
    send(tool, copied(tool, 1, new="own map"))
    assert copy_of(tool, "own map") == ("own map", "old", None), (
        "a course with a map of its own is asked nothing"
    )
    send(tool, copied(tool, 2))
    with stored(tool).transaction() as session:
        session.scalars(
            select(Context).where(Context.context_id == "new")
        ).one().copy_state = CopyState.DECLINED
    send(tool, copied(tool, 3, of=("other",)))
    assert copy_of(tool) == ("Ratios again", "old", CopyState.DECLINED)


def test_a_course_is_not_its_own_original(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        course(session, "old")
    send(tool, copied(tool, new="old", of=("old",)))
    assert copy_of(tool, "old") == ("old", None, None)


def service(tool: Tool) -> NoticeService | None:
    with stored(tool).read() as session:
        return session.scalar(select(NoticeService))


def claim(tool: Tool, path: str = "/notice-handlers/1", /, **changes: Any) -> dict[str, Any]:
    return {
        vocab.NOTICE_SERVICE: SERVICE_CLAIM
        | {"platform_notification_service_url": tool.platform.issuer + path}
        | changes
    }


def test_a_launch_tells_where_notices_are_asked_for(tool: Tool) -> None:
    assert tool.launch(**claim(tool)).status_code == 200
    found = service(tool)
    assert found is not None
    assert found.url == tool.platform.issuer + "/notice-handlers/1"
    assert found.supported == ["LtiContextCopyNotice", "LtiHelloWorldNotice"], "only what we understand"
    assert (found.subscribed, found.due_at, found.attempts) == ([], NOW, 0)


def test_a_launch_that_says_nothing_new_writes_nothing(tool: Tool) -> None:
    tool.launch(**claim(tool))
    with stored(tool).transaction() as session:
        row = session.scalars(select(NoticeService)).one()
        row.due_at, row.subscribed = None, list(row.supported)
    tool.launch(**claim(tool))
    found = service(tool)
    assert found is not None
    assert (found.due_at, found.subscribed) == (None, found.supported)
    tool.launch(**claim(tool, "/notice-handlers/2"))
    found = service(tool)
    assert found is not None
    assert (found.due_at, found.subscribed, found.url[-2:]) == (NOW, [], "/2")


def test_what_a_platform_no_longer_sends_counts_as_asked_for_no_longer(tool: Tool) -> None:
    tool.launch(**claim(tool))
    with stored(tool).transaction() as session:
        row = session.scalars(select(NoticeService)).one()
        row.subscribed = list(row.supported)
    tool.launch(**claim(tool, notice_types_supported=["LtiHelloWorldNotice"]))
    found = service(tool)
    assert found is not None
    assert (found.subscribed, found.supported) == (["LtiHelloWorldNotice"], ["LtiHelloWorldNotice"])


def test_an_address_of_another_host_and_a_service_without_the_scope_are_not_noted(tool: Tool) -> None:
    elsewhere = {"platform_notification_service_url": "https://elsewhere.example/notices"}
    assert tool.launch(**claim(tool, **elsewhere)).status_code == 200
    assert tool.launch(**claim(tool, scope=["other"])).status_code == 200
    assert tool.launch(**claim(tool, notice_types_supported=["LtiOther"])).status_code == 200
    assert tool.launch(**{vocab.NOTICE_SERVICE: "x"}).status_code == 200
    assert service(tool) is None


def test_a_teachers_launch_with_ancestors_is_offered_the_nearest_one(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        course(session, "old")
    ancestry = {vocab.CONTEXT: {"id": "new"}, vocab.CUSTOM: {"context_history": "unknown, old"}}
    assert tool.launch(**ancestry).status_code == 200
    assert copy_of(tool) == ("", None, None), "a student's launch asks nobody anything"
    assert tool.launch(**ancestry, **{vocab.ROLES: [MEMBERSHIP + "Instructor"]}).status_code == 200
    assert copy_of(tool) == ("", "old", CopyState.OFFERED)


def test_a_copied_link_without_its_parameters_finds_its_activity_by_its_ancestors(tool: Tool) -> None:
    named = {vocab.RESOURCE_LINK: {"id": "l-1"}, vocab.CUSTOM: {"activity": "quiz-1"}}
    tool.launch(**named, **{vocab.CONTEXT: {"id": "old"}})
    for context, link, history in (
        ("new", "l-2", "l-1"),
        ("newer", "l-3", "l-2,l-1"),
        ("newest", "l-4", "l-3"),
    ):
        browser = tool.browser()
        response = tool.launch(
            browser,
            **{
                vocab.CONTEXT: {"id": context},
                vocab.RESOURCE_LINK: {"id": link},
                vocab.CUSTOM: {"resource_link_history": history},
            },
        )
        assert first_page_of(response).endswith("/activity/quiz-1")


def test_ancestors_of_links_count_within_one_deployment_only(tool: Tool) -> None:
    with stored(tool).transaction() as session:
        record_deployment(session, session.scalars(select(Registration)).one(), "deployment-2", NOW)
    tool.launch(**{vocab.RESOURCE_LINK: {"id": "l-1"}, vocab.CUSTOM: {"activity": "quiz-1"}})
    browser = tool.browser()
    response = tool.launch(
        browser,
        **{
            vocab.DEPLOYMENT_ID: "deployment-2",
            vocab.RESOURCE_LINK: {"id": "l-2"},
            vocab.CUSTOM: {"resource_link_history": "l-1"},
        },
    )
    assert first_page_of(response).endswith("/next")


def test_keys_are_fetched_once_for_many_notices(tool: Tool) -> None:
    tool.platform.requested.clear()
    assert send(tool, *(hello(tool, number) for number in range(20))).get_json() == {"taken": 20}
    assert tool.platform.requested == ["/keys"]
    with stored(tool).read() as session:
        assert len(session.scalars(select(PlatformKeySet)).all()) == 1
    assert json.dumps(taken(tool)).count("LtiHelloWorldNotice") == 20
