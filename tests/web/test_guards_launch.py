"""Odd launches and notices besides the list of cases: claims of other types, and what is switched off meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from lti_tool.launch import vocab
from tests.launch.platform import ADDRESS, MISSING, NOW, Tool, first_page_of
from tests.web.refusals import assert_nothing_stored, assert_refused, suspended_deployment

SECONDS = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        ({"iat": MISSING, "nbf": SECONDS}, 401, "launch.time"),
        ({"nbf": "soon"}, 401, "launch.time"),
        ({"nbf": None}, 401, "launch.time"),
        ({"nbf": SECONDS + 61}, 401, "launch.time"),
        ({vocab.MESSAGE_TYPE: [vocab.RESOURCE_LINK_REQUEST]}, 400, "launch.message_type"),
        ({vocab.MESSAGE_TYPE: {"a": 1}}, 400, "launch.message_type"),
        ({vocab.TARGET_LINK_URI: ""}, 400, "launch.claim_missing"),
        ({vocab.TARGET_LINK_URI: [ADDRESS + "/lti/launch"]}, 400, "launch.claim_missing"),
        ({vocab.TARGET_LINK_URI: 7}, 400, "launch.claim_missing"),
    ],
)
def test_a_claim_of_another_type_is_refused_as_the_claim_that_it_is(
    tool: Tool, claims: dict[str, Any], status: int, code: str
) -> None:
    assert_refused(tool.launch(**claims), status, code)
    assert_nothing_stored(tool)


@pytest.mark.parametrize("kid", ["", "k" * 256, ["key-1"], 1])
def test_a_key_id_that_cannot_be_one_leads_to_no_call(tool: Tool, kid: object) -> None:
    tool.launch()
    tool.clock.forward(minutes=2)
    tool.platform.requested.clear()
    browser = tool.browser()
    asked = tool.begin(browser)
    token = tool.platform.sign(tool.platform.claims(asked["nonce"], tool.clock.now), kid=kid)
    assert_refused(tool.answer(browser, asked["state"], token), 401, "launch.key_unknown")
    assert tool.platform.requested == []


def test_a_suspended_deployment_ends_the_sessions_that_are_open(tool: Tool) -> None:
    browser = tool.browser()
    page = first_page_of(tool.launch(browser))

    def visit() -> TestResponse:
        return browser.get(page, base_url=ADDRESS)

    assert visit().status_code < 400
    with suspended_deployment(tool):
        assert_refused(visit(), 401, "session.ended")
    assert visit().status_code < 400


def test_a_bad_signature_under_the_name_of_a_key_that_was_withdrawn_is_refused(own_tool: Tool) -> None:
    own_tool.platform.publish()
    assert own_tool.launch().status_code == 200
    own_tool.clock.forward(seconds=31)
    own_tool.platform.publish(("key-2", "platform", 2048))
    browser = own_tool.browser()
    asked = own_tool.begin(browser)
    claims = own_tool.platform.claims(asked["nonce"], own_tool.clock.now)
    forged = own_tool.platform.sign(claims, key="stranger", kid="key-1")
    assert_refused(own_tool.answer(browser, asked["state"], forged), 401, "launch.signature")
