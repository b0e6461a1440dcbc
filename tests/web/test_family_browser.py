"""A family's link in a real browser: for everybody, at three widths, and without scripts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.integration.people import chromium
from tests.web.axe import findings_at_every_size
from tests.web.school import School
from tests.web.test_family_open import ENDED, link_to
from tests.web.window import open_window, served_school

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with served_school(tmp_path_factory.mktemp("school"), learners=2) as school:
        yield school


def test_from_the_teacher_s_copy_to_the_family_s_last_word(browser: Browser, school: School) -> None:
    problems = {}
    with open_window(browser, school.teacher(), width=320, expected=("404",)) as window:
        page = window.open(f"students/{school.learner_keys[0]}")
        page.get_by_role("button", name="Make a link").click()
        address = page.get_by_label("Address").input_value()
        problems["made"] = findings_at_every_size(page)
        page.goto(address)
        assert page.url == f"{school.origin}/f/welcome"
        problems["welcome"] = findings_at_every_size(page)
        page.get_by_role("button", name="Show the report").click()
        assert page.get_by_role("heading", name="Ana’s learning").is_visible()
        problems["report"] = findings_at_every_size(page)
        page.get_by_role("button", name="Español").click()
        page.get_by_text("¿No quiere más informes").click()
        page.get_by_role("button", name="No más informes").click()
        assert page.get_by_role("heading", name="No más informes").is_visible()
        problems["stopped"] = findings_at_every_size(page)
        page.get_by_role("button", name="Queremos recibir informes").click()
        assert page.get_by_role("heading", name="El aprendizaje de Ana").is_visible()
        page.goto(f"{school.origin}/f/{'A' * 22}")
        assert page.get_by_text(ENDED).is_visible()
        problems["ended"] = findings_at_every_size(page)
    assert {name: found for name, found in problems.items() if found} == {}


def test_without_scripts_the_link_can_be_selected_and_the_report_read(
    browser: Browser, school: School
) -> None:
    token = link_to(school, 1)
    with open_window(browser, school.teacher(), scripts=False) as window:
        page = window.open(f"students/{school.learner_keys[1]}")
        page.get_by_role("button", name="Make a link").click()
        assert page.get_by_label("Address").input_value().startswith(f"{school.origin}/f/")
        assert page.get_by_role("button", name="Copy").count() == 0
        page.goto(f"{school.origin}/f/{token}")
        page.get_by_role("button", name="Show the report").click()
        assert page.get_by_role("heading", name="Ben’s learning").is_visible()
        page.go_back()
        assert token not in page.url
