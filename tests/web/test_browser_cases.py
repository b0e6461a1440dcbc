"""Group E of the checklist in a real Chromium, the tool in a frame of another site, third-party cookies blocked.

The platform is at http://localhost, the tool at http://127.0.0.1: two sites for the browser. Firefox and WebKit
are not part of the test environment, and the pages are served over http, which browsers treat as secure on
127.0.0.1. Each case begins with its id; some stand beside the pages that they are about:

- E01 to E10 and E15 here; E01 with all answers of a check, at the demo LMS: tests/integration/test_whole_loop.py.
- E06 and E15 also in tests/web/test_session.py, without a browser.
- E11 and E12 in tests/web/test_student_browser.py.
- E13 picker: tests/web/test_picker_browser.py; all pages at 320 px: tests/web/test_accessibility.py.
- E14 the automated checker on every page: tests/web/test_accessibility.py; by keyboard: below, in
  tests/web/test_picker_browser.py and tests/web/test_teacher_browser.py. A screen reader was not used.
- E16 for every address of the product: tests/web/test_matrix.py.
"""

from __future__ import annotations

import functools
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
from tests.browser import ARGUMENTS, address_of, find_chromium
from tests.launch.platform import MEMBERSHIP, SigningPlatform, running_platform, running_tool

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


