"""The deep-linking picker, with real use cases and a real signature on both databases."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from lti_tool.launch import vocab
from lti_tool.launch.keys import new_signing_key
from lti_tool.models.courses import Context
from lti_tool.models.launches import LaunchSession
from tests.factories import NOW
from tests.web.school import SECRET, School, Visitor, open_school, text_of

REQUEST = {
    "deep_link_return_url": "https://lms.example/deep_links",
    "accept_types": ["ltiResourceLink"],
    "accept_multiple": True,
    "accept_line_item": True,
    "accept_presentation_document_targets": ["iframe", "window"],
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
    return decoded(jwt[1])


def decoded(jwt: str) -> dict[str, Any]:
    """The payload of a signed answer."""
    payload = jwt.split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def items(page: str) -> list[dict[str, Any]]:
    """The content items of the signed answer on the page."""
    found: list[dict[str, Any]] = claims(page)[vocab.CONTENT_ITEMS]
    return found


def is_answered(school: School) -> bool:
    """Whether any deep-linking request has been answered."""
    with school.database.read() as session:
        return any(session.scalars(select(LaunchSession.deep_linking_used_at)))


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


def test_a63_an_answer_is_given_once_and_pages_opened_before_say_so(school: School) -> None:
    picker = visit(school)
    opened_before = picker.get("pick")
    assert opened_before.status_code == 200
    assert picker.post("pick", activity="check-times-as-many").status_code == 200
    for again in (picker.post("pick", activity="check-times-as-many"), picker.post("pick", cancel="yes")):
        assert again.status_code == 409
        assert "open the content picker again" in text_of(again)
        assert 'name="JWT"' not in again.text
    assert picker.get("pick").status_code == 409


def test_a63_two_pickers_that_were_opened_one_after_the_other_each_answer_their_own_request(
    school: School,
) -> None:
    first, second = visit(school, data="first"), visit(school, data="second")
    for picker, data in ((second, "second"), (first, "first")):
        response = picker.post("pick", activity="check-times-as-many")
        assert claims(response.text)[vocab.DEEP_LINKING_DATA] == data


def test_a62_fields_that_our_form_does_not_have_change_nothing_and_leave_a_line(school: School) -> None:
    forged = {
        "deep_link_return_url": "https://evil.example/take",
        "data": "forged",
        "deployment_id": "another",
        "name of a child": "Ana Morales",
    }
    with capture_logs() as lines:
        response = visit(school).post("pick", activity="check-times-as-many", **forged)
    assert 'action="https://lms.example/deep_links"' in response.text
    assert "evil.example" not in response.text + response.headers["Content-Security-Policy"]
    answer = claims(response.text)
    assert answer[vocab.DEEP_LINKING_DATA] == "remember me"
    assert answer[vocab.DEPLOYMENT_ID] == "d-1"
    [line] = [line for line in lines if line.get("code") == "deeplink.fields_ignored"]
    assert (line["fields"], line["others"]) == (["data", "deep_link_return_url", "deployment_id"], 1)
    assert "evil" not in str(line)
    assert "child" not in str(line)


def test_a64_an_activity_of_another_course_is_not_there_and_nothing_is_signed(school: School) -> None:
    picker = visit(school)
    for chosen in (["nobody-knows-this"], ["check-times-as-many", "of-another-school"]):
        response = picker.post("pick", activity=chosen)
        assert (response.status_code, "activity.not_found" in response.text) == (404, True)
        assert 'name="JWT"' not in response.text
    assert not is_answered(school)


def test_a64_several_activities_where_one_is_taken_are_refused_and_nothing_is_signed(school: School) -> None:
    picker = visit(school, accept_multiple=False)
    response = picker.post("pick", activity=["check-times-as-many", "worksheet-fair-shares"])
    assert (response.status_code, "deeplink.too_many" in response.text) == (400, True)
    assert not is_answered(school)
    assert picker.post("pick", activity="check-times-as-many").status_code == 200


def test_a64_a_place_that_takes_other_things_gets_nothing_signed(school: School) -> None:
    response = visit(school, accept_types=["file"]).post("pick", activity="check-times-as-many")
    assert (response.status_code, "deeplink.type_refused" in response.text) == (400, True)
    assert not is_answered(school)


def test_giving_up_takes_the_teacher_back_with_nothing_but_a_word(school: School) -> None:
    response = visit(school).post("pick", cancel="yes", activity="check-times-as-many", due="nonsense")
    answer = claims(response.text)
    assert answer[vocab.CONTENT_ITEMS] == []
    assert answer[vocab.DEEP_LINKING_MESSAGE] == "No activity was added."
    assert answer[vocab.DEEP_LINKING_LOG] == "cancelled"
    assert answer[vocab.DEEP_LINKING_DATA] == "remember me"
    assert "Back to the course" in text_of(response)


def test_the_platform_is_told_how_many_came(school: School) -> None:
    response = visit(school).post("pick", activity=["check-times-as-many", "worksheet-fair-shares"])
    assert claims(response.text)[vocab.DEEP_LINKING_MESSAGE] == "2 activities came from Waymark."


def test_a_check_offers_the_review_of_its_answers_and_other_activities_do_not(school: School) -> None:
    response = visit(school).post("pick", activity=["check-times-as-many", "worksheet-fair-shares"])
    check, worksheet = items(response.text)
    assert check["lineItem"]["submissionReview"]["custom"] == {"activity": "check-times-as-many"}
    assert check["lineItem"]["submissionReview"]["url"] == check["url"]
    assert "submissionReview" not in worksheet["lineItem"]


def test_dates_and_the_way_of_opening_go_along_with_activities_but_not_with_the_course_page(
    school: School,
) -> None:
    response = visit(school).post(
        "pick",
        activity=["@waymark", "check-times-as-many"],
        opens="2026-03-03T08:00",
        due="2026-03-06T23:59:00.000Z",
        target="window",
    )
    course_page, check = items(response.text)
    assert check["available"] == {"startDateTime": "2026-03-03T08:00:00Z"}
    assert check["submission"] == {"endDateTime": "2026-03-06T23:59:00Z"}
    assert check["window"] == course_page["window"] == {"targetName": "_blank"}
    assert not {"available", "submission", "lineItem"} & course_page.keys()


@pytest.mark.parametrize(
    ("offered", "asked", "hint"),
    [
        (["iframe", "window"], "", "iframe"),
        (["iframe", "window"], "embed", "iframe"),
        (["window"], "iframe", "window"),
        (["iframe"], "window", "iframe"),
        ([], "window", None),
    ],
)
def test_links_open_only_in_a_way_that_the_platform_offers(
    school: School, offered: list[str], asked: str, hint: str | None
) -> None:
    picker = visit(school, accept_presentation_document_targets=offered)
    assert ('name="target"' in picker.get("pick").text) is (len(offered) == 2)
    [item] = items(picker.post("pick", activity="check-times-as-many", target=asked).text)
    assert [name for name in ("iframe", "window") if name in item] == ([hint] if hint else [])


def test_a_wrong_date_is_explained_beside_its_field_and_the_choice_is_kept(school: School) -> None:
    picker = visit(school)
    response = picker.post(
        "pick",
        activity=["check-times-as-many", "worksheet-fair-shares"],
        opens="2026-03-09T08:00",
        due="2026-03-06T08:00",
        target="window",
    )
    assert response.status_code == 422
    assert "The work would be due before it opens." in text_of(response)
    assert re.search(
        r'id="due"[^>]* aria-describedby="due-hint due-problem" aria-invalid="true"', response.text
    )
    assert 'value="2026-03-09T08:00"' in response.text
    assert response.text.count(" checked") == 2
    assert '<option value="window" selected>' in response.text
    assert not is_answered(school)


def test_one_graded_activity_is_offered_first_where_one_is_taken(school: School) -> None:
    """As in Canvas's assignment dialog; nothing but the standard settings says so."""
    order = re.findall(
        r'name="activity" value="([^"]+)"', visit(school, accept_multiple=False).get("pick").text
    )
    assert order[-1] == "@waymark"
    assert order[0].startswith("check-")
    order = re.findall(r'name="activity" value="([^"]+)"', visit(school).get("pick").text)
    assert order[0] == "@waymark"


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"accept_line_item": False}, "This place makes no columns"),
        ({"accept_line_item": False, "accept_multiple": False}, "makes no column"),
        ({"auto_create": False}, "Your course may ask you to save once more there."),
    ],
)
def test_the_page_says_what_becomes_of_the_choice(
    school: School, settings: dict[str, Any], sentence: str
) -> None:
    assert sentence in visit(school, **settings).read("pick")


def test_where_everything_is_saved_at_once_nobody_is_sent_to_save_again(school: School) -> None:
    assert "save once more" not in visit(school, auto_create=True).read("pick")


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


def test_a61_an_ordinary_launch_cannot_answer_a_deep_linking_request(school: School) -> None:
    teacher = school.teacher()
    for response in (teacher.get("pick"), teacher.post("pick", activity="check-times-as-many")):
        assert (response.status_code, "deeplink.no_session" in response.text) == (403, True)
        assert 'name="JWT"' not in response.text
