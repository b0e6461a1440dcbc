from typing import Any

import pytest
import requests

from tests.demo_lms.live import LiveLms
from tests.demo_lms.probe import CLAIM, DL, ENDPOINT, LINE_ITEM, Person, Probe, forms_in, other_key

PATH = "/course/modules/2/choose/{tool}"


def _ask(tool: Probe, teacher: Person) -> tuple[dict[str, Any], str]:
    claims = tool.launch(teacher, PATH.format(tool=tool.number))
    return claims, claims[f"{DL}deep_linking_settings"]["deep_link_return_url"]


def _item(tool: Probe, **changes: Any) -> dict[str, Any]:
    return {
        "type": "ltiResourceLink",
        "title": "Ratio tables",
        "url": f"{tool.address}/launch?activity=1",
    } | changes


def test_a_request_says_what_is_accepted(tool: Probe, teacher: Person) -> None:
    claims, _ = _ask(tool, teacher)
    settings = claims[f"{DL}deep_linking_settings"]
    assert claims[f"{CLAIM}message_type"] == "LtiDeepLinkingRequest"
    assert claims[f"{CLAIM}target_link_uri"] == f"{tool.address}/pick"
    assert settings["accept_types"] == ["ltiResourceLink"]
    assert settings["accept_multiple"] is True
    assert "é" in settings["data"]
    assert f"{CLAIM}resource_link" not in claims


def test_chosen_items_become_links_with_columns_of_their_own(
    tool: Probe, teacher: Person, student: Person
) -> None:
    claims, address = _ask(tool, teacher)
    column = {
        "scoreMaximum": 5,
        "label": "Ratio tables",
        "resourceId": "ratio-tables",
        "tag": "check",
        "submissionReview": {
            "reviewableStatus": ["Completed"],
            "url": f"{tool.address}/review",
            "custom": {"attempt": "1"},
        },
    }
    items = [
        _item(tool, lineItem=column, custom={"activity": "ratio-tables", "who": "$User.id"}),
        _item(tool, title="Just a page"),
    ]
    answer = teacher.post(address, data={"JWT": tool.deep_linking_response(claims, items)})
    assert answer.status_code == 200
    assert "2 activities were added" in answer.text
    page = teacher.page("/course").text.split('id="module-2"')[1]
    path = page.split(">Ratio tables</a>")[0].rpartition('href="')[2].rstrip('"')
    launch = tool.launch(student, path)
    assert launch[f"{CLAIM}custom"]["activity"] == "ratio-tables"
    assert launch[f"{CLAIM}custom"]["who"] == launch["sub"]
    assert launch[f"{CLAIM}target_link_uri"] == f"{tool.address}/launch?activity=1"
    made = tool.service().read(launch[ENDPOINT]["lineitem"], LINE_ITEM).json()
    assert made | {"id": ""} == {**column, "id": "", "resourceLinkId": launch[f"{CLAIM}resource_link"]["id"]}
    review = page_of_review(tool, teacher, launch[ENDPOINT]["lineitem"])
    assert review[f"{CLAIM}message_type"] == "LtiSubmissionReviewRequest"
    assert review[f"{CLAIM}target_link_uri"] == f"{tool.address}/review"
    assert review[f"{CLAIM}for_user"] == {"user_id": launch["sub"]}
    assert review[f"{CLAIM}custom"]["attempt"] == "1"


DATED = {
    "available": {"startDateTime": "2030-01-07T08:00:00-05:00"},
    "submission": {"endDateTime": "2030-01-11T23:59:00Z"},
    "window": {"targetName": "_blank"},
}


def test_dates_and_a_window_of_its_own_are_shown_on_the_course_page(tool: Probe, teacher: Person) -> None:
    claims, address = _ask(tool, teacher)
    item = _item(tool, title="With dates and a window", **DATED)
    assert teacher.post(address, data={"JWT": tool.deep_linking_response(claims, [item])}).status_code == 200
    line = teacher.page("/course").text.split("With dates and a window")[1].partition("</li>")[0]
    assert "opens 2030-01-07 13:00:00 UTC" in line
    assert "due 2030-01-11 23:59:00 UTC" in line
    assert "(new window)" in line


def page_of_review(tool: Probe, teacher: Person, line_item: str) -> dict[str, Any]:
    number = line_item.partition("?")[0].rpartition("/")[2]
    return tool.launch(teacher, f"/gradebook/{number}/3/review")


