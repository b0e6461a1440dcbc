"""A real browser on the pages of one course, without an LMS around them."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from wsgiref.types import StartResponse

from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from lti_tool.web.browser import COOKIE
from tests.migrated import migrated_sqlite
from tests.web.layout import TOO_WIDE
from tests.web.school import School, Visitor, open_school

TIMEOUT_MILLISECONDS = 10_000


@contextmanager
def served_school(
    folder: Path, *, learners: int = 4, local_platforms: tuple[str, ...] = ()
) -> Iterator[School]:
    """A course on a fresh SQLite database, answering at its own origin."""
    url = migrated_sqlite(folder / "waymark.sqlite")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        origin = f"http://127.0.0.1:{port}"
        with open_school(
            url, folder / "queue.sqlite", learners=learners, origin=origin, local_platforms=local_platforms
        ) as school:
            server = make_server("127.0.0.1", port, school.app, threaded=True, fd=listening.fileno())
            Thread(target=server.serve_forever, daemon=True).start()
            yield school
            server.shutdown()
            server.server_close()


@contextmanager
def page_around(address: str) -> Iterator[int]:
    """A page that frames `address` and keeps the messages that it hears in `heard`; yields its port."""
    text = (
        f'<!doctype html><iframe src="{address}"></iframe><script>window.heard = [];'
        'addEventListener("message", event => heard.push([event.origin, event.data]))</script>'
    )

    def answer(_environ: object, start_response: StartResponse) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])
        return [text.encode()]

    server = make_server("127.0.0.1", 0, answer, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    yield server.port
    server.shutdown()
    server.server_close()


@dataclass
class Window:
    """One browser window inside one launch; whatever the browser complains about is kept in `problems`."""

    context: BrowserContext
    page: Page
    visitor: Visitor
    problems: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to a page of the launch."""
        self.page.goto(f"{self.visitor.origin}/l/{self.visitor.launch_id}/{path}")
        return self.page

    def mark(self) -> None:
        """Leave a mark in the document, to see later whether the page was left."""
        self.page.evaluate("window.stayed = true")

    def stayed(self) -> bool:
        """Whether the document is still the marked one."""
        return bool(self.page.evaluate("window.stayed === true"))

    def too_wide(self) -> list[str]:
        """What stands out over the right edge of a page that must not scroll sideways."""
        found: list[str] = self.page.evaluate(TOO_WIDE)
        return found


@contextmanager
def open_window(
    browser: Browser,
    visitor: Visitor,
    *,
    width: int = 1280,
    dark: bool = False,
    scripts: bool = True,
    time_zone: str | None = None,
    expected: tuple[str, ...] = (),
    allowed: tuple[str, ...] = (),
) -> Iterator[Window]:
    """A window for a visitor; at the end nothing may have gone wrong in it, save what is `expected`.

    Nor may it have asked any other origin than ours for anything, save those `allowed`.
    """
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        java_script_enabled=scripts,
        timezone_id=time_zone,
    )
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    # Chromium takes a Secure cookie for http://127.0.0.1 from a page, but not from its test protocol.
    https = visitor.origin.replace("http:", "https:")
    context.add_cookies(
        [{"name": COOKIE, "value": visitor.token, "url": https, "secure": True, "sameSite": "None"}]
    )
    page = context.new_page()
    window = Window(context, page, visitor)
    page.on("pageerror", lambda error: window.problems.append(str(error)))
    page.on("console", lambda said: window.problems.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: window.asked.append(request.url))
    yield window
    context.close()
    assert [text for text in window.problems if not any(part in text for part in expected)] == []
    assert [url for url in window.asked if not url.startswith((visitor.origin, *allowed))] == []
