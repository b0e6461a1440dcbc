"""A student's way: the next step, how hard it is to be, a check with feedback, something else instead, and about me."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.integration.people import Visitor
from tests.journeys.keyboard import Keyboard
from tests.journeys.teacher import open_tool


def take_a_check(student: Visitor, keyboard: Keyboard) -> None:
    """From the launch through all questions to the result."""
    open_tool(student, keyboard)
    tool = keyboard.tool
    keyboard.look("my next step")
    for summary in tool.locator("main summary").all():
        keyboard.press(summary)
    keyboard.look("my next step, unfolded")
    _ask_for_easier(keyboard)

    keyboard.press(tool.locator("section.hero").get_by_role("button", name=re.compile("^Start")))
    tool.locator("#prompt").wait_for()
    first = True
    while tool.locator("#result").count() == 0:
        _answer(keyboard, look=first)
        first = False
    keyboard.look("how it went")


def _ask_for_easier(keyboard: Keyboard) -> None:
    tool = keyboard.tool
    card = tool.locator("#challenge")
    keyboard.to(card.get_by_role("radio", checked=True))
    keyboard.page.keyboard.press("ArrowUp")
    keyboard.press(card.get_by_role("button", name="Keep this setting"))
    expect(tool.locator("#said")).not_to_be_empty()
    keyboard.expect_in(tool.locator("#challenge"), "keeping a setting")
    keyboard.look("another setting kept")


def _answer(keyboard: Keyboard, *, look: bool) -> None:
    tool = keyboard.tool
    prompt = tool.locator("#prompt").inner_text()
    if look:
        keyboard.look("a question")
    choices = tool.locator("input[type=radio], input[type=checkbox]")
    written = tool.locator("input[name=response][type=text]")
    if choices.count():
        keyboard.press(choices.first, "Space")
    elif written.count():
        if written.get_attribute("inputmode") == "decimal":
            keyboard.write(written, "a lot")
            keyboard.page.keyboard.press("Enter")
            keyboard.expect_in(tool.get_by_role("alert"), "an answer that is no number")
            keyboard.look("an answer that is no number")
        keyboard.write(written, "12")
    else:
        keyboard.press(tool.get_by_role("button", name=re.compile("^Move down")).first)
    keyboard.press(tool.get_by_role("button", name="Check my answer"))
    feedback = tool.locator(".feedback")
    expect(feedback).to_contain_text(re.compile(r"Right!|Partly there\.|Not yet\."))
    keyboard.expect_in(feedback, "an answer")
    if look:
        keyboard.look("feedback")
    keyboard.press(tool.get_by_role("link", name=re.compile("Next question|See how it went")))
    expect(tool.locator("#prompt").filter(has_text=prompt)).to_have_count(0)
    tool.locator("#prompt, #result").first.wait_for()


def choose_another(keyboard: Keyboard) -> None:
    """Take one of the two alternatives."""
    tool = keyboard.tool
    keyboard.press(tool.get_by_role("banner").get_by_role("link", name="My next step"))
    instead = tool.locator("section[aria-labelledby=instead] li").first
    title = instead.locator("h3").inner_text()
    keyboard.press(instead.get_by_role("button", name=re.compile("^Choose this")))
    expect(tool.locator("#step")).to_have_text(title)
    keyboard.expect_in(tool.locator("section[aria-labelledby=instead]"), "choosing something else")
    keyboard.look("something else chosen")


def speak_of_myself(keyboard: Keyboard) -> None:
    """Say what one likes and wants, set a goal for the week, and take all of it back."""
    tool = keyboard.tool
    keyboard.press(tool.get_by_role("banner").get_by_role("link", name="About me"))
    expect(tool.get_by_role("heading", level=1, name="About me")).to_be_visible()
    keyboard.look("about me")
    keyboard.press(tool.get_by_role("checkbox").first, "Space")
    keyboard.write(tool.get_by_label("What I want to reach"), "Read maps")
    keyboard.press(tool.locator("#save-me"))
    expect(tool.get_by_text("Saved.")).to_be_visible()
    keyboard.expect_in(tool.locator("form:has(#save-me)"), "saving")
    keyboard.look("about me, saved")
    keyboard.press(tool.locator("#empty-me"))
    expect(tool.locator("#empty-me")).to_have_count(0)
    keyboard.expect_in(tool.locator("#said"), "emptying everything")
