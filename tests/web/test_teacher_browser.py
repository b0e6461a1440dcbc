"""The teacher's pages in a real browser: nothing is lost from sight, everything works by keyboard."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from lti_tool.models.courses import Context, SyncState
from lti_tool.web.browser import COOKIE
from tests.integration.people import Clicks, chromium
from tests.web.school import School
from tests.web.window import open_window, page_around, served_school

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with served_school(tmp_path_factory.mktemp("school")) as school:
        yield school


def row(page: Page, name: str) -> Locator:
    """A student's row on Today."""
    return page.locator(".learners > li").filter(has=page.get_by_role("heading", name=name))


def test_approving_keeps_the_page_the_place_and_the_focus(browser: Browser, school: School) -> None:
    with open_window(browser, school.teacher()) as window:
        page = window.open("today")
        window.mark()
        row(page, "Dmitri Ivanov").get_by_role("button", name="Approve").click()
        expect(row(page, "Dmitri Ivanov").get_by_text("Approved")).to_be_visible()
        assert window.stayed()
        assert page.evaluate("document.activeElement.closest('li[id]').id") == row(
            page, "Dmitri Ivanov"
        ).get_attribute("id")
        expect(page.get_by_role("status").filter(has_text="Approved.")).to_be_attached()
        assert "done=" not in page.url


def test_the_whole_class_is_approved_and_undone_in_place(browser: Browser, school: School) -> None:
    with open_window(browser, school.teacher()) as window:
        page = window.open("today")
        window.mark()
        page.get_by_role("button", name="Approve all 4").click()
        expect(page.get_by_text("0 wait for you · 4 approved")).to_be_visible()
        expect(page.get_by_role("heading", name="Next steps")).to_be_focused()  # the button is gone
        page.get_by_role("button", name="Undo 4 approvals").click()
        expect(page.get_by_text("4 wait for you · 0 approved")).to_be_visible()
        assert window.stayed()


def test_a_swap_shows_the_alternatives_and_takes_one(browser: Browser, school: School) -> None:
    with open_window(browser, school.teacher(), width=320) as window:
        page = window.open("today")
        ana = row(page, "Ana Morales")
        ana.get_by_text("Swap").click()
        title = ana.locator(".swap li .strong").first.inner_text()
        ana.get_by_role("button", name="Choose this").first.click()
        expect(ana.locator(".title .strong")).to_have_text(title)
        expect(ana.get_by_text("Approved")).to_be_visible()


def test_a_step_that_changed_meanwhile_is_explained_in_place(browser: Browser, school: School) -> None:
    teacher = school.teacher()
    with open_window(browser, teacher, expected=("409",)) as window:
        page = window.open("today")
        address = row(page, "Ana Morales").locator("form[action$=approve]").get_attribute("action")
        assert address is not None
        teacher.post(address.split(f"{teacher.launch_id}/")[1].replace("approve", "veto"))
        row(page, "Ana Morales").get_by_role("button", name="Approve").click()
        expect(page.get_by_role("alert")).to_contain_text("This next step has changed")


def test_what_has_to_be_corrected_is_said_beside_the_form_which_keeps_it(
    browser: Browser, school: School
) -> None:
    with open_window(browser, school.teacher(), expected=("422",)) as window:
        page = window.open(f"students/{school.learner_keys[0]}")
        window.mark()
        page.get_by_label("Note for your colleagues").fill("   ")
        page.get_by_label("Note for your colleagues").press("Tab")
        page.get_by_role("button", name="Save the note").press("Enter")
        expect(page.locator("form:has(#new-body)").get_by_role("alert")).to_be_visible()
        expect(page.get_by_role("button", name="Save the note")).to_be_focused()
        assert window.stayed()


def test_everything_is_decided_without_scripts_too(browser: Browser, school: School) -> None:
    with open_window(browser, school.teacher(), scripts=False) as window:
        page = window.open("today")
        row(page, "Ben Carter").get_by_role("button", name="Not this one").click()
        expect(page.get_by_text("Noted: not this one.")).to_be_visible()
        page.get_by_role("button", name="Approve all 4").click()
        expect(page.get_by_text("4 next steps approved.")).to_be_visible()


def test_by_keyboard_the_first_stop_leads_past_the_navigation(browser: Browser, school: School) -> None:
    with open_window(browser, school.teacher()) as window:
        page = window.open("today")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_the_picture_of_the_map_leads_by_keyboard_to_the_column_on_a_phone(
    browser: Browser, school: School
) -> None:
    with open_window(browser, school.teacher(), width=320) as window:
        page = window.open("map")
        page.get_by_role("region", name="How the skills build on each other").focus()
        page.keyboard.press("Tab")
        box = page.get_by_role("link", name="Times as many;")
        expect(box).to_be_focused()
        page.get_by_role("link", name="Percent as a rate per 100;").focus()
        page.keyboard.press("Enter")
        expect(page.locator("th:target")).to_have_text("Percent as a rate per 100 (goal)")
        expect(page.locator("th:target")).to_be_in_viewport()
        assert window.too_wide() == []


