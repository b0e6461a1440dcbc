"""People at the demo LMS, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, FrameLocator, Locator, Page, sync_playwright

from tests.browser import ARGUMENTS, find_chromium
from tests.integration.demo import Demo

TIMEOUT_MILLISECONDS = 15_000


class Clicks:
    """Clicks that are counted."""

    def __init__(self) -> None:
        self.number = 0

    def on(self, what: Locator) -> None:
        """Click once."""
        self.number += 1
        what.click()


@dataclass(slots=True)
class Visitor:
    """Somebody signed in at the LMS, with a browser in which third-party cookies are blocked."""

    page: Page
    demo: Demo
    problems: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open_tool(self) -> FrameLocator:
        """Open Waymark from the course's navigation; gives the frame in which it stands."""
        self.page.get_by_role("navigation").get_by_role("link", name="Waymark", exact=True).first.click()
        frame = self.tool()
        frame.locator("h1").first.wait_for()
        return frame

    def tool(self) -> FrameLocator:
        """The frame with the tool in the page that is open."""
        return self.page.frame_locator("iframe[name=tool-frame]")

    def gradebook(self) -> Page:
        """Open the LMS's gradebook."""
        self.page.goto(f"{self.demo.lms}/gradebook")
        return self.page


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium that blocks third-party cookies, as browsers in schools do."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=[*ARGUMENTS, "--test-third-party-cookie-phaseout", "--disable-background-networking"],
        )
        yield browser
        browser.close()


@contextmanager
def signed_in(
    browser: Browser, demo: Demo, name: str, *, width: int = 1280, dark: bool = False, still: bool = False
) -> Iterator[Visitor]:
    """`name` signed in at the LMS in a fresh browser profile; `still` asks for less motion.

    Fails on any error that the browser reports, and when it asked anybody but the LMS and the tool for anything.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce" if still else "no-preference",
    )
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    page = context.new_page()
    visitor = Visitor(page, demo)
    page.on("pageerror", lambda error: visitor.problems.append(str(error)))
    page.on(
        "console",
        lambda message: visitor.problems.append(message.text) if message.type == "error" else None,
    )
    context.on("request", lambda request: visitor.asked.append(request.url))
    page.goto(f"{demo.lms}/sign-in")
    page.get_by_role("button", name=name).first.click()
    try:
        yield visitor
    except BaseException:
        _show(page, demo)
        raise
    finally:
        context.close()
    assert visitor.problems == [], visitor.problems
    own = (f"{demo.lms}/", f"{demo.tool}/", "data:", "blob:")
    assert [url for url in visitor.asked if not url.startswith(own)] == []


def student_row(tool: FrameLocator, name: str) -> Locator:
    """One student's entry on Today."""
    return tool.locator("li[id^=student-]").filter(has=tool.get_by_role("heading", name=name))


def _show(page: Page, demo: Demo) -> None:
    """Print what was on the screen and what the servers said, for whoever reads the failure."""
    for frame in page.frames:
        print(f"--- {frame.url}\n{frame.locator('body').inner_text()[:2000]}")
    print(f"--- the demo's output\n{demo.log()[-3000:]}")
