"""Launches in a real Chromium: the tool in a frame of another site, with third-party cookies blocked.

The platform is at http://localhost, the tool at http://127.0.0.1: two sites for the browser.
"""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Frame, FrameLocator, Page, sync_playwright
from werkzeug.serving import make_server

from lti_tool.launch import vocab
from tests.browser import find_chromium
from tests.launch.platform import SigningPlatform, running_platform, running_tool

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture(scope="module")
def address(
    platform: SigningPlatform, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[str]:
    """The address of the running tool; the platform has a course page that embeds it."""
    folder = tmp_path_factory.mktemp("tool")
    shutil.copy(sqlite_template, folder / "waymark.sqlite")
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True)
    address = f"http://127.0.0.1:{server.server_port}"
    with running_tool(f"sqlite:///{folder}/waymark.sqlite", platform, folder, address=address) as tool:
        tool.app.extensions["waymark"] = replace(
            tool.app.extensions["waymark"], clock=lambda: datetime.now(UTC)
        )
        server.app = tool.app
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        _add_pages(platform, address)
        yield address
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def blocking(tmp_path: Path) -> Iterator[BrowserContext]:
    """A new browser that blocks third-party cookies."""
    with _browser(tmp_path, {"cookie_controls_mode": 1, "block_third_party_cookies": True}) as context:
        yield context


@pytest.fixture
def forgetful(tmp_path: Path) -> Iterator[BrowserContext]:
    """A new browser that keeps no cookie at all."""
    with _browser(tmp_path, {"default_content_setting_values": {"cookies": 2}}) as context:
        yield context


