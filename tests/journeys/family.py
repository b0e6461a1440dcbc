"""A family's way: the report, in its language, as a file, none any more, and again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.integration.people import Visitor
from tests.journeys.keyboard import Keyboard
from tests.journeys.teacher import open_tool


def read_the_report(family: Visitor, keyboard: Keyboard) -> None:
    """The report in two languages and as a PDF file."""
    open_tool(family, keyboard)
    tool = keyboard.tool
    keyboard.look("the report")
    keyboard.press(tool.get_by_role("button", name="Español"))
    expect(tool.locator("html")).to_have_attribute("lang", "es")
    keyboard.look("the report in Spanish")
    with family.page.expect_download() as waiting:
        keyboard.press(tool.locator("a[href*=letter]"))
    assert waiting.value.path().read_bytes().startswith(b"%PDF")
    keyboard.press(tool.get_by_role("button", name="English"))
    expect(tool.locator("html")).to_have_attribute("lang", "en")


def want_none(keyboard: Keyboard) -> None:
    """No more reports, and then again."""
    tool = keyboard.tool
    keyboard.press(tool.locator("summary").last)
    keyboard.press(tool.get_by_role("button", name="No more reports"))
    expect(tool.get_by_role("heading", name="No more reports")).to_be_visible()
    keyboard.look("no more reports")
    keyboard.press(tool.get_by_role("button", name="We want reports again"))
    expect(tool.get_by_role("heading", name=re.compile("’s learning$"))).to_be_visible()
