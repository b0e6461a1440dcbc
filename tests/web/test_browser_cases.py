"""Group E of the checklist in a real Chromium, the tool in a frame of another site, third-party cookies blocked.

The platform is at http://localhost, the tool at http://127.0.0.1: two sites for the browser, which treats 127.0.0.1
as secure; one launch is over https. Firefox and WebKit are not part of the test environment: `make browsers`
(tests/browsers) tells the same stories in them, over https. Each case begins with its id; some stand beside the pages
that they are about:

- E01 to E10 and E15 here; E01 at the demo LMS: tests/integration/test_whole_loop.py.
- E06 and E15 also in tests/web/test_session.py, without a browser.
- E11 and E12 in tests/web/test_student_browser.py.
- E13 picker: tests/web/test_picker_browser.py; all pages at 320 px: tests/web/test_accessibility.py.
- E14 the automated checker on every page: tests/web/test_accessibility.py; by keyboard: below, in
  tests/web/test_picker_browser.py and tests/web/test_teacher_browser.py. A screen reader was not used.
- E16 for every address of the product: tests/web/test_matrix.py.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Frame, FrameLocator, Page, Playwright, sync_playwright

from tests.browser import ARGUMENTS, address_of, find_chromium
from tests.certificates import make_authority
from tests.launch.platform import SigningPlatform
from tests.web.embedding import Embedded, embedded_tool, fixed_page
from tests.web.test_student import check
from tests.web.test_student_browser import give

pytestmark = pytest.mark.browser
CHECK = "check-equivalent-fractions"


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Embedded]:
    """The running tool, and a platform whose course pages embed it."""
    folder = tmp_path_factory.mktemp("tool")
    shutil.copy(sqlite_template, folder / "waymark.sqlite")
    with embedded_tool(folder) as embedded:
        yield embedded


@pytest.fixture
def platform(embedded: Embedded) -> SigningPlatform:
    return embedded.platform


@pytest.fixture
def address(embedded: Embedded) -> str:
    return embedded.address


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def blocking_browser(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    preferences = {"cookie_controls_mode": 1, "block_third_party_cookies": True}
    with _browser(playwright, tmp_path_factory.mktemp("profile"), preferences) as context:
        yield context


@pytest.fixture(scope="module")
def forgetful_browser(
    playwright: Playwright, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrowserContext]:
    preferences = {"default_content_setting_values": {"cookies": 2}}
    with _browser(playwright, tmp_path_factory.mktemp("profile"), preferences) as context:
        yield context


@pytest.fixture
def blocking(blocking_browser: BrowserContext) -> Iterator[BrowserContext]:
    """A browser that blocks third-party cookies and has been nowhere yet."""
    yield blocking_browser
    _forget(blocking_browser)


@pytest.fixture
def forgetful(forgetful_browser: BrowserContext) -> Iterator[BrowserContext]:
    """A browser that keeps no cookie at all."""
    yield forgetful_browser
    _forget(forgetful_browser)


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


def test_e01_a_learner_answers_a_whole_check_in_a_frame_over_https(
    playwright: Playwright, tmp_path: Path, sqlite_template: Path
) -> None:
    shutil.copy(sqlite_template, tmp_path / "waymark.sqlite")
    with (
        embedded_tool(tmp_path, make_authority(tmp_path)) as embedded,
        _browser(playwright, tmp_path / "profile", {"cookie_controls_mode": 1}) as context,
    ):
        embedded.adopt_skill_map()
        page = context.new_page()
        page.goto(embedded.platform.issuer + "/course")
        root = address_of(_tool_frame(page, embedded.address)).rpartition("/")[0]
        frame = _tool_frame(page, embedded.address)
        frame.goto(f"{root}/activity/{CHECK}")
        frame.get_by_role("button", name="Start the questions").click()
        for question in check(CHECK).questions:
            give(frame, question)
            frame.get_by_role("button", name="Check my answer").click()
            frame.get_by_text("Right!").wait_for()
            frame.locator("a.button").click()
        frame.get_by_role("heading", name="Everything right. Wonderful!").wait_for()
        [cookie] = context.cookies(embedded.address)
        assert (cookie["name"], cookie["secure"], cookie["sameSite"]) == ("__Host-waymark", True, "None")
        assert cookie["partitionKey"] == "https://localhost", "the course's own jar"


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
    platform.pages["/again"] = fixed_page(platform.pages["/latest"]({}))
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


def test_e07_a_frame_that_offered_a_window_says_where_to_go_on_when_it_comes_back(
    address: str, platform: SigningPlatform, forgetful: BrowserContext
) -> None:
    page = forgetful.new_page()
    page.goto(platform.issuer + "/course")
    _tool(page).get_by_role("button", name="Open in a new window").wait_for()
    _tool_frame(page, address).evaluate("location.reload()")
    _tool(page).get_by_text("open Waymark from your course").wait_for()


def test_e07_a_browser_that_does_not_hold_the_session_learns_nothing_of_it(
    address: str, platform: SigningPlatform, blocking: BrowserContext, tmp_path: Path
) -> None:
    page = blocking.new_page()
    page.goto(platform.issuer + "/course")
    _launched(page)
    platform.pages["/again"] = fixed_page(platform.pages["/latest"]({}))
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
    platform.pages["/frames-administration"] = fixed_page(f'<iframe name=tool src="{address}/admin/sign-in">')
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


def test_e15_a_page_that_the_browser_kept_is_asked_for_anew(
    address: str, platform: SigningPlatform, playwright: Playwright, tmp_path: Path
) -> None:
    kept = {"ignore_default_args": ["--disable-back-forward-cache"]}
    with _browser(playwright, tmp_path, {"cookie_controls_mode": 1}, **kept) as context:
        page = context.new_page()
        page.goto(platform.issuer + "/start")
        first = address_of(page)
        page.goto(platform.issuer + "/start-as-another-student")
        page.wait_for_url(lambda url: url.startswith(address + "/l/") and url != first)
        page.evaluate("setTimeout(() => history.go(-1))")
        page.wait_for_url(first)
        page.locator("code").filter(has_text="session.").wait_for()


def _launched(page: Page) -> Frame:
    """The tool's frame, once a launch has come to its page."""
    frame = page.frame("tool")
    assert frame is not None
    address_of(frame)
    return frame


@contextmanager
def _browser(
    playwright: Playwright, folder: Path, preferences: dict[str, Any], **options: Any
) -> Iterator[BrowserContext]:
    """A Chromium with a profile of its own; the file is what the settings page would write."""
    (folder / "Default").mkdir(parents=True)
    (folder / "Default" / "Preferences").write_text(json.dumps({"profile": preferences}))
    context = playwright.chromium.launch_persistent_context(
        folder,
        executable_path=find_chromium(),
        args=ARGUMENTS,
        headless=True,
        ignore_https_errors=True,
        **options,
    )
    context.set_default_timeout(10_000)
    yield context
    context.close()


def _forget(context: BrowserContext) -> None:
    """Close every window but an empty one, with what they stored; no cookie is left."""
    used = context.pages
    context.new_page()
    for page in used:
        page.close()
    context.clear_cookies()


def _tool(page: Page) -> FrameLocator:
    """The inside of the tool's frame, whatever page it shows."""
    return page.frame_locator("iframe >> nth=0")


def _tool_frame(page: Page, address: str) -> Frame:
    """The tool's frame, once it shows a page of the tool."""
    frame = page.frame("tool")
    assert frame is not None
    frame.wait_for_url(f"{address}/**")
    return frame