def test_a_launch_in_a_frame_of_another_site_works_with_third_party_cookies_blocked(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/course")
    frame = _tool_frame(page, address)
    frame.wait_for_url("**/l/*/**")
    first = frame.url
    assert not {"state", "id_token", "login_hint"} & set(first.replace("?", "&").split("&"))
    # The second time the browser brings the cookie along and is redirected without a page between.
    page.reload()
    _tool_frame(page, address).wait_for_url("**/l/*/**")
    cookies = blocking.cookies(address)
    assert [(c["name"], c["secure"], c["httpOnly"]) for c in cookies] == [("__Host-waymark", True, True)]


def test_a_page_that_is_not_the_platforms_cannot_frame_a_launch(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer.replace("localhost", "127.0.0.1") + "/course")
    page.wait_for_timeout(1500)
    assert all("/l/" not in frame.url for frame in page.frames)


def test_without_any_cookie_the_frame_offers_a_window_and_opens_nothing_by_itself(
    address: str, platform: SigningPlatform, forgetful: BrowserContext
) -> None:
    page = forgetful.new_page()
    page.goto(platform.issuer + "/course")
    button = _tool(page).get_by_role("button", name="Open in a new window")
    button.wait_for()
    platform.requested.clear()
    with page.context.expect_page() as opened:
        button.press("Enter")
    # This browser refuses cookies in the window too: the launch is refused with words, not skipped.
    opened.value.get_by_text("launch.state_not_bound").wait_for()
    assert "/auth" in platform.requested


def test_a_frame_that_can_keep_nothing_goes_on_in_a_window_by_one_press(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/course-in-a-sandbox")
    with page.context.expect_page() as opened:
        _tool(page).get_by_role("button", name="Open in a new window").press("Enter")
    opened.value.wait_for_url(f"{address}/l/*/**")


def test_platform_storage_stands_in_for_the_cookie(
    address: str, platform: SigningPlatform, forgetful: BrowserContext
) -> None:
    page = forgetful.new_page()
    with page.expect_response("**/static/lti/opened.js"):  # belongs to the page "Waymark is ready"
        page.goto(platform.issuer + "/course-with-storage")
    messages = page.evaluate("window.heard")
    assert [message["subject"] for message in messages] == ["lti.put_data", "lti.get_data"]
    assert messages[0]["message_id"] != messages[1]["message_id"]


def test_a_wrong_value_in_platform_storage_opens_nothing(
    address: str, platform: SigningPlatform, forgetful: BrowserContext
) -> None:
    page = forgetful.new_page()
    with page.expect_response(lambda answer: answer.url == f"{address}/lti/launch" and answer.status == 401):
        page.goto(platform.issuer + "/course-with-lying-storage")


def test_answers_from_other_origins_or_with_other_ids_are_ignored(
    address: str, platform: SigningPlatform, forgetful: BrowserContext
) -> None:
    page = forgetful.new_page()
    page.goto(platform.issuer + "/course-with-wrong-ids")
    # The put is never confirmed with its own id, so the frame falls back to the button.
    _tool(page).get_by_role("button", name="Open in a new window").wait_for()


def _add_pages(platform: SigningPlatform, address: str) -> None:
    target = address + "/lti/launch"
    login = platform.login_parameters(target_link_uri=target)

    def start(**more: str) -> str:
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in (login | more).items()
        )
        return _auto_post(address + "/lti/login", fields)

    def authorize(query: dict[str, str]) -> str:
        claims = platform.claims(query["nonce"], datetime.now(UTC), **{vocab.TARGET_LINK_URI: target})
        fields = f'<input name="id_token" value="{platform.sign(claims)}"><input name="state" value="{query["state"]}">'
        return _auto_post(target, fields)

    platform.pages["/course"] = lambda _query: "<h1>Course</h1><iframe name=tool src=/start></iframe>"
    sandbox = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox"
    platform.pages["/course-in-a-sandbox"] = _fixed(f'<iframe sandbox="{sandbox}" src=/start></iframe>')
    platform.pages["/start"] = lambda _query: start()
    platform.pages["/start-with-storage"] = lambda _query: start(lti_storage_target="_parent")
    platform.pages["/auth"] = authorize
    for name, script in _STORAGES.items():
        page = f"<iframe name=tool src=/start-with-storage></iframe><script>{_HEAR}{script}</script>"
        platform.pages[name] = _fixed(page)


def _fixed(page: str) -> Callable[[dict[str, str]], str]:
    return lambda _query: page


_HEAR = """
window.heard = []; const kept = {};
window.addEventListener("message", (event) => {
  const message = event.data;
  if (!String(message.subject).startsWith("lti.") || message.subject === "lti.frameResize") return;
  window.heard.push(message);
  if (message.subject === "lti.put_data") kept[message.key] = message.value;
  const answer = { subject: message.subject + ".response", message_id: message.message_id, key: message.key, value: kept[message.key] };
  reply(answer, event);
});
"""
_STORAGES = {
    "/course-with-storage": "const reply = (answer, event) => event.source.postMessage(answer, event.origin);",
    "/course-with-lying-storage": """const reply = (answer, event) => event.source.postMessage(
        answer.subject.startsWith("lti.get") ? { ...answer, value: "A".repeat(43) } : answer, event.origin);""",
    "/course-with-wrong-ids": """const reply = (answer, event) =>
        event.source.postMessage({ ...answer, message_id: "another" }, event.origin);""",
}


def _auto_post(action: str, fields: str) -> str:
    return f'<form method="post" action="{action}">{fields}</form><script>document.forms[0].submit()</script>'


@contextmanager
def _browser(folder: Path, preferences: dict[str, Any]) -> Iterator[BrowserContext]:
    """A Chromium with a profile of its own; the file is what the settings page would write."""
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": preferences}))
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            folder, executable_path=find_chromium(), args=["--no-sandbox"], headless=True
        )
        context.set_default_timeout(10_000)
        yield context
        context.close()


def _tool(page: Page) -> FrameLocator:
    """The inside of the tool's frame, whatever page it shows."""
    return page.frame_locator("iframe")


def _tool_frame(page: Page, address: str) -> Frame:
    """The tool's frame, once it shows a page of the tool."""
    frame = page.frame("tool")
    assert frame is not None
    frame.wait_for_url(f"{address}/**")
    return frame
