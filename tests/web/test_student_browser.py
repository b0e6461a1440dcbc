"""The student's pages in a real browser: feedback in place, by keyboard, without scripts, on a bad line."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, Page, expect
from sqlalchemy import update

from lti_tool.models.launches import LaunchSession
from lti_tool.pathways.checks import ChoiceQuestion, ChoicesQuestion, OrderQuestion, Question
from lti_tool.web.browser import COOKIE
from tests.integration.people import chromium
from tests.web.school import School
from tests.web.test_student import check, right_answer
from tests.web.window import open_window, served_school

pytestmark = pytest.mark.browser

ACTIVITY = "check-times-as-many"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with served_school(tmp_path_factory.mktemp("school"), learners=2) as school:
        yield school


def give(page: Page | Frame, question: Question) -> None:
    """Fill in the right answer, once the page's scripts are at work, if they run at all."""
    page.locator("#prompt").wait_for()
    page.wait_for_load_state("load")
    match question:
        case ChoiceQuestion() | ChoicesQuestion():
            for option in question.options:
                if option.correct:
                    page.get_by_label(option.text, exact=True).check()
        case OrderQuestion():
            _sort(page, [item.text for item in question.items])
        case _:
            page.locator("[name=response]").fill(str(right_answer(question)["response"]))


def _sort(page: Page | Frame, wanted: list[str]) -> None:
    """Bring the items into the wanted order with their buttons, else with their lists of places."""
    if page.locator(".moves").count() == 0:
        for place, text in enumerate(wanted, start=1):
            page.get_by_label(text, exact=True).select_option(str(place))
        return
    for place, text in enumerate(wanted):
        shown = page.locator(".places > li > span:not(.moves)").all_inner_texts()
        for _ in range(shown.index(text) - place):
            page.get_by_role("button", name=f"Move up: {text}").click()
    assert page.locator(".places > li > span:not(.moves)").all_inner_texts() == wanted


def test_a_check_is_taken_on_a_phone_with_feedback_in_place(browser: Browser, school: School) -> None:
    with open_window(browser, school.learner(), width=320) as window:
        page = window.open(f"activity/{ACTIVITY}")
        page.get_by_role("button", name="Start the questions").click()
        questions = check(ACTIVITY).questions
        for number, question in enumerate(questions, start=1):
            expect(page.get_by_text(f"Question {number} of {len(questions)}")).to_be_visible()
            give(page, question)
            window.mark()
            page.get_by_role("button", name="Check my answer").click()
            feedback = page.get_by_role("status").filter(has_text="Right!")
            expect(feedback).to_be_focused()
            assert window.stayed()
            assert window.too_wide() == []
            page.get_by_role("link", name="Next question").or_(
                page.get_by_role("link", name="See how it went")
            ).click()
        expect(page.get_by_role("heading", name="Everything right. Wonderful!")).to_be_visible()
        expect(page.get_by_role("button", name="Start")).to_be_visible()


def test_a_check_is_taken_without_scripts(browser: Browser, school: School) -> None:
    with open_window(browser, school.learner(), scripts=False) as window:
        page = window.open(f"activity/{ACTIVITY}")
        page.get_by_role("button", name="Start the questions").click()
        for question in check(ACTIVITY).questions:
            give(page, question)
            page.get_by_role("button", name="Check my answer").click()
            expect(page.get_by_text("Right!")).to_be_visible()
            page.locator("a.button").click()
        expect(page.get_by_role("heading", name="Everything right. Wonderful!")).to_be_visible()


def test_e12_an_answer_waits_for_a_lost_connection_and_goes_out_by_itself(
    browser: Browser, school: School
) -> None:
    with open_window(browser, school.learner(), expected=("ERR_INTERNET_DISCONNECTED",)) as window:
        page = window.open(f"activity/{ACTIVITY}")
        page.get_by_role("button", name="Start the questions").click()
        give(page, check(ACTIVITY).questions[0])
        window.context.set_offline(True)
        page.get_by_role("button", name="Check my answer").click()
        expect(page.get_by_role("alert")).to_contain_text("Your answer is still here")
        window.context.set_offline(False)  # the answer goes out by itself, once
        expect(page.get_by_text("Right!")).to_be_visible()