def test_e01_a_launch_in_a_frame_of_another_site_works_with_third_party_cookies_blocked(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/course")
    frame = _tool_frame(page, address)
    first = address_of(frame)
    assert not {"state", "id_token", "login_hint"} & set(first.replace("?", "&").split("&"))
    # The second time the browser brings the cookie along and is redirected without a page between.
    page.reload()
    address_of(_tool_frame(page, address))
    cookies = blocking.cookies(address)
    assert [(c["name"], c["secure"], c["httpOnly"]) for c in cookies] == [("__Host-waymark", True, True)]


def test_e09_a_page_that_is_not_the_platforms_cannot_frame_a_launch(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer.replace("localhost", "127.0.0.1") + "/course")
    page.wait_for_timeout(1500)
    assert all("/l/" not in frame.url for frame in page.frames)


def test_e04_without_any_cookie_the_frame_offers_a_window_and_opens_nothing_by_itself(
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


def test_e04_a_frame_that_can_keep_nothing_goes_on_in_a_window_by_one_press(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/course-in-a-sandbox")
    with page.context.expect_page() as opened:
        _tool(page).get_by_role("button", name="Open in a new window").press("Enter")
    address_of(opened.value)


def test_e02_platform_storage_stands_in_for_the_cookie(
    address: str, platform: SigningPlatform, forgetful: BrowserContext
) -> None:
    page = forgetful.new_page()
    with page.expect_response("**/static/lti/opened.js"):  # belongs to the page "Waymark is ready"
        page.goto(platform.issuer + "/course-with-storage")
    messages = page.evaluate("window.heard")
    assert [message["subject"] for message in messages] == ["lti.put_data", "lti.get_data"]
    assert messages[0]["message_id"] != messages[1]["message_id"]


def test_e03_a_wrong_value_in_platform_storage_opens_nothing(
    address: str, platform: SigningPlatform, forgetful: BrowserContext
) -> None:
    page = forgetful.new_page()
    with page.expect_response(lambda answer: answer.url == f"{address}/lti/launch" and answer.status == 401):
        page.goto(platform.issuer + "/course-with-lying-storage")


@pytest.mark.parametrize("wrong", ["ids", "subjects", "windows", "times"])
def test_e03_answers_with_another_id_or_subject_from_another_origin_or_too_late_are_ignored(
    address: str, platform: SigningPlatform, forgetful: BrowserContext, wrong: str
) -> None:
    page = forgetful.new_page()
    platform.requested.clear()
    page.goto(platform.issuer + "/course-with-wrong-" + wrong)
    # The put is never confirmed as it should be, so the frame falls back to the button and stays there.
    _tool(page).get_by_role("button", name="Open in a new window").wait_for()
    if wrong == "times":
        page.wait_for_timeout(1500)
        assert _tool(page).get_by_role("button", name="Open in a new window").is_visible()
    assert "/auth" not in platform.requested


def test_e02_what_is_stored_is_addressed_to_the_platforms_own_origin(
    address: str, platform: SigningPlatform, forgetful: BrowserContext
) -> None:
    page = forgetful.new_page()
    # The same page on another origin is not the registered platform: the browser gives it no message.
    page.goto(platform.issuer.replace("localhost", "127.0.0.1") + "/course-with-storage")
    page.wait_for_timeout(2500)
    assert page.evaluate("window.heard") == []


@pytest.mark.parametrize("course", ["/course-without-windows", "/course-with-storage-without-windows"])
def test_e05_where_new_windows_are_blocked_the_keyboard_leads_on_in_the_same_tab(
    address: str, platform: SigningPlatform, blocking: BrowserContext, course: str
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + course)
    window = _tool(page).get_by_role("button", name="Open in a new window")
    window.press("Enter")
    assert _tool(page).get_by_text("your browser blocks new windows").is_visible()
    assert page.context.pages[-1] == page
    page.keyboard.press("Tab")
    assert (
        _tool(page)
        .get_by_role("button", name="Go on in this tab")
        .evaluate("button => button === document.activeElement")
    )
    page.keyboard.press("Enter")
    address_of(page)


def test_e06_two_tabs_keep_their_own_launch(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    student, teacher = blocking.new_page(), blocking.new_page()
    student.goto(platform.issuer + "/course")
    _launched(student)
    teacher.goto(platform.issuer + "/course-as-teacher")
    _launched(teacher)
    assert address_of(_tool_frame(teacher, address)).rpartition("/")[2] == "today"
    own = _tool_frame(student, address)
    own.evaluate("location.reload()")
    address_of(own, "/l/[^/]+/next$")


def test_e07_reload_back_and_a_launch_sent_again_end_nowhere_dead(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/course")
    frame = _launched(page)
    opened = address_of(frame)
    with page.expect_response(opened) as reloaded:
        frame.evaluate("location.reload()")
    assert reloaded.value.status == 200
    frame.wait_for_load_state("networkidle")
    # What a browser does for a tab that comes back: the platform's form is posted a second time.
    platform.pages["/again"] = _fixed(platform.pages["/latest"]({}))
    page.evaluate("document.querySelector('iframe').src = '/again'")
    _tool(page).get_by_text("launch.state_used").wait_for()
    link = _tool(page).get_by_role("link", name="Back to the page that is open")
    link.press("Enter")
    address_of(_tool_frame(page, address), "/next$")
    # A reload of the refusal leads there as well, instead of sending the launch a third time.
    page.evaluate("document.querySelector('iframe').src = '/again'")
    _tool(page).get_by_text("launch.state_used").wait_for()
    address_of(_tool_frame(page, address), "/l/")
    _tool_frame(page, address).evaluate("location.reload()")
    _tool(page).get_by_text("launch.state_used").wait_for(state="detached")
    assert address_of(_tool_frame(page, address)) == opened
    # Away from the course and back: the frame was discarded meanwhile.
    page.goto(platform.issuer + "/stranger")
    page.go_back()
    address_of(_tool_frame(page, address))
    _tool(page).locator("h1").wait_for()
    page.reload()
    _launched(page)


def test_e07_a_browser_that_does_not_hold_the_session_learns_nothing_of_it(
    address: str, platform: SigningPlatform, blocking: BrowserContext, tmp_path: Path
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/course")
    _launched(page)
    platform.pages["/again"] = _fixed(platform.pages["/latest"]({}))
    # The same launch at the top of a window: another jar of cookies, as in another browser.
    other = blocking.new_page()
    other.goto(platform.issuer + "/again")
    other.get_by_text("launch.state_used").wait_for()
    assert other.get_by_role("link", name="Back to the page that is open").count() == 0
    assert "/l/" not in other.content()


def test_e08_no_address_says_anything_about_a_person(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    asked: list[tuple[str, str]] = []
    page.on("request", lambda request: asked.append((request.url, request.headers.get("referer", ""))))
    page.goto(platform.issuer + "/course")
    frame = _launched(page)
    [cookie] = [found["value"] for found in blocking.cookies(address) if found["name"] == "__Host-waymark"]
    ours = [(url, referer) for url, referer in asked if url.startswith(address)]
    assert ours
    for url, referer in ours:
        for secret in ("id_token", "login_hint", "hint-1", "student-1", "Ann", "Alpha", "eyJ", cookie):
            assert secret not in url + referer, url
    # The address of the page opens nothing in another window: only the cookie of this frame does.
    stranger = blocking.new_page()
    answer = stranger.goto(address_of(frame))
    assert answer is not None
    assert answer.status in {401, 404}


def test_e09_pages_that_belong_to_no_launch_cannot_be_framed_at_all(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    platform.pages["/frames-administration"] = _fixed(f'<iframe name=tool src="{address}/admin/sign-in">')
    page = blocking.new_page()
    page.goto(platform.issuer + "/frames-administration")
    page.wait_for_timeout(1000)
    frame = page.frame("tool")
    assert frame is not None
    assert "sign-in" not in frame.url or frame.locator("form").count() == 0


def test_e10_scripts_in_stored_text_do_not_run_and_inline_ones_are_blocked(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/course-with-scripts-in-names")
    frame = _launched(page)
    assert frame.evaluate("window.ran") is None
    # Even if a page of ours let such text through as markup, the policy keeps it from running.
    reported = frame.evaluate(
        """() => new Promise((done) => {
            document.addEventListener("securitypolicyviolation", (event) => done(event.violatedDirective));
            document.body.insertAdjacentHTML("beforeend", "<img src=data:, onerror='window.ran = 1'>");
            setTimeout(() => done(""), 3000);
        })"""
    )
    assert reported.startswith("script-src")
    assert frame.evaluate("window.ran") is None


def test_e15_after_a_second_person_the_back_button_shows_nothing_of_the_first(
    address: str, platform: SigningPlatform, blocking: BrowserContext
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/start")
    first = address_of(page)
    page.goto(platform.issuer + "/start-as-another-student")
    page.wait_for_url(lambda url: url.startswith(address + "/l/") and url != first)
    answer = page.goto(first)
    assert answer is not None
    assert answer.status in {401, 404}
    page.go_back()
    page.go_back()
    page.wait_for_timeout(500)
    assert page.url != first or "session." in page.content()


def _launched(page: Page) -> Frame:
    """The tool's frame, once a launch has come to its page."""
    frame = page.frame("tool")
    assert frame is not None
    address_of(frame)
    return frame


def _add_pages(platform: SigningPlatform, address: str) -> None:
    target = address + "/lti/launch"
    login = platform.login_parameters(target_link_uri=target)

    def start(**more: str) -> str:
        fields = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">'
            for name, value in (login | more).items()
        )
        return _auto_post(address + "/lti/login", fields)

    latest = {"page": ""}

    def authorize(query: dict[str, str]) -> str:
        who = _WHO.get(query["login_hint"], {})
        claims = platform.claims(query["nonce"], datetime.now(UTC), **{vocab.TARGET_LINK_URI: target}, **who)
        fields = f'<input name="id_token" value="{platform.sign(claims)}"><input name="state" value="{query["state"]}">'
        latest["page"] = _auto_post(target, fields)
        return latest["page"]

    platform.pages["/latest"] = lambda _query: latest["page"]
    for name, hint in _HINTS.items():
        platform.pages[f"/start-{name}"] = functools.partial(_started, start, hint)
        platform.pages[f"/course-{name}"] = _fixed(f"<iframe name=tool src=/start-{name}></iframe>")
    closed = "allow-scripts allow-forms allow-top-navigation-by-user-activation"
    platform.pages["/course-without-windows"] = _fixed(f'<iframe sandbox="{closed}" src=/start></iframe>')
    platform.pages["/course-with-storage-without-windows"] = _fixed(
        f'<iframe sandbox="{closed}" src=/start-with-storage></iframe><script>{_HEAR}{_STORAGES["/course-with-storage"]}</script>'
    )

    platform.pages["/course"] = lambda _query: "<h1>Course</h1><iframe name=tool src=/start></iframe>"
    sandbox = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox"
    platform.pages["/course-in-a-sandbox"] = _fixed(f'<iframe sandbox="{sandbox}" src=/start></iframe>')
    platform.pages["/start"] = lambda _query: start()
    platform.pages["/start-with-storage"] = lambda _query: start(lti_storage_target="_parent")
    platform.pages["/auth"] = authorize
    platform.pages["/stranger"] = _fixed(
        "<script>addEventListener('message', (event) => parent.frames[0].postMessage(event.data, '*'))</script>"
    )
    for name, script in _STORAGES.items():
        page = f"<iframe name=tool src=/start-with-storage></iframe><script>{_HEAR}{script}</script>"
        platform.pages[name] = _fixed(page)


def _started(start: Callable[..., str], hint: str, _query: dict[str, str]) -> str:
    return start(login_hint=hint)


def _fixed(page: str) -> Callable[[dict[str, str]], str]:
    return lambda _query: page


_HINTS = {"as-teacher": "teacher", "as-another-student": "another", "with-scripts-in-names": "scripts"}
_SCRIPT = "<script>window.ran = 1</script><img src=x onerror='window.ran = 1'>"
_WHO: dict[str, dict[str, Any]] = {
    "teacher": {"sub": "teacher-1", vocab.ROLES: [MEMBERSHIP + "Instructor"]},
    "another": {"sub": "student-2", "name": "Ben Bravo"},
    "scripts": {
        "sub": "teacher-2",
        "name": _SCRIPT,
        vocab.ROLES: [MEMBERSHIP + "Instructor"],
        vocab.CONTEXT: {"id": "course-2", "title": _SCRIPT, "label": _SCRIPT},
    },
}
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
    "/course-with-wrong-subjects": """const reply = (answer, event) =>
        event.source.postMessage({ ...answer, subject: "lti.get_data.response" }, event.origin);""",
    "/course-with-wrong-times": """const reply = (answer, event) =>
        setTimeout(() => event.source.postMessage(answer, event.origin), 2500);""",
    # Answered with the right id, by a frame of another origin that the platform's page told it to.
    "/course-with-wrong-windows": """
        const stranger = document.createElement("iframe");
        stranger.src = location.href.replace("localhost", "127.0.0.1").replace(/[^/]*$/, "stranger");
        document.body.append(stranger);
        const reply = (answer, event) => stranger.contentWindow.postMessage(answer, "*");""",
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
            folder, executable_path=find_chromium(), args=ARGUMENTS, headless=True
        )
        context.set_default_timeout(10_000)
        yield context
        context.close()


def _tool(page: Page) -> FrameLocator:
    """The inside of the tool's frame, whatever page it shows."""
    return page.frame_locator("iframe >> nth=0")


def _tool_frame(page: Page, address: str) -> Frame:
    """The tool's frame, once it shows a page of the tool."""
    frame = page.frame("tool")
    assert frame is not None
    frame.wait_for_url(f"{address}/**")
    return frame
