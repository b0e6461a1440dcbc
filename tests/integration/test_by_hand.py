"""Connecting by hand, as two administrators would: nothing happens before both have agreed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.demo import Demo, prepared_demo
from tests.integration.people import signed_in

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def unconnected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """A demo whose two halves do not know each other yet."""
    with prepared_demo(tmp_path_factory.mktemp("unconnected"), "strict", "--no-connect") as started:
        yield started


def test_two_administrators_connect_the_tool_and_a_teacher_gets_in(
    unconnected: Demo, browser: Browser
) -> None:
    administration = browser.new_page()
    _sign_in(administration, unconnected)
    administration.locator("input[name=label]").fill("Demo LMS")
    administration.get_by_role("button", name="Make the address").click()
    shown = administration.locator("main").inner_text() + " ".join(
        field.input_value() for field in administration.locator("input[readonly]").all()
    )
    address = re.search(r"http://\S+/lti/register\?invitation=[\w-]+", shown)
    assert address is not None

    with signed_in(browser, unconnected, "Dana") as lms_administrator:
        page = lms_administrator.page
        page.locator("input[name=address]").fill(address.group())
        page.get_by_role("button", name="Add tool").click()
        frame = page.frame_locator("iframe").first
        expect(frame.locator("h1")).to_contain_text("Connect")
        frame.get_by_role("button", name="Connect").click()
        expect(page).to_have_url(re.compile(r"/tools(#.*)?$"))  # the tool's page asks to be closed
        expect(page.locator(".state")).to_have_text("Pending")
        page.get_by_role("button", name="Activate").click()
        expect(page.locator(".state")).to_have_text("Active")

    with signed_in(browser, unconnected, "Rivera") as teacher:
        expect(teacher.open_tool().locator("h1")).not_to_have_text("Today")
        teacher.problems.clear()  # the refused login is an error to the browser

    administration.goto(f"{unconnected.tool}/admin/")
    expect(administration.locator("main")).to_contain_text("Waits for approval")
    administration.get_by_role("button", name="Approve").click()
    with signed_in(browser, unconnected, "Rivera") as teacher:
        expect(teacher.open_tool().locator("h1")).to_have_text("Today")

    with signed_in(browser, unconnected, "Dana") as lms_administrator:
        page = lms_administrator.page
        page.locator("input[name=address]").fill(address.group())
        page.get_by_role("button", name="Add tool").click()
        expect(page.frame_locator("iframe").first.locator("h1")).not_to_contain_text("Connect")
        lms_administrator.problems.clear()  # a used invitation opens nothing
    administration.close()


def _sign_in(page: Page, demo: Demo) -> None:
    page.goto(f"{demo.tool}/admin/")
    page.locator("input[name=login]").fill("admin")
    page.locator("input[type=password]").fill(demo.password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code from your authenticator app").fill(demo.codes[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("h1")).to_have_text("Learning platforms")
