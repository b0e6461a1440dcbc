"""The tool does its job on a demo LMS that behaves like Canvas, Moodle and Schoology."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FrameLocator, expect

from tests.integration.demo import prepared_demo
from tests.integration.people import Visitor, signed_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("profile", ["canvas", "moodle", "schoology"])
def test_a_teacher_launches_approves_and_the_words_reach_the_gradebook(
    profile: str, browser: Browser, tmp_path: Path
) -> None:
    with prepared_demo(tmp_path, profile) as demo, signed_in(browser, demo, "Rivera") as teacher:
        tool = _open(teacher)
        tool.get_by_role("link", name="See the suggestion").click()
        tool.get_by_role("button", name="Use this skill map").click()
        expect(tool.locator("li[id^=student-]")).to_have_count(28)
        tool.locator("#approve-all").click()
        expect(tool.locator("#approve-all")).to_have_count(0)
        deadline = time.monotonic() + 30
        while "Next: " not in _gradebook(teacher) or _gradebook(teacher).count("Next: ") < 28:
            assert time.monotonic() < deadline, demo.log()
            time.sleep(0.5)


def _open(teacher: Visitor) -> FrameLocator:
    """Open Waymark from the navigation, or place it first where the navigation shows no tools."""
    navigation = teacher.page.get_by_role("navigation").get_by_role("link", name="Waymark", exact=True)
    if navigation.count():
        return teacher.open_tool()
    teacher.page.get_by_role("link", name="Add activities from Waymark").first.click()
    teacher.tool().locator("label.option").first.click()
    teacher.tool().get_by_role("button", name="Add 1 to the course").click()
    link = teacher.page.get_by_role("link", name="Waymark: your next step")
    link.first.click()
    teacher.tool().locator("h1").first.wait_for()
    return teacher.tool()


def _gradebook(teacher: Visitor) -> str:
    teacher.page.goto(f"{teacher.demo.lms}/gradebook?columns=tools")
    return teacher.page.locator("tbody").inner_text()
