"""A teacher's first hour: from the suggestion to an approved list, and what stands behind it."""

from __future__ import annotations

import re

from playwright.sync_api import Frame, Locator, expect

from tests.integration.people import Visitor
from tests.journeys.keyboard import Keyboard


def first_use(teacher: Visitor, keyboard: Keyboard) -> None:
    """Take over the suggested skill map; ends on Today with the class."""
    open_tool(teacher, keyboard)
    suggestion = keyboard.tool.get_by_role("link", name="See the suggestion")
    suggestion.wait_for()
    keyboard.look("before the skill map")
    keyboard.press(suggestion)
    adopt = keyboard.tool.get_by_role("button", name="Use this skill map")
    expect(keyboard.tool.locator("select[name^=tag-]").first).to_be_visible()
    keyboard.look("the suggestion")
    keyboard.press(adopt)
    expect(keyboard.tool.locator("li[id^=student-]")).to_have_count(28)


def open_tool(visitor: Visitor, keyboard: Keyboard) -> None:
    """Open Waymark from the course's navigation."""
    navigation = visitor.page.get_by_role("navigation", name="Main")
    keyboard.press(navigation.get_by_role("link", name="Waymark", exact=True))
    visitor.tool().locator("h1").first.wait_for()


def decide(keyboard: Keyboard) -> None:
    """Approve one, approve all, undo, and swap for everybody who is ticked; ends with an approved list."""
    tool = keyboard.tool
    keyboard.look("Today")
    row = tool.locator("li[id^=student-]").nth(1)
    name = row.get_by_role("heading").inner_text()
    keyboard.press(row.get_by_role("button", name="Approve"))
    expect(row.get_by_text("Approved", exact=True)).to_be_visible()
    keyboard.expect_in(row, "approving one")

    row = _row(tool, name)
    keyboard.press(row.locator("summary"))
    keyboard.press(row.get_by_role("button", name="Choose this").first)
    expect(tool.get_by_role("status").filter(has_text="wapped")).to_be_attached()
    keyboard.expect_in(_row(tool, name), "a swap")

    several = tool.locator("section[aria-labelledby=class]")
    keyboard.press(tool.locator("#approve-all"))
    expect(tool.locator("#approve-all")).to_have_count(0)
    keyboard.expect_in(several, "approving all")
    keyboard.look("all approved")
    keyboard.press(tool.locator("#undo"))
    expect(tool.locator("#approve-all")).to_be_visible()
    keyboard.expect_in(several, "an undo")
    keyboard.look("after the undo")

    keyboard.press(tool.get_by_role("link", name="Tick everybody"))
    expect(tool.get_by_role("link", name="Tick nobody")).to_be_visible()
    keyboard.press(tool.get_by_role("checkbox").first, "Space")
    keyboard.press(tool.get_by_role("button", name="Ask me tomorrow"))
    expect(tool.locator("#bulk")).to_be_visible()
    keyboard.look("after a change for many")
    keyboard.press(tool.locator("#approve-all"))
    expect(tool.locator("#approve-all")).to_have_count(0)


def read_the_reason(keyboard: Keyboard) -> None:
    """Why this step, and from there to the student."""
    tool = keyboard.tool
    keyboard.press(tool.get_by_role("link", name=re.compile("^Why")).first)
    expect(tool.locator("h1")).to_contain_text("Why this for")
    keyboard.look("the reason")
    keyboard.press(tool.locator("main p.small").first.get_by_role("link").nth(1))
    expect(tool.get_by_role("heading", name="Notes of the staff")).to_be_visible()


