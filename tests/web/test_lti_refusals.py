"""Launches that must be refused: one row per case of the list, with its exact status and code.

Each case changes one thing about a valid launch. The numbers (A01 ...) are the project's own list of
refused inputs. After each, nobody is signed in and nothing is stored.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.launch import vocab
from lti_tool.models.courses import Person
from lti_tool.models.platforms import (
    RegistrationStatus,
)
from tests.launch.platform import (
    ADDRESS,
    MEMBERSHIP,
    MISSING,
    NOW,
    SigningPlatform,
    Tool,
    first_page_of,
)
from tests.web.refusals import (
    assert_nothing_stored,
    assert_refused,
    changed_registration,
    suspended_deployment,
)

SECONDS = int(NOW.timestamp())
EVIL = "https://evil.example"


# ---- Login (A01 to A09) -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri"])
def test_a01_a_login_needs_its_parameters(tool: Tool, name: str) -> None:
    assert_refused(tool.login(tool.browser(), **{name: MISSING}), 400, "login.param_missing")


@pytest.mark.parametrize(
    "target",
    [
        EVIL + "/lti/launch",
        "http://127.0.0.1:8080@evil.example/",
        "http://127.0.0.1.evil.example:8080/",
        "//evil.example/",
        "/\\evil.example",
        "http:\\\\127.0.0.1:8080\\",
        "javascript:alert(1)",
        "http://127.0.0.1:9999/lti/launch",
        "https://127.0.0.1:8080/lti/launch",
        "http://127.0.0.1:8080\t.evil.example/",
        "http://127.0.0.1:port/",
        "http://[::1/",
    ],
)
def test_a02_a03_targets_elsewhere_are_refused_however_they_look(tool: Tool, target: str) -> None:
    assert_refused(tool.login(tool.browser(), target_link_uri=target), 400, "login.target_not_ours")


def test_a04_unknown_issuer_and_unknown_client_look_the_same(tool: Tool) -> None:
    answers = [tool.login(tool.browser(), iss="https://x.example"), tool.login(tool.browser(), client_id="x")]
    for answer in answers:
        assert_refused(answer, 400, "login.unknown_platform")
    stripped = [answer.text.split("<code>")[0].split("<main")[1] for answer in answers]
    assert stripped[0] == stripped[1]


def test_a05_an_issuer_of_several_clients_needs_the_client_id(tool: Tool) -> None:
    assert_refused(tool.login(tool.browser(), client_id=MISSING), 400, "login.client_ambiguous")


@pytest.mark.parametrize("status", [RegistrationStatus.DISABLED, RegistrationStatus.PENDING])
def test_a06_a59_a_registration_that_is_not_active_lets_nobody_begin(
    tool: Tool, status: RegistrationStatus
) -> None:
    with changed_registration(tool, status):
        assert_refused(tool.login(tool.browser()), 403, "login.registration_disabled")


@pytest.mark.parametrize("name", ["lti_deployment_id", "deployment_id"])
def test_a06_a_suspended_deployment_lets_nobody_begin(tool: Tool, name: str) -> None:
    with suspended_deployment(tool):
        answer = tool.login(tool.browser(), **{name: "deployment-1"})
        assert_refused(answer, 403, "login.registration_disabled")


def test_a07_a_parameter_with_two_values_is_refused(tool: Tool) -> None:
    twice = tool.platform.login_parameters() | {"iss": [tool.platform.issuer, "https://x.example"]}
    assert_refused(
        tool.browser().post("/lti/login", data=twice, base_url=ADDRESS), 400, "login.duplicate_param"
    )
    both = tool.browser().post(
        "/lti/login?client_id=other", data=tool.platform.login_parameters(), base_url=ADDRESS
    )
    assert_refused(both, 400, "login.duplicate_param")


@pytest.mark.parametrize("size", [64 * 1024, 300 * 1024])
def test_a08_a_login_that_is_too_big_is_refused(tool: Tool, size: int) -> None:
    assert tool.login(tool.browser(), login_hint="x" * size).status_code == 413


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch"])
def test_a09_other_methods_are_refused(tool: Tool, method: str, path: str) -> None:
    assert tool.browser().open(path, method=method.upper(), base_url=ADDRESS).status_code == 405


def test_a09_a_token_in_the_address_is_refused(tool: Tool) -> None:
    answer = tool.browser().get("/lti/launch?id_token=abc&state=x", base_url=ADDRESS)
    assert_refused(answer, 405, "request.method")


def test_a10_above_the_ceiling_logins_are_told_to_wait(own_tool: Tool) -> None:
    limit = own_tool.app.extensions["waymark-login-limit"]
    for _ in range(2999):
        limit.count("127.0.0.1", own_tool.clock.now)
    assert own_tool.login(own_tool.browser()).status_code == 302
    refused = own_tool.login(own_tool.browser())
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")


# ---- State (A11 to A19) -----------------------------------------------------------------------------


def test_a11_a_launch_needs_its_state(tool: Tool) -> None:
    assert_refused(tool.answer(tool.browser(), "", "a.b.c"), 400, "launch.state_missing")


@pytest.mark.parametrize("made_up", ["state-x", "edited"])
def test_a12_a_state_that_was_not_issued_is_refused(tool: Tool, made_up: str) -> None:
    browser = tool.browser()
    asked = tool.begin(browser)
    token = tool.platform.sign(tool.platform.claims(asked["nonce"]))
    state = asked["state"] + "x" if made_up == "edited" else made_up
    assert_refused(tool.answer(browser, state, token), 401, "launch.state_invalid")


def test_a13_a_launch_in_another_browser_is_refused(tool: Tool) -> None:
    asked = tool.begin(tool.browser())
    token = tool.platform.sign(tool.platform.claims(asked["nonce"]))
    other = tool.browser()
    tool.begin(other)
    assert_refused(tool.answer(other, asked["state"], token), 401, "launch.state_not_bound")
    assert_nothing_stored(tool)


def test_a14_a_state_of_ten_minutes_ago_is_too_old(tool: Tool) -> None:
    browser = tool.browser()
    asked = tool.begin(browser)
    tool.clock.forward(minutes=10)
    token = tool.platform.sign(tool.platform.claims(asked["nonce"], tool.clock.now))
    assert_refused(tool.answer(browser, asked["state"], token), 401, "launch.state_expired")


def test_a15_a17_the_same_launch_sent_twice_opens_one_session(tool: Tool) -> None:
    browser = tool.browser()
    asked = tool.begin(browser)
    token = tool.platform.sign(tool.platform.claims(asked["nonce"]))
    first = tool.answer(browser, asked["state"], token)
    assert_refused(tool.answer(browser, asked["state"], token), 401, "launch.state_used")
    assert browser.get(first_page_of(first), base_url=ADDRESS).status_code == 200


def test_a15_a_second_token_with_a_spent_state_is_refused(tool: Tool) -> None:
    browser = tool.browser()
    asked = tool.begin(browser)
    for status in (200, 401):
        token = tool.platform.sign(tool.platform.claims(asked["nonce"], jti=str(status)))
        assert tool.answer(browser, asked["state"], token).status_code == status


def test_a17_of_simultaneous_launches_exactly_one_succeeds(tool: Tool) -> None:
    browser = tool.browser()
    asked = tool.begin(browser)
    cookie = browser.get_cookie("__Host-waymark", domain="127.0.0.1")
    assert cookie is not None
    token = tool.platform.sign(tool.platform.claims(asked["nonce"]))
    ready = threading.Barrier(4)

    def post(_number: int) -> int:
        twin = tool.browser()
        twin.set_cookie("__Host-waymark", cookie.value, domain="127.0.0.1")
        ready.wait()
        return tool.answer(twin, asked["state"], token).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(post, range(4))) == [200, 401, 401, 401]


@pytest.mark.parametrize("error", ["login_required", "<script>alert(1)</script>"])
def test_a19_an_error_of_the_platform_is_shown_as_such_and_spends_the_state(tool: Tool, error: str) -> None:
    browser = tool.browser()
    asked = tool.begin(browser)
    form = {"state": asked["state"], "error": error, "error_description": "<b>no</b>"}
    answer = browser.post("/lti/launch", data=form, base_url=ADDRESS)
    assert_refused(answer, 401, "launch.platform_error")
    assert "<script>alert" not in answer.text
    token = tool.platform.sign(tool.platform.claims(asked["nonce"]))
    assert_refused(tool.answer(browser, asked["state"], token), 401, "launch.state_used")


# ---- People and places that were switched off ---------------------------------------------------------


def test_a46_a_disabled_person_is_refused(tool: Tool) -> None:
    tool.launch()
    with tool.app.extensions["waymark"].database.transaction() as session:
        session.scalars(select(Person)).one().disabled_at = NOW
    assert_refused(tool.launch(), 403, "launch.account_disabled")


def test_a46_a_platform_switched_off_between_login_and_launch_is_refused(tool: Tool) -> None:
    browser = tool.browser()
    asked = tool.begin(browser)
    token = tool.platform.sign(tool.platform.claims(asked["nonce"]))
    with changed_registration(tool, RegistrationStatus.DISABLED):
        assert_refused(tool.answer(browser, asked["state"], token), 403, "launch.account_disabled")


def test_a46_a_suspended_deployment_is_refused(tool: Tool) -> None:
    with suspended_deployment(tool):
        assert_refused(tool.launch(), 403, "launch.account_disabled")


# ---- Deep linking (A49, A60) --------------------------------------------------------------------------


def deep_linking(platform: SigningPlatform, **settings: Any) -> dict[str, Any]:
    claim = {
        "deep_link_return_url": platform.issuer + "/return",
        "accept_types": ["ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
    } | settings
    return {
        vocab.MESSAGE_TYPE: vocab.DEEP_LINKING_REQUEST,
        vocab.RESOURCE_LINK: MISSING,
        vocab.ROLES: [MEMBERSHIP + "Instructor"],
        vocab.DEEP_LINKING_SETTINGS: claim,
    }


def test_a49_a_learner_cannot_add_activities(tool: Tool) -> None:
    claims = deep_linking(tool.platform) | {vocab.ROLES: [MEMBERSHIP + "Learner"]}
    assert_refused(tool.launch(**claims), 403, "deeplink.role")
    assert_nothing_stored(tool)


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "data:text/html,x", "http://lms.example/return", EVIL + "/return", ["x"]],
)
def test_a60_activities_go_only_to_the_platform(tool: Tool, address: Any) -> None:
    refused = tool.launch(**deep_linking(tool.platform, deep_link_return_url=address))
    assert_refused(refused, 400, "deeplink.return_refused")
    assert_nothing_stored(tool)


@pytest.mark.parametrize(
    "settings", [{"accept_types": ["link"]}, {"accept_types": None}, {"deep_link_return_url": ""}]
)
def test_a_deep_linking_request_without_its_settings_is_refused(tool: Tool, settings: dict[str, Any]) -> None:
    assert_refused(tool.launch(**deep_linking(tool.platform, **settings)), 400, "deeplink.claim_missing")


def test_deep_linking_needs_no_resource_link(tool: Tool) -> None:
    assert tool.launch(**deep_linking(tool.platform)).status_code == 200
