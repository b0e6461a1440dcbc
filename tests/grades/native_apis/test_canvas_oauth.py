"""Access that a teacher agreed to at Canvas, over real HTTP: given, renewed, withdrawn, refused."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from werkzeug.wrappers import Response

from lti_tool.errors import PlatformError, PlatformRefused, PlatformUnavailable
from lti_tool.grades.native_apis.canvas import CanvasApi
from lti_tool.grades.native_apis.canvas_oauth import (
    OUTCOME_SCOPES,
    READING_SCOPES,
    SCOPES,
    DeveloperKey,
    Grant,
    authorisation_address,
    redeem,
    renew,
    revoke,
    try_key,
)
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.http import OutboundSession
from lti_tool.launch.signed_values import as_text
from tests.grades.linked_course import START, ImpatientSession
from tests.grades.native_apis.canvas_server import (
    CLIENT_ID,
    CLIENT_SECRET,
    CanvasSchool,
    running_canvas,
    throttled,
)
from tests.grades.native_apis.test_canvas import access

VERIFIER = "a-verifier-of-the-tests-that-is-as-long-as-one"
NOW = START.timestamp()


@pytest.fixture
def school() -> Iterator[CanvasSchool]:
    with running_canvas() as school:
        yield school


def outbound(school: CanvasSchool) -> OutboundSession:
    return ImpatientSession(school.origin)


def key(school: CanvasSchool, secret: str = CLIENT_SECRET) -> DeveloperKey:
    return DeveloperKey(school.origin, CLIENT_ID, secret)


def agreed(school: CanvasSchool) -> Grant:
    code = school.agree(" ".join(SCOPES), as_text(sha256(VERIFIER.encode()).digest()))
    return redeem(
        outbound(school), key(school), code, redirect_uri=school.redirect_uri, verifier=VERIFIER, now=NOW
    )


def refusal(call: object) -> PlatformError:
    assert callable(call)
    with pytest.raises(PlatformError) as refused:
        call()
    return refused.value


def test_the_address_asks_for_exactly_the_calls_that_are_made(school: CanvasSchool) -> None:
    address = authorisation_address(
        key(school), redirect_uri="https://us.example/back", state="s", verifier="v"
    )
    query = parse_qs(urlsplit(address).query)
    assert query["scope"] == [" ".join(SCOPES)]
    assert (query["state"], query["redirect_uri"]) == (["s"], ["https://us.example/back"])
    names = [name for name, _value in parse_qsl(urlsplit(address).query)]
    assert names.index("code_challenge") == names.index("code_challenge_method") - 1
    assert CLIENT_SECRET not in address
    school.includes = False
    school.add_module("Unit 1", ("Assignment", 201))
    CanvasApi().read(access(school), user_ids=tuple(school.subs), native_ids={})
    called = {urlsplit(url).path.replace(f"/{school.course}/", "/:course_id/") for url in school.requests}
    called = {path.replace("/modules/1/", "/modules/:module_id/") for path in called}
    routes = {path if "lti_1_3_id" not in path else path.rpartition("/")[0] + "/:id" for path in called}
    assert {f"url:GET|{route}" for route in routes} == set(READING_SCOPES)


def test_outcomes_are_asked_for_only_where_they_are_wanted_and_by_exactly_their_calls(
    school: CanvasSchool,
) -> None:
    address = authorisation_address(
        key(school), redirect_uri="https://us.example/back", state="s", verifier="v", with_outcomes=True
    )
    asked = parse_qs(urlsplit(address).query)["scope"][0].split()
    assert sorted(asked) == sorted(SCOPES + OUTCOME_SCOPES)
    CanvasApi().read(access(school), user_ids=(), native_ids={}, with_outcomes=True)
    called = {urlsplit(url).path.replace(f"/{school.course}/", "/:course_id/") for url in school.requests}
    assert {f"url:GET|{route}" for route in called} - set(READING_SCOPES) == set(OUTCOME_SCOPES)


@pytest.mark.parametrize("knows_pkce", [True, False])
def test_a_code_becomes_a_grant_that_reads_the_course(school: CanvasSchool, knows_pkce: bool) -> None:
    school.knows_pkce = knows_pkce
    grant = agreed(school)
    assert (grant.user, grant.seconds) == ("900", 3540)
    place = access(school).place
    reading = CanvasApi().read(
        Access(place, grant.access, outbound(school), lambda: NOW), user_ids=(), native_ids={}
    )
    assert len(reading.gradebook.students) == 3


def test_a_code_is_worth_nothing_twice_or_with_another_verifier(school: CanvasSchool) -> None:
    code = school.agree("", as_text(sha256(b"another").digest()))

    def redeemed() -> Grant:
        return redeem(
            outbound(school), key(school), code, redirect_uri=school.redirect_uri, verifier=VERIFIER, now=NOW
        )

    assert refusal(redeemed).code == "native.sign_in_ended"
    assert refusal(redeemed).code == "native.sign_in_ended"


def test_a_new_access_token_makes_the_former_one_void(school: CanvasSchool) -> None:
    grant = agreed(school)
    renewed = renew(outbound(school), key(school), grant.refresh, now=NOW)
    assert renewed.access != grant.access
    assert renewed.refresh == ""
    assert "redirect_uri" not in school.forms[-1]
    assert [one.access for one in school.grants] == [renewed.access]


def test_what_was_withdrawn_at_canvas_is_not_renewed(school: CanvasSchool) -> None:
    grant = agreed(school)
    revoke(outbound(school), school.origin, grant.access, now=NOW)
    assert school.grants == []
    revoke(outbound(school), school.origin, grant.access, now=NOW)
    refused = refusal(lambda: renew(outbound(school), key(school), grant.refresh, now=NOW))
    assert isinstance(refused, PlatformRefused)
    assert (refused.code, "Press Connect" in refused.message) == ("native.sign_in_ended", True)


def test_a_key_that_canvas_does_not_know_is_told_from_a_grant_that_it_does_not_know(
    school: CanvasSchool,
) -> None:
    try_key(outbound(school), key(school), now=NOW)
    refused = refusal(lambda: try_key(outbound(school), key(school, "another"), now=NOW))
    assert (refused.code, refused.detail) == ("native.developer_key", "invalid_client")


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (throttled(), "platform.throttled"),
        (Response("broken", status=500), "platform.failed"),
        (Response("<html>Sign in</html>", content_type="text/html"), "platform.answer_unreadable"),
        (Response('{"access_token": null}'), "platform.answer_unreadable"),
        (Response('{"access_token": "with a space"}'), "platform.answer_unreadable"),
        (Response("[]"), "platform.answer_unreadable"),
    ],
)
def test_a_failure_that_may_pass_is_no_withdrawal(school: CanvasSchool, answer: Response, code: str) -> None:
    school.fail(answer, path="/token", times=9)
    refused = refusal(lambda: renew(outbound(school), key(school), "r", now=NOW))
    assert isinstance(refused, PlatformUnavailable)
    assert refused.code == code


def test_a_grant_that_cannot_be_renewed_is_said_at_once(school: CanvasSchool) -> None:
    school.fail(Response('{"access_token": "7~a", "expires_in": 3600}'), path="/token")
    assert refusal(lambda: agreed(school)).code == "native.no_refresh_token"


def test_no_secret_is_in_a_repr(school: CanvasSchool) -> None:
    grant = agreed(school)
    shown = repr((grant, key(school)))
    assert not any(secret in shown for secret in (grant.access, grant.refresh, CLIENT_SECRET))