def write_a_note(keyboard: Keyboard) -> None:
    """An empty note is refused with words; one with a text is saved, and removed."""
    tool = keyboard.tool
    keyboard.look("a student")
    notes = tool.locator("section[aria-labelledby=notes]")
    keyboard.write(notes.locator("#new-body"), "   ")
    keyboard.press(notes.get_by_role("button", name="Save the note"))
    expect(notes.get_by_role("alert")).to_be_visible()
    keyboard.expect_in(notes.locator("form:has(#new-body)"), "a note without words")
    keyboard.look("an empty note")
    keyboard.write(notes.locator("#new-body"), "Works well in the morning.")
    keyboard.press(notes.get_by_role("button", name="Save the note"))
    expect(notes.get_by_text("Works well in the morning.").first).to_be_visible()
    keyboard.expect_in(notes, "saving a note")
    keyboard.look("a student with a note")
    keyboard.press(notes.get_by_role("button", name="Remove").first)
    expect(notes.get_by_text("you removed")).to_be_visible()
    keyboard.expect_in(notes, "removing a note")


def form_groups(keyboard: Keyboard) -> None:
    """Form groups, move somebody, take it back, and publish."""
    tool = keyboard.tool
    _tab(keyboard, "Groups")
    keyboard.look("no groups yet")
    keyboard.write(tool.get_by_label("At least", exact=True), "9")
    keyboard.write(tool.get_by_label("At most", exact=True), "2")
    keyboard.press(tool.get_by_role("button", name="Form groups"))
    expect(tool.get_by_role("alert")).to_be_visible()
    keyboard.look("groups that cannot be")
    keyboard.press(tool.get_by_role("link", name="Back to the page"))
    keyboard.press(tool.get_by_role("radio", checked=True), "ArrowDown")
    keyboard.press(tool.get_by_role("button", name="Form groups"))
    plan = tool.locator("section[aria-labelledby=plan]")
    expect(plan).to_be_visible()
    keyboard.look("groups")
    seat = plan.locator(".seats > li").first
    name = seat.locator("span").first.inner_text()
    keyboard.press(seat.get_by_role("combobox"), "End")  # out of all groups: other tables may be full
    keyboard.press(seat.get_by_role("button", name=re.compile("^Move")))
    expect(seat).not_to_contain_text(name)
    keyboard.press(plan.get_by_role("button", name="Undo"))
    expect(seat).to_contain_text(name)
    keyboard.press(plan.get_by_role("button", name="Publish"))
    expect(plan.get_by_text("published", exact=True)).to_be_visible()


def preview_the_policy(keyboard: Keyboard) -> None:
    """Ask what nothing and what something would change, and leave it as it is."""
    tool = keyboard.tool
    _tab(keyboard, "Setup")
    keyboard.look("Setup")
    keyboard.press(tool.get_by_role("link", name="Open the policy"))
    show = tool.get_by_role("button", name="Show who moves")
    expect(show).to_be_visible()
    keyboard.look("the policy")
    keyboard.press(show)
    expect(tool.get_by_role("heading", name="Nothing would change")).to_be_visible()
    keyboard.look("nothing would change")
    keyboard.press(tool.get_by_role("link", name="Back to the policy"))
    number = tool.locator("main input[type=number]").first
    expect(number).to_be_visible()
    keyboard.to(number)
    for _ in range(3):
        keyboard.page.keyboard.press("ArrowDown")
    keyboard.press(show)
    expect(tool.get_by_role("button", name="Let this hold")).to_be_visible()
    keyboard.look("who would move")
    keyboard.press(tool.get_by_role("link", name="Leave it as it is"))
    expect(show).to_be_visible()


def student_with_a_check(keyboard: Keyboard) -> str:
    """The name of somebody on Today whose step is a check."""
    checks = keyboard.tool.locator("li[id^=student-]").filter(
        has=keyboard.tool.locator(".title", has_text="Quick check")
    )
    return checks.first.locator("h3").inner_text()


def _tab(keyboard: Keyboard, name: str) -> None:
    keyboard.press(
        keyboard.tool.get_by_role("navigation", name="Waymark").get_by_role("link", name=name, exact=True)
    )
    expect(keyboard.tool.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()


def _row(tool: Frame, name: str) -> Locator:
    return tool.locator("li[id^=student-]").filter(has=tool.get_by_role("heading", name=name))
