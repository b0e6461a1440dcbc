"""Open edX's own platform code: launches, deep linking, roster, scores and results over real HTTP."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.peers.platforms import OpenEdx
from tests.peers.tool import Tool

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("openedx")]


def test_probe(openedx: OpenEdx, tool: Tool, browser: Browser) -> None:
    for login in ("teacher", "ana"):
        context = browser.new_context()
        page = context.new_page()
        page.on("console", lambda m: print("CONSOLE", m.text))
        page.on("response", lambda r: print(r.status, r.request.method, r.url[:150]))
        page.goto(f"{openedx.address}/sign-in/{login}")
        page.goto(f"{openedx.address}/course/home")
        page.wait_for_timeout(1500)
        for f in page.frames:
            print(f.url, f.locator("body").inner_text()[:400])
    print(tool.read_course())
    assert 0
