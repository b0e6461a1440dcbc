"""Connecting the gradebook as a teacher does it: from Setup to tags, and back, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import expect

from lti_tool.models.courses import Context, Person
from tests.grades.native_apis.canvas_server import TOKEN, CanvasSchool, enrollment, running_canvas
from tests.integration.people import chromium
from tests.web.test_gradebook_connection import Site
from tests.web.window import open_window, served_school

pytestmark = pytest.mark.browser


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    course = CanvasSchool(own_enrollments=[enrollment(limited=False)])
    with running_canvas(course) as canvas, served_school(tmp_path) as school:
        with school.database.transaction() as session:
            context = session.get_one(Context, school.context_key)
            context.memberships_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/names_and_roles"
            context.line_items_url = f"{canvas.origin}/api/lti/courses/{canvas.course}/line_items"
            for number, key in enumerate(school.learner_keys, 1001):
                person = session.get_one(Person, key)
                canvas.add_student(number, person.given_name, person.family_name, sub=person.user_id)
        canvas.add_assignment(201, "Poster", 10)
        canvas.add_assignment(202, "Essay", 20)
        canvas.grade(1001, 201, 8.0)
        yield Site(school, canvas)


def test_a_teacher_connects_watches_the_reading_and_finds_the_columns(site: Site) -> None:
    with chromium() as browser, open_window(browser, site.school.teacher(), width=320) as window:
        page = window.open("setup")
        page.get_by_role("link", name="Bring in the gradebook").click()
        page.get_by_role("link", name="Connect to Canvas").click()
        page.get_by_label("Token").fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.get_by_text("Reading your course")).to_be_visible()
        site.read(now=datetime.now(UTC))
        # The page notices by itself that the reading is done.
        expect(page.get_by_text("2 columns, 4 of 4 students")).to_be_visible()
        assert window.too_wide() == []
        page.get_by_role("link", name="Say which column is which activity").click()
        expect(page.get_by_label("Poster")).to_be_visible()
        page.get_by_role("link", name="See the connection").click()
        page.get_by_role("button", name="End the connection").click()
        expect(page.get_by_text("the token is deleted")).to_be_visible()