def test_in_the_map_a_few_keys_lead_to_a_cell_and_its_evidence_and_back(
    browser: Browser, school: School
) -> None:
    with open_window(browser, school.teacher()) as window:
        page = window.open("map")
        page.get_by_role("region", name="Level of every student on every skill").focus()
        page.keyboard.press("Tab")
        first = page.evaluate("document.activeElement.getAttribute('href')")
        for key in ("ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"):
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement.getAttribute('href')") == first
        for key in (
            "ArrowUp",
            "ArrowUp",
            "ArrowDown",
        ):  # over the numbers of the class to the names of the skills
            page.keyboard.press(key)
        assert page.evaluate("document.activeElement.getAttribute('href')") == first
        page.keyboard.press("Home")
        assert "students/" in page.evaluate("document.activeElement.href")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Evidence in date order")).to_be_visible()
        page.get_by_role("link", name="Back to the map").click()
        expect(page.locator("tr:target")).to_be_in_viewport()


def test_the_names_stay_in_sight_where_the_map_is_scrolled(browser: Browser, school: School) -> None:
    with open_window(browser, school.teacher(), width=320) as window:
        page = window.open("map")
        page.set_viewport_size({"width": 320, "height": 460})
        page.evaluate(
            "document.querySelector('.map').scrollIntoView(); document.querySelector('.map').scrollTo(900, 900)"
        )
        expect(page.get_by_role("rowheader", name="Ana Morales")).to_be_in_viewport()
        expect(page.locator(".map thead th").last).to_be_in_viewport()
        assert page.evaluate(
            "document.querySelector('.map').scrollTop * document.querySelector('.map').scrollLeft"
        )
        assert window.too_wide() == []


def test_progress_of_a_reading_is_shown_until_the_class_is_there(browser: Browser, school: School) -> None:
    def reading(state: SyncState, progress: str) -> None:
        with school.database.transaction() as session:
            context = session.get_one(Context, school.context_key)
            context.sync_state, context.sync_progress = state, progress

    reading(SyncState.RUNNING, "Reading the roster…")
    with open_window(browser, school.teacher()) as window:
        page = window.open("today")
        expect(page.get_by_text("Reading the roster…")).to_be_visible()
        reading(SyncState.RUNNING, "Reading scores: 2 of 6")
        expect(page.get_by_text("Reading scores: 2 of 6")).to_be_visible()
        reading(SyncState.DONE, "")
        expect(page.get_by_role("button", name="Read again")).to_be_visible()


def test_the_frame_is_told_how_tall_the_page_is_and_nobody_else(browser: Browser, school: School) -> None:
    """A page of the LMS around us gets "lti.frameResize"; one that the school did not name cannot frame us."""
    teacher = school.teacher()
    # The cookie is handed over by hand: that frames get one of their own is the launch's own test.
    framed = browser.new_context(extra_http_headers={"Cookie": f"{COOKIE}={teacher.token}"})
    page = framed.new_page()
    with page_around(f"{school.origin}/l/{teacher.launch_id}/today") as port:
        with school.database.transaction() as session:
            context = session.get_one(Context, school.context_key)
            context.deployment.registration.frame_origins = [f"http://localhost:{port}"]
        page.goto(f"http://localhost:{port}/")
        page.wait_for_function("heard.length > 0")
        origin, message = page.evaluate("heard[0]")
        assert origin == school.origin
        assert message["subject"] == "lti.frameResize"
        assert message["height"] > 100
        page.goto(f"http://127.0.0.1:{port}/")
        page.wait_for_timeout(800)
        assert page.evaluate("heard") == []
    framed.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_the_whole_class_s_plan_takes_three_clicks_from_the_launch_and_one_goes_back(
    browser: Browser, school: School, scripts: bool
) -> None:
    with open_window(browser, school.teacher(), scripts=scripts) as window:
        page, plan, back = window.open(""), Clicks(), Clicks()
        expect(page.get_by_role("heading", name="Today", exact=True)).to_be_visible()
        plan.on(page.get_by_role("link", name="Tick everybody"))
        expect(page.get_by_role("checkbox", checked=True)).to_have_count(4)
        plan.on(page.locator("#together").get_by_role("button", name="Swap for the second option"))
        expect(page.get_by_text("Done for 4 students.")).to_be_attached()
        expect(page.get_by_text("0 wait for you · 4 approved")).to_be_visible()
        assert plan.number <= 3
        back.on(page.locator("#undo"))
        expect(page.get_by_text("4 wait for you · 0 approved")).to_be_visible()
        assert back.number == 1


def test_some_students_are_ticked_by_hand_and_get_the_same_activity(browser: Browser, school: School) -> None:
    with open_window(browser, school.teacher(), width=320) as window:
        page = window.open("today")
        for name in ("Ana Morales", "Ben Carter"):
            row(page, name).get_by_role("checkbox").check()
        page.get_by_text("Give all of them the same activity").click()
        page.get_by_label("Activity", exact=True).select_option(index=0)
        page.get_by_role("button", name="Pin it").click()
        expect(row(page, "Ana Morales").get_by_text("Approved")).to_be_visible()
        expect(page.locator("#bulk")).to_contain_text("pinned an activity for 2 students.")
