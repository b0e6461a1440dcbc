"""The picker in a real browser: narrow and wide, by keyboard, in the reader's own time zone, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Request, Route, expect

from lti_tool.launch import vocab
from lti_tool.launch.keys import new_signing_key
from lti_tool.models.courses import Context
from tests.integration.people import chromium
from tests.web.school import SECRET, School
from tests.web.test_picker import REQUEST, decoded, visit
from tests.web.window import Window, open_window, served_school

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with served_school(tmp_path_factory.mktemp("school"), learners=1) as school:
        with school.database.transaction() as session:
            registration = session.get_one(Context, school.context_key).deployment.registration
            new_signing_key(session, registration, SECRET, datetime.now(UTC), bits=2048)
        yield school


@contextmanager
def open_picker(browser: Browser, school: School, **options: Any) -> Iterator[tuple[Window, list[Request]]]:
    """A picker's window, and what the platform (stood in for by the browser's own answer) receives."""
    received: list[Request] = []

    def platform(route: Route) -> None:
        received.append(route.request)
        route.fulfill(status=200, content_type="text/html", body="<h1>Arrived</h1>")

    with open_window(browser, visit(school), allowed=("https://lms.example",), **options) as window:
        window.context.route("https://lms.example/**", platform)
        window.open("pick")
        yield window, received


def answer_in(request: Request) -> dict[str, Any]:
    """What the signed answer in a posted form says."""
    return decoded(parse_qs(request.post_data or "")["JWT"][0])


def local(moment: datetime) -> str:
    """As a date field takes it."""
    return moment.strftime("%Y-%m-%dT%H:%M")


def test_the_answer_posts_itself_to_the_platform(browser: Browser, school: School) -> None:
    with open_picker(browser, school) as (window, received):
        window.page.get_by_label("Times as many", exact=False).first.check()
        window.page.get_by_role("button", name="Add 1 to the course").click()
        window.page.get_by_role("heading", name="Arrived").wait_for()
        [posted] = received
        assert posted.url == REQUEST["deep_link_return_url"]
        assert len(answer_in(posted)[vocab.CONTENT_ITEMS]) == 1


def test_without_scripts_one_visible_button_takes_the_answer_there(browser: Browser, school: School) -> None:
    with open_picker(browser, school, scripts=False) as (window, received):
        page = window.page
        page.get_by_label("Times as many", exact=False).first.check()
        page.get_by_label("Due").fill("2030-01-07T08:00")
        assert page.get_by_text("Times are in UTC.").is_visible()
        page.get_by_role("button", name="Add to the course").click()
        page.get_by_role("button", name="Add to the course").click()
        page.get_by_role("heading", name="Arrived").wait_for()
        [item] = answer_in(received[0])[vocab.CONTENT_ITEMS]
        assert item["submission"] == {"endDateTime": "2030-01-07T08:00:00Z"}


def test_dates_are_those_of_the_readers_own_zone(browser: Browser, school: School) -> None:
    with open_picker(browser, school, time_zone="America/New_York") as (window, received):
        page = window.page
        assert page.get_by_text("Times are those of your browser: America/New_York.").is_visible()
        page.get_by_label("Times as many", exact=False).first.check()
        page.get_by_label("Opens", exact=True).fill("2030-01-07T08:00")
        page.get_by_label("Due").fill("2030-07-08T08:00")
        page.get_by_label("Where it opens").select_option("In a new window")
        page.get_by_role("button", name="Add 1 to the course").click()
        page.get_by_role("heading", name="Arrived").wait_for()
        [item] = answer_in(received[0])[vocab.CONTENT_ITEMS]
        # New York is five hours behind in winter and four in summer.
        assert item["available"] == {"startDateTime": "2030-01-07T13:00:00Z"}
        assert item["submission"] == {"endDateTime": "2030-07-08T12:00:00Z"}
        assert item["window"] == {"targetName": "_blank"}


def test_a_wrong_due_date_is_said_at_the_field_before_anything_is_sent(
    browser: Browser, school: School
) -> None:
    with open_picker(browser, school) as (window, received):
        page = window.page
        page.get_by_label("Times as many", exact=False).first.check()
        page.get_by_label("Opens", exact=True).fill("2030-01-07T08:00")
        page.get_by_label("Due").fill("2030-01-06T08:00")
        window.mark()
        page.get_by_role("button", name="Add 1 to the course").click()
        said = page.get_by_label("Due").evaluate("field => field.validationMessage")
        assert said == "The work would be due before it opens. Choose a later time."
        assert window.stayed()
        assert received == []


def test_after_the_servers_correction_the_choice_and_the_local_times_are_there_again(
    browser: Browser, school: School
) -> None:
    with open_picker(browser, school, time_zone="America/New_York", expected=("422",)) as (window, received):
        page = window.page
        page.get_by_label("Times as many", exact=False).first.check()
        page.get_by_label("Opens", exact=True).fill("2030-01-07T08:00")
        # The server's clock is at 2026: this is over for it, and not for the browser's own check.
        page.clock.set_fixed_time(datetime(2020, 1, 1, tzinfo=UTC))
        page.get_by_label("Due").fill("2021-01-07T08:00")
        page.get_by_label("Opens", exact=True).fill("2021-01-06T08:00")
        page.get_by_role("button", name="Add 1 to the course").click()
        page.get_by_role("alert").wait_for()
        assert page.get_by_text("This time is over. Choose a later one, or leave it empty.").is_visible()
        expect(page.get_by_label("Opens", exact=True)).to_have_value("2021-01-06T08:00")
        expect(page.get_by_label("Due")).to_have_value("2021-01-07T08:00")
        expect(page.get_by_label("Due")).to_be_focused()
        expect(page.get_by_text("1 chosen")).to_be_visible()
        assert received == []


def test_e14_it_works_by_keyboard_alone_and_enter_in_a_field_never_gives_up(
    browser: Browser, school: School
) -> None:
    with open_picker(browser, school) as (window, received):
        page = window.page
        page.get_by_label("Search").focus()
        page.keyboard.type("giraffe")
        page.keyboard.press("Tab")  # kind
        page.keyboard.press("Tab")  # the only activity left
        page.keyboard.press("Space")
        assert page.get_by_text("1 chosen").is_visible()
        page.get_by_label("Due").focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Arrived").wait_for()
        [item] = answer_in(received[0])[vocab.CONTENT_ITEMS]
        assert item["custom"]["activity"] == "reading-giraffe"


def test_giving_up_leads_back_with_nothing(browser: Browser, school: School) -> None:
    with open_picker(browser, school) as (window, received):
        window.page.get_by_role("button", name="Cancel").press("Enter")
        window.page.get_by_role("heading", name="Arrived").wait_for()
        assert answer_in(received[0])[vocab.CONTENT_ITEMS] == []


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_e13_it_fits_a_phone_and_a_desk(
    browser: Browser, school: School, width: int, dark: bool, tmp_path: Path
) -> None:
    with open_picker(browser, school, width=width, dark=dark) as (window, _received):
        assert window.too_wide() == []
        bar = window.page.locator(".chosen").bounding_box()
        assert bar is not None
        assert bar["height"] < 200


def test_e13_at_four_hundred_per_cent_nothing_covers_the_page(browser: Browser, school: School) -> None:
    """A window of 1280 by 800 has 320 by 200 CSS pixels then."""
    with open_picker(browser, school, width=320) as (window, received):
        window.page.set_viewport_size({"width": 320, "height": 200})
        assert window.too_wide() == []
        option = window.page.get_by_label("Times as many", exact=False).first
        option.focus()
        covered = window.page.locator(".chosen").bounding_box()
        assert covered is not None
        assert covered["y"] > 200, "the bar stays at the end of the page"
        option.check()
        window.page.get_by_role("button", name="Add 1 to the course").click()
        window.page.get_by_role("heading", name="Arrived").wait_for()
        assert len(received) == 1


def test_the_dates_field_is_a_day_and_a_time(browser: Browser, school: School) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with open_picker(browser, school, time_zone="UTC") as (window, received):
        window.page.get_by_label("Times as many", exact=False).first.check()
        window.page.get_by_label("Due").fill(local(tomorrow))
        window.page.get_by_role("button", name="Add 1 to the course").click()
        window.page.get_by_role("heading", name="Arrived").wait_for()
        [item] = answer_in(received[0])[vocab.CONTENT_ITEMS]
        assert item["submission"]["endDateTime"] == local(tomorrow) + ":00Z"
