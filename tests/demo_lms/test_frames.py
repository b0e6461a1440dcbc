"""The tool in a frame of another site, in a real browser that blocks third-party cookies."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Frame, Page, expect, sync_playwright

from tests.browser import ARGUMENTS, find_chromium
from tests.demo_lms.framed_tool import FramedTool
from tests.demo_lms.live import LiveLms, serving
from tests.demo_lms.probe import Probe, first_key

pytestmark = pytest.mark.browser

ASK = """([subject, key, value, target, id]) => new Promise((answered) => {
  const waiting = setTimeout(() => answered(null), 700);
  addEventListener("message", (event) => {
    if (event.data && event.data.message_id === id) { clearTimeout(waiting); answered({origin: event.origin, ...event.data}); }
  });
  const [name, origin] = target;
  (name ? window.parent.frames[name] : window.parent).postMessage({subject, message_id: id, key, value}, origin);
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(8000)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def framed(lms_of: Callable[[str], LiveLms]) -> Iterator[FramedTool]:
    tool = FramedTool()
    with serving(tool.app()) as server:
        tool.probe = Probe(
            lms_of("strict"), f"http://127.0.0.1:{server.server_port}", [first_key()]
        ).register()
        yield tool


def _enter(page: Page, lms: LiveLms, key: str) -> None:
    page.goto(f"{lms.address}/sign-in")
    page.locator(f'form[action="/sign-in/{key}"] button').click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def _opened(page: Page, lms: LiveLms, framed: FramedTool, key: str = "ada") -> Frame:
    assert framed.probe is not None
    _enter(page, lms, key)
    page.goto(f"{lms.address}/course/tools/{framed.probe.number}")
    expect(page.frame_locator("iframe.tool").locator("#who")).to_be_visible()
    frame = page.frame("tool-frame")
    assert frame is not None
    return frame


@pytest.mark.parametrize("way", ["redirect", "form", "script"])
def test_a_launch_reaches_the_frame_whichever_way_the_tool_sends_the_browser(
    page: Page, lms: LiveLms, framed: FramedTool, way: str
) -> None:
    framed.way = way
    assert _opened(page, lms, framed).locator("#who").inner_text() == "Ada Alpha"
    assert page.locator("iframe.tool").get_attribute("title")


def test_chosen_activities_come_back_through_the_frame(page: Page, lms: LiveLms, framed: FramedTool) -> None:
    assert framed.probe is not None
    framed.way = "redirect"
    framed.items = [
        {"type": "ltiResourceLink", "title": "Chosen in a frame", "lineItem": {"scoreMaximum": 3}}
    ]
    _enter(page, lms, "tess")
    page.goto(f"{lms.address}/course/modules/2/choose/{framed.probe.number}")
    page.wait_for_url(f"{lms.address}/course")
    expect(page.get_by_role("link", name="Chosen in a frame", exact=True)).to_be_visible()


def test_a_tool_registers_in_a_frame_and_closes_it(page: Page, lms: LiveLms, framed: FramedTool) -> None:
    assert framed.probe is not None
    _enter(page, lms, "alma")
    page.get_by_label("Registration address").fill(f"{framed.probe.address}/register")
    page.get_by_role("button", name="Add tool").click()
    page.wait_for_url(f"{lms.address}/tools")
    card = page.locator("section", has_text="Framed probe")
    expect(card.get_by_text("Pending", exact=True)).to_be_visible()
    card.get_by_role("button", name="Activate").click()
    expect(page.locator("section", has_text="Framed probe").get_by_text("Active", exact=True)).to_be_visible()
    page.locator("section", has_text="Framed probe").get_by_role("button", name="Delete").click()


def _ask(frame: Frame, subject: str, target: list[str], *pair: Any, message_id: str = "1") -> Any:
    key, value = (*pair, None, None)[:2]
    return frame.evaluate(ASK, [subject, key, value, target, message_id])


class TestStorage:
    def test_keeps_what_the_tool_puts_there(self, page: Page, lms: LiveLms, framed: FramedTool) -> None:
        frame, target = _opened(page, lms, framed), ["", lms.address]
        answer = _ask(frame, "lti.put_data", target, "state-1", "abc", message_id="m1")
        assert answer == {
            "origin": lms.address,
            "subject": "lti.put_data.response",
            "message_id": "m1",
            "key": "state-1",
            "value": "abc",
        }
        assert _ask(frame, "lti.get_data", target, "state-1", message_id="m2")["value"] == "abc"
        assert _ask(frame, "lti.get_data", target, "state-2", message_id="m3")["value"] is None
        assert _ask(frame, "lti.put_data", target, "state-1", None, message_id="m4")["key"] == "state-1"
        assert _ask(frame, "lti.get_data", target, "state-1", message_id="m5")["value"] is None

    def test_tells_what_it_can(self, page: Page, lms: LiveLms, framed: FramedTool) -> None:
        answer = _ask(_opened(page, lms, framed), "lti.capabilities", ["", lms.address])
        assert {message["subject"] for message in answer["supported_messages"]} >= {
            "lti.put_data",
            "lti.get_data",
        }

    @pytest.mark.parametrize(
        ("pair", "code"),
        [
            (["", "x"], "bad_request"),
            ([5, "x"], "bad_request"),
            (["k", 5], "bad_request"),
            (["k", "x" * 6000], "storage_exhaustion"),
        ],
        ids=["empty key", "key is a number", "value is a number", "value is too long"],
    )
    def test_refuses_what_it_cannot_keep(
        self, page: Page, lms: LiveLms, framed: FramedTool, pair: list[Any], code: str
    ) -> None:
        answer = _ask(_opened(page, lms, framed), "lti.put_data", ["", lms.address], *pair)
        assert answer["error"]["code"] == code

    def test_has_a_limited_number_of_keys(self, page: Page, lms: LiveLms, framed: FramedTool) -> None:
        frame, target = _opened(page, lms, framed), ["", lms.address]
        for number in range(50):
            assert "error" not in _ask(
                frame, "lti.put_data", target, f"k{number}", "v", message_id=f"m{number}"
            )
        assert (
            _ask(frame, "lti.put_data", target, "one more", "v", message_id="m")["error"]["code"]
            == "storage_exhaustion"
        )

    def test_does_not_answer_another_origin(self, page: Page, lms: LiveLms, framed: FramedTool) -> None:
        frame = _opened(page, lms, framed)
        assert (
            _ask(frame, "lti.put_data", ["", lms.address], "mine", "secret", message_id="m1")["value"]
            == "secret"
        )
        with serving(FramedTool().app()) as other:
            frame.goto(f"http://127.0.0.1:{other.server_port}/jwks")
            assert _ask(frame, "lti.get_data", ["", lms.address], "mine", message_id="m2") is None

    def test_of_canvas_is_in_the_named_frame(
        self, page: Page, lms_of: Callable[[str], LiveLms], framed: FramedTool
    ) -> None:
        assert framed.probe is not None
        lms = lms_of("canvas")
        strict = framed.probe
        framed.probe = Probe(lms, strict.address, [first_key()]).register()
        try:
            frame, target = _opened(page, lms, framed), ["post_message_forwarding", lms.address]
            assert _ask(frame, "lti.put_data", target, "state-1", "abc", message_id="m1")["value"] == "abc"
            assert _ask(frame, "lti.get_data", target, "state-1", message_id="m2")["value"] == "abc"
        finally:
            framed.probe = strict


def test_a_tool_may_ask_for_another_height(page: Page, lms: LiveLms, framed: FramedTool) -> None:
    frame = _opened(page, lms, framed)
    frame.evaluate(
        "origin => window.parent.postMessage({subject: 'lti.frameResize', height: 1234}, origin)", lms.address
    )
    expect(page.locator("iframe.tool")).to_have_css("height", "1234px")


def test_a_tool_can_have_a_window_of_its_own(page: Page, lms: LiveLms, framed: FramedTool) -> None:
    assert framed.probe is not None
    framed.way = "redirect"
    _enter(page, lms, "ada")
    page.goto(f"{lms.address}/course/tools/{framed.probe.number}?window=1")
    expect(page.locator("#who")).to_have_text("Ada Alpha")
    presentation = framed.launches[-1]["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"]
    assert presentation["document_target"] == "window"