def test_e11_an_answer_outlives_the_session_and_is_there_after_the_next_launch(
    browser: Browser, school: School
) -> None:
    question = check(ACTIVITY).questions[0]
    with open_window(browser, school.learner(), expected=("401",)) as window:
        page = window.open(f"activity/{ACTIVITY}")
        page.get_by_role("button", name="Start the questions").click()
        give(page, question)
        attempt = page.url.partition("/checks/")[2]
        with school.database.transaction() as session:
            session.execute(update(LaunchSession).values(expires_at=school.now))
        page.get_by_role("button", name="Check my answer").click()
        expect(page.get_by_role("alert")).to_contain_text("Your answer is still here: open Waymark again")
        # The link in the course opens a new launch in the same tab.
        window.visitor = school.learner()
        secure = window.visitor.origin.replace("http:", "https:")
        cookie = {"name": COOKIE, "value": window.visitor.token, "url": secure, "secure": True}
        window.context.add_cookies([{**cookie, "sameSite": "None"}])  # type: ignore[typeddict-item]  # as in open_window
        window.open(f"checks/{attempt}")
        page.wait_for_load_state("load")
        page.get_by_role("button", name="Check my answer").click()
        expect(page.get_by_text("Right!")).to_be_visible()


def test_an_answer_that_cannot_be_read_is_explained_where_it_was_given(
    browser: Browser, school: School
) -> None:
    with open_window(browser, school.learner(), expected=("422",)) as window:
        page = window.open(f"activity/{ACTIVITY}")
        page.get_by_role("button", name="Start the questions").click()
        give(page, check(ACTIVITY).questions[0])
        page.get_by_role("button", name="Check my answer").click()
        page.get_by_role("link", name="Next question").click()
        page.locator("[name=response]").fill("a lot")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_focused()
        expect(page.locator("[name=response]")).to_have_value("a lot")


def test_starting_the_next_step_takes_one_click(browser: Browser, school: School) -> None:
    with open_window(browser, school.learner()) as window:
        page = window.open("next")
        page.get_by_role("button", name="Start").click()
        page.wait_for_url(lambda url: "/checks/" in url or "/activity/" in url)
        assert page.get_by_role("heading", level=1).is_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_how_hard_it_is_and_what_one_likes_is_said_by_keyboard_on_a_phone(
    browser: Browser, school: School, scripts: bool
) -> None:
    with open_window(browser, school.learner(), width=320, scripts=scripts) as window:
        page = window.open("next")
        page.get_by_text("Change how hard I want it").focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Show first what would change").press("Enter")
        setting = page.get_by_role("radio", name="As usual about 3 of 4 right")
        expect(setting).to_be_checked()
        if scripts:
            page.wait_for_load_state("load")
            window.mark()
        setting.press("ArrowDown")
        expect(page.get_by_role("radio", name="A little harder")).to_be_checked()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Keep this setting")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="first")).to_be_visible()
        expect(page.get_by_text("Now: A little harder, about 7 of 10 right.")).to_be_visible()
        if scripts:
            assert window.stayed()
            expect(page.get_by_role("button", name="Keep this setting")).to_be_focused()
        assert window.too_wide() == []
        page.get_by_role("link", name="About me").press("Enter")
        page.get_by_label("music").press("Space")
        page.get_by_label("What I want to reach").press_sequentially("Mine")
        page.get_by_role("button", name="Save", exact=True).press("Enter")
        expect(page.get_by_role("status").filter(has_text="Saved.")).to_be_visible()
        expect(page.get_by_label("music")).to_be_checked()
        expect(page.get_by_label("What I want to reach")).to_have_value("Mine")
        assert window.too_wide() == []
