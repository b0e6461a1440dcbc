"""A course is copied in the LMS and set up again with one confirmation, in a real browser."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from tests.integration.demo import Demo
from tests.integration.people import Visitor, signed_in, student_row

# The worker reads the whole course before everybody is listed.
READING_MILLISECONDS = 20_000

pytestmark = pytest.mark.browser


def test_a_copied_course_has_the_same_path_after_one_confirmation(demo: Demo, browser: Browser) -> None:
    with signed_in(browser, demo, "Rivera") as teacher:
        tags = _set_up_and_decide(teacher)
        activity = _place_an_activity(teacher)
        _copy_the_course(teacher)
        tool = teacher.open_tool()
        expect(tool.get_by_role("heading", name="This course is a copy of")).to_be_visible()
        expect(tool.get_by_text("Three minutes to your first plan")).to_have_count(0)
        tool.get_by_role("button", name="Take it over").click()
        expect(tool.get_by_text("Roster and grades as of")).to_be_visible(timeout=READING_MILLISECONDS)
        expect(tool.locator("li[id^=student-]")).to_have_count(28, timeout=READING_MILLISECONDS)
        _nobodys_data_crossed(tool)
        tool.get_by_role("navigation").get_by_role("link", name="Setup").press("Enter")
        copied = _tags(tool)
        assert tags.items() <= copied.items(), "the same columns are the same activities"
        assert len(copied) == len(tags) + 1, "and so is the column of the activity that was placed"
        _approve_one_into_the_copied_column(teacher)
    with signed_in(browser, demo, "Ruben", width=360) as learner:
        _choose_the_copy(learner)
        learner.page.get_by_role("link", name=activity).first.click()
        expect(learner.tool().locator("h1")).to_contain_text(activity)


def _set_up_and_decide(teacher: Visitor) -> dict[str, str]:
    tool = teacher.open_tool()
    tool.get_by_role("link", name="See the suggestion").click()
    tool.get_by_role("button", name="Use this skill map").click()
    expect(tool.locator("li[id^=student-]")).to_have_count(28, timeout=READING_MILLISECONDS)
    tool.locator("#approve-all").click()
    expect(tool.locator("#approve-all")).to_have_count(0)
    tool.get_by_role("navigation").get_by_role("link", name="Setup").press("Enter")
    tags = _tags(tool)
    deadline = time.monotonic() + 20
    while _columns(teacher).count("Next step") != 1:
        assert time.monotonic() < deadline, _columns(teacher)
        time.sleep(0.3)
    return tags


def _tags(tool: FrameLocator) -> dict[str, str]:
    rows = tool.locator("table.tags tbody tr")
    expect(rows.first).to_be_visible()
    return {
        row.locator("label").inner_text(): row.locator("select").input_value()
        for row in rows.all()
        if row.locator("select").input_value()
    }


def _columns(teacher: Visitor) -> list[str]:
    teacher.page.goto(f"{teacher.demo.lms}/gradebook?columns=tools")
    return teacher.page.locator("thead th .label").all_inner_texts()


def _place_an_activity(teacher: Visitor) -> str:
    """An activity of ours whose link loses its parameters when this LMS copies the course."""
    teacher.page.get_by_role("link", name="Course", exact=True).click()
    teacher.page.get_by_role("link", name="Add activities from Waymark").first.click()
    option = teacher.tool().locator("label.option").filter(has_text="marks itself").first
    title = option.locator(".strong").inner_text()
    option.click()
    teacher.tool().get_by_role("button", name="Add 1 to the course").click()
    expect(teacher.page).to_have_url(re.compile(r"/course(#.*)?$"))
    # Opened once, so that Waymark knows which activity the link was made for.
    teacher.page.locator("main").get_by_role("link", name=title).first.click()
    teacher.tool().locator("h1").first.wait_for()
    return title


def _copy_the_course(teacher: Visitor) -> None:
    teacher.page.get_by_role("link", name="Course", exact=True).click()
    teacher.page.get_by_role("button", name="Copy this course").click()
    expect(teacher.page.locator("h1")).to_contain_text("(copy)")


def _choose_the_copy(visitor: Visitor) -> None:
    visitor.page.get_by_role("navigation", name="Courses").get_by_role("link", name="(copy)").click()
    expect(visitor.page.locator("h1")).to_contain_text("(copy)")


def _nobodys_data_crossed(tool: FrameLocator) -> None:
    expect(tool.get_by_text("28 wait for you · 0 approved")).to_be_visible()
    counts = tool.locator("ul.buckets .count").all_inner_texts()
    assert sorted(counts) == ["0", "0", "0", "28"], "nobody has shown anything in this course yet"


def _approve_one_into_the_copied_column(teacher: Visitor) -> None:
    tool = teacher.open_tool()
    name = tool.locator("li[id^=student-] h3").first.inner_text()
    student_row(tool, name).get_by_role("button", name="Approve").click()
    expect(student_row(tool, name).get_by_text("Approved", exact=True)).to_be_visible()
    deadline = time.monotonic() + 20
    while True:
        columns = _columns(teacher)
        cells = teacher.page.locator("tbody td .comment").all_inner_texts()
        if any("Next: " in cell for cell in cells):
            break
        assert time.monotonic() < deadline, cells
        time.sleep(0.3)
    assert columns.count("Next step") == 1, "the copied column is used, no second one is made"
    assert len([cell for cell in cells if "Next: " in cell]) == 1
