"""An administrator's way in: a wrong password, a wrong code, and then both right."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.integration.people import Visitor
from tests.journeys.keyboard import Keyboard


def sign_in(administrator: Visitor, keyboard: Keyboard) -> None:
    """Ends on the administration's first page."""
    page, demo = administrator.page, administrator.demo
    page.goto(f"{demo.tool}/admin/")
    keyboard.look("the sign-in")
    keyboard.write(page.get_by_label("Name"), "admin")
    keyboard.write(page.get_by_label("Password"), "not this one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    keyboard.look("a wrong password")
    keyboard.write(page.get_by_label("Password"), demo.password)
    page.keyboard.press("Enter")
    code = page.get_by_label("Code from your authenticator app")
    expect(code).to_be_focused()
    keyboard.look("the second step")
    keyboard.write(code, "000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    keyboard.look("a wrong code")
    keyboard.write(code, demo.codes[0])
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Administration")).to_be_visible()
    keyboard.look("the administration")