def test_a_response_that_comes_without_the_cookie_is_sent_again_by_the_lms(
    tool: Probe, teacher: Person
) -> None:
    claims, address = _ask(tool, teacher)
    response = tool.deep_linking_response(claims, [])
    page = requests.post(address, data={"JWT": response}, timeout=10)
    form = forms_in(page.text)[0]
    assert form.fields["JWT"] == response
    assert "Nothing was added" in teacher.post(tool.lms.address + form.action, data=form.fields).text


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "somebody"}, "issuer"),
        ({"aud": "http://localhost"}, "audience"),
        ({"aud": None}, "audience"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "expired"),
        ({"iat": 4_000_000_000}, "issued_at"),
        ({"iat": 1}, "issued_at"),
        ({"nonce": None}, "nonce"),
        ({f"{CLAIM}deployment_id": "other"}, "deployment"),
        ({f"{CLAIM}deployment_id": None}, "deployment"),
        ({f"{CLAIM}message_type": "LtiResourceLinkRequest"}, "message_type"),
        ({f"{CLAIM}version": "1.1"}, "version"),
        ({f"{DL}data": "changed"}, "data"),
        ({f"{DL}data": None}, "data"),
        ({f"{DL}content_items": "none"}, "content_item"),
    ],
    ids=str,
)
def test_a_response_with_one_wrong_claim_adds_nothing(
    tool: Probe, teacher: Person, changes: dict[str, Any], code: str
) -> None:
    claims, address = _ask(tool, teacher)
    before = teacher.page("/course").text
    answer = teacher.post(address, data={"JWT": tool.deep_linking_response(claims, [_item(tool)], **changes)})
    assert answer.status_code == 400
    assert f"deep_linking.{code}" in answer.text
    assert teacher.page("/course").text == before


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "html"},
        {"url": "http://elsewhere.example/launch"},
        {"url": 5},
        {"custom": {"number": 5}},
        {"lineItem": {"label": "No maximum"}},
        {"lineItem": {"scoreMaximum": 0}},
        {"lineItem": {"scoreMaximum": "5"}},
        {"title": 5},
        {"available": {"startDateTime": "2030-01-07T08:00:00"}},
        {"available": "2030-01-07T08:00:00Z"},
        {"submission": {"endDateTime": 5}},
        {"submission": {"endDateTime": "tomorrow"}},
        {
            "available": {"startDateTime": "2030-01-07T08:00:00Z"},
            "submission": {"endDateTime": "2030-01-07T07:00:00Z"},
        },
        {"window": "_blank"},
        {"iframe": 800},
    ],
    ids=str,
)
def test_an_item_with_one_fault_is_refused(tool: Probe, teacher: Person, changes: dict[str, Any]) -> None:
    claims, address = _ask(tool, teacher)
    answer = teacher.post(address, data={"JWT": tool.deep_linking_response(claims, [_item(tool, **changes)])})
    assert answer.status_code == 400
    assert "deep_linking.content_item" in answer.text


def test_a_response_signed_by_somebody_else_is_refused(tool: Probe, teacher: Person) -> None:
    claims, address = _ask(tool, teacher)
    answer = teacher.post(address, data={"JWT": tool.deep_linking_response(claims, [], key=other_key())})
    assert "token.unknown_key" in answer.text


def test_a_request_is_answered_once_and_a_nonce_is_taken_once(tool: Probe, teacher: Person) -> None:
    claims, address = _ask(tool, teacher)
    response = tool.deep_linking_response(claims, [], nonce="again")
    assert teacher.post(address, data={"JWT": response}).status_code == 200
    assert "deep_linking.answered" in teacher.post(address, data={"JWT": response}).text
    claims, address = _ask(tool, teacher)
    answer = teacher.post(address, data={"JWT": tool.deep_linking_response(claims, [], nonce="again")})
    assert "deep_linking.nonce" in answer.text


def test_only_the_teacher_who_asked_can_bring_the_answer(tool: Probe, teacher: Person, lms: LiveLms) -> None:
    claims, address = _ask(tool, teacher)
    answer = Person(lms, "toby").post(address, data={"JWT": tool.deep_linking_response(claims, [])})
    assert "deep_linking.unknown" in answer.text


def test_students_cannot_choose_activities(tool: Probe, student: Person) -> None:
    assert student.page(PATH.format(tool=tool.number)).status_code == 403
