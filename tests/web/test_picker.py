"""The deep-linking picker, with real use cases and a real signature on both databases."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lti_tool.launch.keys import new_signing_key
from lti_tool.models.courses import Context
from tests.factories import NOW
from tests.web.school import SECRET, School, Visitor, open_school, text_of

REQUEST = {
    "deep_link_return_url": "https://lms.example/deep_links",
    "accept_types": ["ltiResourceLink"],
    "accept_multiple": True,
    "accept_line_item": True,
    "data": "remember me",
}


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1) as school:
        with school.database.transaction() as session:
            registration = session.get_one(Context, school.context_key).deployment.registration
            new_signing_key(session, registration, SECRET, NOW)
        yield school


def visit(school: School, role: str = "instructor", **changes: Any) -> Visitor:
    return school.visit(
        school.teacher_key, role, message_type="LtiDeepLinkingRequest", deep_linking=REQUEST | changes
    )


def claims(page: str) -> dict[str, Any]:
    """What the signed answer on the page says."""
    jwt = re.search(r'name="JWT" value="([^"]+)"', page)
    assert jwt is not None
    payload = jwt[1].split(".")[1]
    decoded: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


def test_activities_are_offered_by_skill_with_what_a_teacher_needs_to_choose(school: School) -> None:
    page = visit(school).get("pick").text
    assert page.count('type="checkbox" name="activity"') >= 45
    assert re.search(r'<h2 aria-hidden="true">Ratio tables</h2>', page)
    assert "marks itself" in page
    assert "already in the course" in page


def test_chosen_activities_go_back_signed_with_their_columns(school: School) -> None:
    picker = visit(school)
    response = picker.post("pick", activity=["check-times-as-many", "worksheet-fair-shares"])
    assert response.status_code == 200
    assert 'action="https://lms.example/deep_links"' in response.text
    assert "https://lms.example" in response.headers["Content-Security-Policy"]
    answer = claims(response.text)
    items = answer["https://purl.imsglobal.org/spec/lti-dl/claim/content_items"]
    assert [item["custom"]["activity"] for item in items] == ["check-times-as-many", "worksheet-fair-shares"]
    assert all(item["lineItem"]["resourceId"] == item["custom"]["activity"] for item in items)
    assert answer["https://purl.imsglobal.org/spec/lti-dl/claim/data"] == "remember me"


def test_an_answer_is_given_once(school: School) -> None:
    picker = visit(school)
    assert picker.post("pick", activity="check-times-as-many").status_code == 200
    again = picker.post("pick", activity="check-times-as-many")
    assert again.status_code == 409
    assert "open the content picker again" in text_of(again)


def test_choosing_nothing_says_what_to_do(school: School) -> None:
    response = visit(school).post("pick")
    assert response.status_code == 422
    assert "Choose at least one activity" in text_of(response)


def test_a_place_that_takes_one_activity_offers_a_single_choice(school: School) -> None:
    picker = visit(school, accept_multiple=False)
    page = picker.get("pick").text
    assert 'type="radio" name="activity"' in page
    assert 'type="checkbox"' not in page
    assert picker.post("pick", activity=["check-times-as-many", "worksheet-fair-shares"]).status_code == 400


def test_the_list_narrows_by_word_and_kind_without_scripts(school: School) -> None:
    picker = visit(school)
    found = re.findall(r'name="activity" value="([^"]+)"', picker.get("pick", q="giraffe").text)
    assert found == ["reading-giraffe"]
    kinds = set(re.findall(r'data-format="([^"]+)"', picker.get("pick", format="Quick check").text))
    assert kinds == {"Quick check"}
    assert "No activity fits." in picker.read("pick", q="no such words at all")


def test_a_course_without_a_skill_map_can_still_have_waymark_itself(
    database_url: str, tmp_path: Path
) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1, adopted=False) as school:
        assert visit(school).get("pick").text.count('name="activity"') == 1


@pytest.mark.parametrize(("role", "status"), [("learner", 403), ("mentor", 403), ("content_developer", 200)])
def test_only_people_who_make_the_course_pick(school: School, role: str, status: int) -> None:
    assert visit(school, role).get("pick").status_code == status


def test_an_ordinary_launch_cannot_answer_a_deep_linking_request(school: School) -> None:
    response = school.teacher().post("pick", activity="check-times-as-many")
    assert response.status_code == 403
