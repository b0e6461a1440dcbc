"""Connecting with a Canvas account in a real browser: from a frame of the LMS, through a window, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import delete

from lti_tool.models.courses import Context
from lti_tool.models.gradebook import NativeConnection
from lti_tool.web.browser import COOKIE
from tests.grades.native_apis.canvas_server import CanvasSchool, enrollment, running_canvas
from tests.integration.people import chromium
from tests.web.school import Visitor
from tests.web.test_canvas_sign_in import Connecting, let_sign_in
from tests.web.test_gradebook_connection import PAGE
from tests.web.window import TIMEOUT_MILLISECONDS, open_window, page_around, served_school

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connecting]:
    course, folder = CanvasSchool(own_enrollments=[enrollment(limited=False)]), tmp_path_factory.mktemp("oa")
    with (
        running_canvas(course) as canvas,
        served_school(folder, local_platforms=(canvas.origin,)) as school,
    ):
        canvas.redirect_uri = f"{school.origin}/canvas/authorised"
        let_sign_in(school, canvas)
        yield Connecting(school, canvas)


@contextmanager
def framed(browser: Browser, site: Connecting, teacher: Visitor) -> Iterator[Page]:
    """A page of another site that frames the course's page; its cookie is in the jar of that site alone."""
    with page_around(f"{site.school.origin}/l/{teacher.launch_id}/{PAGE}") as port:
        with site.school.database.transaction() as session:
            registration = session.get_one(Context, site.school.context_key).deployment.registration
            registration.frame_origins = [f"http://localhost:{port}"]
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        context.add_cookies(
            [
                {
                    "name": COOKIE,
                    "value": teacher.token,
                    "url": site.school.origin.replace("http:", "https:"),
                    "secure": True,
                    "sameSite": "None",
                    "partitionKey": "http://localhost",
                }
            ]
        )
        page = context.new_page()
        page.goto(f"http://localhost:{port}")
        yield page
        context.close()


def test_from_a_frame_through_a_window_of_canvas_and_back(browser: Browser, site: Connecting) -> None:
    with framed(browser, site, site.school.teacher()) as page:
        frame = page.frame_locator("iframe")
        with page.context.expect_page() as opened:
            frame.get_by_role("button", name="Connect with your Canvas account").click()
        window = opened.value
        expect(frame.get_by_text("Go on in the other window")).to_be_visible()
        window.get_by_role("button", name="Authorize").click()
        expect(window.get_by_role("heading", name="Connected")).to_be_visible()
        assert window.url == f"{site.school.origin}/canvas/connected"
        # The page in the course notices by itself.
        expect(frame.get_by_text("Reading your course")).to_be_visible()
        site.read(now=datetime.now(UTC))
        expect(frame.get_by_text("1 column, 2 of 4 students")).to_be_visible()


def test_without_scripts_and_frame_the_window_comes_back_to_the_course(
    browser: Browser, site: Connecting
) -> None:
    teacher, canvas = site.school.teacher(), site.canvas.origin
    with site.school.database.transaction() as session:
        session.execute(delete(NativeConnection))
    with open_window(browser, teacher, width=320, scripts=False, allowed=(canvas,)) as window:
        page = window.open(PAGE)
        with window.context.expect_page() as opened:
            page.get_by_role("button", name="Connect with your Canvas account").click()
        opened.value.get_by_role("button", name="Cancel").click()
        expect(opened.value.get_by_text("You did not agree in Canvas")).to_be_visible()
        opened.value.locator(f"a[href$='{PAGE}']").click()
        expect(opened.value.locator("h1")).to_contain_text("gradebook")
