"""A review from the gradebook, a student view, acting as somebody, no course: on an LMS like Canvas, in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from tests.integration.demo import Demo, prepared_demo
from tests.integration.people import Visitor, signed_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo LMS that says who acts as whom, as Canvas does."""
    with prepared_demo(tmp_path_factory.mktemp("demo"), "canvas") as started:
        yield started


def test_launches_out_of_the_ordinary_end_where_they_should(demo: Demo, browser: Browser) -> None:
    with signed_in(browser, demo, "Rivera") as teacher:
        _set_up(teacher)
        title = _place_a_check(teacher)
        teacher.page.get_by_role("button", name="Student view").click()
        tool = _open_activity(teacher, title)
        expect(tool.get_by_text("This is the test student’s view.")).to_be_visible()
        _answer_one(tool)
        teacher.page.get_by_role("button", name="Back to").click()
    with signed_in(browser, demo, "Ruben", width=360) as learner:
        _answer_one(_open_activity(learner, title))
    with signed_in(browser, demo, "Rivera") as teacher:
        gradebook = teacher.gradebook()
        gradebook.get_by_role("link", name=re.compile(rf"Ruben .*, {re.escape(title)}:")).click()
        gradebook.get_by_role("link", name="See the work in Waymark").click()
        tool = teacher.tool()
        expect(tool.get_by_role("heading", level=1)).to_contain_text("Ruben")
        expect(tool.get_by_text("Under way")).to_be_visible()
        expect(tool.get_by_text("1 of ")).to_be_visible()
        tool.get_by_role("link", name="Everything about Ruben").click()
        expect(tool.get_by_role("heading", name="Evidence in date order")).to_be_visible()
    with signed_in(browser, demo, "Petrov") as administrator:
        page = administrator.page
        page.goto(f"{demo.lms}/tools")
        page.get_by_role("link", name="Open outside of courses").click()
        expect(administrator.tool().get_by_role("heading", level=1)).to_have_text(
            "Open Waymark from a course"
        )
        page.goto(f"{demo.lms}/people")
        page.get_by_role("button", name=re.compile("Act as Ruben")).click()
        tool = administrator.open_tool()
        expect(tool.get_by_text("You are acting as this person.")).to_be_visible()


def _set_up(teacher: Visitor) -> None:
    tool = teacher.open_tool()
    tool.get_by_role("link", name="See the suggestion").click()
    tool.get_by_role("button", name="Use this skill map").click()
    expect(tool.locator("li[id^=student-]")).to_have_count(28, timeout=20_000)


def _place_a_check(teacher: Visitor) -> str:
    teacher.page.get_by_role("link", name="Course", exact=True).click()
    teacher.page.get_by_role("link", name="Add activities from Waymark").first.click()
    option = teacher.tool().locator("label.option").filter(has_text="marks itself").first
    title = option.locator(".strong").inner_text()
    option.click()
    teacher.tool().get_by_role("button", name="Add 1 to the course").click()
    expect(teacher.page).to_have_url(re.compile(r"/course(#.*)?$"))
    return title


def _open_activity(visitor: Visitor, title: str) -> FrameLocator:
    visitor.page.goto(f"{visitor.demo.lms}/course")
    visitor.page.locator("main").get_by_role("link", name=title).first.click()
    visitor.tool().locator("h1").first.wait_for()
    return visitor.tool()


def _answer_one(tool: FrameLocator) -> None:
    """Begin the check and answer its first question, with whatever comes first."""
    tool.get_by_role("button", name="Start").first.click()
    expect(tool.get_by_role("button", name="Check my answer")).to_be_visible()
    tool.locator("label.option").first.click()
    tool.get_by_role("button", name="Check my answer").click()
    expect(tool.locator("h1, h2").first).to_be_visible()
