"""Where a refusal leads back to an open session, and where it does not."""

from __future__ import annotations

from tests.launch.platform import Tool, root_of
from tests.web.refusals import assert_refused


def test_a_launch_that_was_sent_twice_leads_back_to_its_session_and_another_refusal_does_not(
    own_tool: Tool,
) -> None:
    own_tool.platform.publish()
    browser = own_tool.browser()
    asked = own_tool.begin(browser)
    token = own_tool.platform.sign(own_tool.platform.claims(asked["nonce"]))
    opened = root_of(own_tool.answer(browser, asked["state"], token))
    again = own_tool.answer(browser, asked["state"], token)
    assert_refused(again, 401, "launch.state_used")
    assert f'href="{opened}"' in again.text
    unreadable = own_tool.answer(browser, own_tool.begin(browser)["state"], "not a token")
    assert_refused(unreadable, 400, "launch.token_malformed")
    assert opened not in unreadable.text
