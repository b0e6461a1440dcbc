"""The pages of extraordinary launches in a real browser: for everybody, at phone and desk width."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.models.courses import Context
from lti_tool.models.launches import LaunchSession
from tests.integration.people import chromium
from tests.web.axe import findings_at_every_size
from tests.web.school import School, Visitor
from tests.web.test_student import check, right_answer
from tests.web.window import open_window, served_school

pytestmark = pytest.mark.browser

CHECK = "check-times-as-many"
REVIEW = "LtiSubmissionReviewRequest"
Pages = dict[str, tuple[Visitor, str]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with served_school(tmp_path_factory.mktemp("school")) as school:
        yield school


def visit(school: School, **of_the_launch: Any) -> Visitor:
    """A browser inside a launch of which a test says everything that is out of the ordinary."""
    token = random_token()
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        launch = LaunchSession(
            public_id=random_token(bits=128),
            browser_hash=token_hash(token),
            deployment_id=context.deployment_id,
            created_at=school.now,
            last_seen_at=school.now,
            expires_at=school.now + timedelta(hours=1),
            **{"message_type": "LtiResourceLinkRequest", "roles": [], **of_the_launch},
        )
        session.add(launch)
        session.flush()
        public_id = launch.public_id
    return Visitor(school.app.test_client(), public_id, token, school.origin, "next")


@pytest.fixture(scope="module")
def pages(school: School) -> Pages:
    """Every page of this kind; the learner has one finished sitting and one under way."""
    learner, learner_key = school.learner(0), school.learner_keys[0]
    questions = check(CHECK).questions
    for number in (len(questions), 2):
        path = "checks/" + learner.post(f"activity/{CHECK}/start").location.rpartition("/")[2]
        for question in questions[:number]:
            learner.post(f"{path}/answer", question=question.id, **right_answer(question))
    in_course = {"context_id": school.context_key}
    about = {"message_type": REVIEW, "for_person_id": learner_key, "activity_id": CHECK, **in_course}
    teacher = {"person_id": school.teacher_key, "roles": ["instructor"]}
    student = {"person_id": learner_key, "roles": ["learner"]}
    back = {"return_url": "https://lms.example/course"}
    return {
        "nobody": (visit(school, **back), "welcome"),
        "outside": (visit(school, person_id=school.teacher_key, roles=["instructor"], **back), "welcome"),
        "outside without a role": (visit(school, person_id=school.teacher_key), "welcome"),
        "review by the teacher": (visit(school, **teacher, **about), "review"),
        "review without work": (
            visit(school, **teacher, **about | {"for_person_id": school.learner_keys[1]}),
            "review",
        ),
        "own review": (visit(school, **student, **about), "review"),
        "acting as a student": (visit(school, **student, **in_course, is_masquerading=True), "next"),
        "test student": (visit(school, **student, **in_course, is_test=True), "next"),
    }


def test_every_page_is_for_everybody(browser: Browser, pages: Pages) -> None:
    problems = {}
    for name, (visitor, path) in pages.items():
        with open_window(browser, visitor) as window:
            if found := findings_at_every_size(window.open(path)):
                problems[name] = found
    assert problems == {}


def test_answers_of_a_review_open_by_keyboard(browser: Browser, pages: Pages) -> None:
    visitor, path = pages["review by the teacher"]
    with open_window(browser, visitor) as window:
        page = window.open(path)
        older = page.locator("details").nth(1)
        assert older.get_attribute("open") is None
        older.locator("summary").focus()
        page.keyboard.press("Enter")
        assert older.locator("li").first.is_visible()
        page.get_by_role("link", name="Everything about").click()
        assert page.get_by_role("heading", level=1).inner_text() == "Ana Morales"
