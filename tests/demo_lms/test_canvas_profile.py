"""The Canvas and Schoology profiles: only what differs from the strict one."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.demo_lms.live import LiveLms
from tests.demo_lms.probe import (
    CLAIM,
    ENDPOINT,
    LINE_ITEMS,
    NRPS,
    RESULTS,
    ROSTER,
    Person,
    Probe,
    Service,
    first_key,
    under,
)

UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


@pytest.fixture(scope="module")
def canvas(lms_of: Callable[[str], LiveLms], tool_address: str) -> Probe:
    return Probe(lms_of("canvas"), tool_address, [first_key()]).register(
        custom="seen=$com.instructure.User.observees\ncourse=$Canvas.course.id"
    )


@pytest.fixture(scope="module")
def claims(canvas: Probe) -> dict[str, Any]:
    return canvas.launch(Person(canvas.lms, "ada"))


@pytest.fixture(scope="module")
def service(canvas: Probe) -> Service:
    return canvas.service()


@pytest.fixture
def column(service: Service, claims: dict[str, Any]) -> str:
    address: str = service.make_column(claims[ENDPOINT]["lineitems"], scoreMaximum=10).json()["id"]
    return address


def _result(service: Service, column: str) -> dict[str, Any]:
    row: dict[str, Any] = service.read(under(column, "/results"), RESULTS).json()[0]
    return row


def test_ids_look_like_canvas(canvas: Probe, claims: dict[str, Any]) -> None:
    assert re.fullmatch(UUID, claims["sub"])
    assert re.fullmatch(UUID, claims[f"{CLAIM}resource_link"]["id"])
    assert re.fullmatch(r"[0-9a-f]{40}", claims[f"{CLAIM}context"]["id"])
    assert re.fullmatch(r"\d+:[0-9a-f]{40}", canvas.deployment_id)
    assert re.fullmatch(r"1\d{13}", canvas.client_id)
    assert claims[f"{CLAIM}tool_platform"]["product_family_code"] == "canvas"
    assert canvas.initiation(Person(canvas.lms, "ada"))["lti_storage_target"] == "post_message_forwarding"


def test_an_observer_is_a_mentor_named_twice(canvas: Probe, claims: dict[str, Any]) -> None:
    observer = canvas.launch(Person(canvas.lms, "fay"))
    assert observer[f"{CLAIM}role_scope_mentor"] == [claims["sub"]]
    assert observer[f"{CLAIM}custom"] == {"seen": claims["sub"], "course": "1"}


def test_the_mentor_claim_needs_shared_names(lms_of: Callable[[str], LiveLms], canvas: Probe) -> None:
    private = Probe(canvas.lms, canvas.address, canvas.keys).register(share_names=None)
    assert f"{CLAIM}role_scope_mentor" not in private.launch(Person(canvas.lms, "fay"))


def test_only_own_columns_exist(service: Service, claims: dict[str, Any], column: str) -> None:
    listed = service.read(claims[ENDPOINT]["lineitems"], LINE_ITEMS, limit=100).json()
    assert {item["label"] for item in listed} == {"Next step"}
    assert service.get(re.sub(r"\d+$", "1", column)).status_code == 404
    assert service.get(re.sub(r"\d+$", "1", column)).json()["errors"]["type"] == "not_found"


def test_an_equal_timestamp_is_taken_an_older_one_is_not(
    service: Service, claims: dict[str, Any], column: str
) -> None:
    moment = datetime.now(UTC)
    for expected, sent in ((200, moment), (200, moment), (400, moment - timedelta(seconds=1))):
        assert service.score(column, claims["sub"], timestamp=sent.isoformat()).status_code == expected


def test_a_score_answers_with_its_result(service: Service, claims: dict[str, Any], column: str) -> None:
    answer = service.score(column, claims["sub"], scoreGiven=7, scoreMaximum=10)
    assert service.get(answer.json()["resultUrl"]).json()[0]["resultScore"] == 7


def test_comments_are_added_to_each_other(
    canvas: Probe, service: Service, claims: dict[str, Any], column: str
) -> None:
    for words in ("first words", "second words"):
        service.score(column, claims["sub"], comment=words)
    number = re.findall(r"/line_items/(\d+)", column)[0]
    cell = Person(canvas.lms, "tess").page(f"/gradebook/{number}/3").text
    assert cell.index("first words") < cell.index("second words")


@pytest.mark.parametrize(
    ("progress", "kept"),
    [("FullyGraded", True), ("PendingManual", True), ("Pending", False), ("NotReady", False)],
)
def test_some_unfinished_scores_are_kept(
    service: Service, claims: dict[str, Any], column: str, progress: str, kept: bool
) -> None:
    service.score(column, claims["sub"], gradingProgress=progress)
    assert ("resultScore" in _result(service, column)) is kept


def test_a_score_can_be_preserved(service: Service, claims: dict[str, Any], column: str) -> None:
    service.score(column, claims["sub"], scoreGiven=6, scoreMaximum=10)
    extension: dict[str, Any] = {"https://canvas.instructure.com/lti/submission": {"preserve_score": True}}
    service.score(
        column,
        claims["sub"],
        scoreGiven=None,
        scoreMaximum=None,
        gradingProgress="NotReady",
        comment="words",
        **extension,
    )
    assert (_result(service, column)["resultScore"], _result(service, column)["comment"]) == (6, "words")


def test_the_tool_replaces_what_a_teacher_typed(
    canvas: Probe, service: Service, claims: dict[str, Any], column: str
) -> None:
    service.score(column, claims["sub"], scoreGiven=6, scoreMaximum=10)
    number = re.findall(r"/line_items/(\d+)", column)[0]
    Person(canvas.lms, "tess").act(f"/gradebook/{number}/3", score="2").raise_for_status()
    service.score(column, claims["sub"], scoreGiven=8, scoreMaximum=10)
    assert _result(service, column)["resultScore"] == 8


@pytest.mark.parametrize(
    ("changes", "status"), [({"user_id": "nobody"}, 422), ({"scoreMaximum": None}, 422)], ids=str
)
def test_refusals_have_canvas_statuses(
    service: Service, claims: dict[str, Any], column: str, changes: dict[str, Any], status: int
) -> None:
    wanted = {"user_id": claims["sub"], **changes}
    answer = service.score(column, wanted.pop("user_id"), **wanted)
    assert (answer.status_code, answer.json()["errors"]["type"]) == (status, "unprocessable_entity")


def test_schoology_has_numbers_no_families_and_lists_of_a_hundred(
    lms_of: Callable[[str], LiveLms], tool_address: str
) -> None:
    tool = Probe(lms_of("schoology"), tool_address, [first_key()]).register()
    claims = tool.launch(Person(tool.lms, "ada"))
    assert claims["sub"].isdigit()
    assert claims[f"{CLAIM}context"]["id"].isdigit()
    roster = tool.service().read(claims[NRPS]["context_memberships_url"], ROSTER)
    assert "Link" not in roster.headers
    assert [member["name"] for member in roster.json()["members"] if "Alpha" in member["name"]] == [
        "Ada Alpha"
    ]
    assert Person(tool.lms, "fay").page(f"/course/tools/{tool.number}").status_code == 403
