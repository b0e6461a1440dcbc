"""The Moodle profile against requests recorded from a Moodle 5.1: same status, same words, same shape of the answer."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo_lms.live import LiveLms
from tests.demo_lms.probe import (
    AGS,
    CLAIM,
    DL,
    ENDPOINT,
    NRPS,
    RESULTS,
    ROSTER_SCOPE,
    SCORE,
    Person,
    Probe,
    Service,
    first_key,
    under,
)

SAMPLES = Path(__file__).parent / "samples"
PEOPLE = {"5": "4", "6": "5", "7": "6", "3": "2", "9999": "9999"}
SCORES = json.loads((SAMPLES / "moodle_scores.json").read_text())
LINE_ITEMS = json.loads((SAMPLES / "moodle_line_items.json").read_text())
ROSTER = json.loads((SAMPLES / "moodle_roster.json").read_text())
CLAIMS = json.loads((SAMPLES / "moodle_claims.json").read_text())


@pytest.fixture(scope="module")
def moodle(lms_of: Callable[[str], LiveLms], tool_address: str) -> Probe:
    tool = Probe(lms_of("moodle"), tool_address, [first_key()]).register(custom="course=$Context.id")
    tool.add_link(Person(tool.lms, "tess"), "Tutor", points=100)
    return tool


@pytest.fixture(scope="module")
def path(moodle: Probe) -> str:
    return moodle.add_link(Person(moodle.lms, "tess"), "Practice", points=100)


@pytest.fixture(scope="module")
def student_claims(moodle: Probe, path: str) -> dict[str, Any]:
    return moodle.launch(Person(moodle.lms, "ada"), path)


@pytest.fixture(scope="module")
def services(moodle: Probe) -> dict[str, Service]:
    return {"all": moodle.service(), "read": moodle.service(f"{AGS}result.readonly"), "none": Service("")}


def _shape(value: Any) -> Any:
    """The names and kinds in an answer, without its values."""
    if isinstance(value, dict):
        return {name: _shape(member) for name, member in sorted(value.items())}
    if isinstance(value, list):
        return [_shape(value[0])] if value else []
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


def _send(service: Service, address: str, recorded: dict[str, Any], body: Any = None) -> requests.Response:
    names = {"Accept": recorded["accept"], "Content-Type": recorded["content_type"]}
    headers = {name: value for name, value in names.items() if value}
    data = json.dumps(body) if body is not None else None
    return service.request(recorded["method"], address, data=data, headers=headers)


def _same(answer: requests.Response, recorded: dict[str, Any], *, reason: str | None = None) -> None:
    assert answer.status_code == recorded["status"]
    if reason is not None:
        assert answer.reason == reason
    if recorded["status"] != 204:
        assert answer.headers["Content-Type"] == recorded["content_type_of_answer"]
    if "answer" in recorded and recorded["answer"] != "":
        assert _shape(answer.json()) == _shape(recorded["answer"])
    else:
        assert answer.text == ""


@pytest.mark.parametrize("name", SCORES)
def test_scores(
    name: str, moodle: Probe, services: dict[str, Service], student_claims: dict[str, Any]
) -> None:
    recorded = SCORES[name]
    made = (
        services["all"]
        .make_column(student_claims[ENDPOINT]["lineitems"], label=name, scoreMaximum=100)
        .json()["id"]
    )
    address = under(made, "/scores")
    number = re.findall(r"/line_items/(\d+)", made)[0]
    if name == "older_timestamp":
        _send(services["all"], address, SCORES["later"], _mapped(SCORES["later"]["request_body"]))
    body = _mapped(recorded["request_body"]) if "request_body" in recorded else None
    service = services["read" if name == "without_score_scope" else "all"]
    answer = _send(service, address, recorded, body)
    own_path = re.sub(r"http://[^/]*", "", address.partition("?")[0])
    reason = recorded["reason"].replace("/2/lineitems/15/lineitem/scores", own_path)
    reason = re.sub(
        r"for item 15 and user (\d)", lambda found: f"for item {number} and user {PEOPLE[found[1]]}", reason
    )
    if reason.startswith("Incorrect score received"):
        reason = "Incorrect score received" + json.dumps(body)
    _same(answer, recorded, reason=reason if recorded["status"] != 200 else None)


def _mapped(body: dict[str, Any]) -> dict[str, Any]:
    return body | ({"userId": PEOPLE[body["userId"]]} if "userId" in body else {})


@pytest.mark.parametrize("name", LINE_ITEMS)
def test_line_items(
    name: str, moodle: Probe, services: dict[str, Service], student_claims: dict[str, Any], path: str
) -> None:
    recorded, service = LINE_ITEMS[name], services["read" if name.endswith("with_readonly_scope") else "all"]
    line_items: str = student_claims[ENDPOINT]["lineitems"]
    kept = (
        services["all"]
        .make_column(line_items, label="Kept", scoreMaximum=60, resourceId="unit-3", tag="mastery")
        .json()["id"]
    )
    if name == "delete_tools_link_item":
        own = moodle.add_link(Person(moodle.lms, "tess"), "Deleted", points=10)
        kept = moodle.launch(Person(moodle.lms, "ada"), own)[ENDPOINT]["lineitem"]
    if name in {"get_one_unknown"}:
        kept = re.sub(r"/line_items/\d+", "/line_items/9999", kept)
    wants_one = "/lineitem?" in recorded["path"]
    query = recorded["path"].partition("?")[2].partition("&")[2]
    address = kept if wants_one else line_items + (f"&{query}" if query else "")
    answer = _send(service, address, recorded, recorded.get("request_body"))
    own_path = re.sub(r"http://[^/]*", "", address.partition("?")[0])
    reason = re.sub(r"/2/lineitems(/\d+/lineitem)?", own_path, recorded["reason"]).rstrip()
    if name.startswith(("list", "get_one")) and recorded["status"] == 200:
        assert answer.status_code == 200
        assert {"id", "label", "scoreMaximum", "resourceId", "tag"} <= (
            answer.json()[0] if name.startswith("list") else answer.json()
        ).keys()
    else:
        _same(answer, recorded, reason=reason if recorded["status"] >= 400 else None)
    if "link" in recorded:
        written = answer.headers["Link"]
        assert "rel=“next”" in written.encode("latin-1").decode()
        assert "&amp;" in written
        assert [part.partition("rel=")[2] for part in written.split(", ")] == [
            part.partition("rel=")[2]
            for part in recorded["link"].encode("latin-1").decode("latin-1").split(", ")
        ]


@pytest.mark.parametrize("name", ROSTER)
def test_roster(
    name: str, services: dict[str, Service], student_claims: dict[str, Any], moodle: Probe
) -> None:
    recorded = ROSTER[name]
    address: str = student_claims[NRPS]["context_memberships_url"]
    query = recorded["path"].partition("?")[2]
    service = {"token_without_nrps_scope": services["read"], "no_token": services["none"]}.get(
        name, services["all"]
    )
    if name == "unknown_course":
        address = re.sub(r"/courses/[^/]*", "/courses/9999", address)
    answer = _send(service, address + (f"?{query}" if query else ""), recorded)
    own_path = re.sub(r"http://[^/]*", "", address)
    reason = re.sub(r"/CourseSection/\d+/bindings/\d+/memberships", own_path, recorded["reason"]).rstrip()
    _same(answer, recorded, reason=reason if recorded["status"] >= 400 else None)
    assert ("Link" in answer.headers) is ("link" in recorded)


@pytest.mark.parametrize(("who", "key"), [("teacher", "tess"), ("student", "ada"), ("administrator", "alma")])
def test_claims_of_a_launch(who: str, key: str, moodle: Probe, path: str) -> None:
    claims, recorded = moodle.launch(Person(moodle.lms, key), path), CLAIMS[who]
    assert claims.keys() == recorded.keys()
    assert claims[f"{CLAIM}roles"] == recorded[f"{CLAIM}roles"]
    for name in ("context", "tool_platform", "launch_presentation", "lis", "ext"):
        assert _shape(claims[CLAIM + name]) == _shape(recorded[CLAIM + name])
    assert claims[ENDPOINT].keys() == recorded[ENDPOINT].keys()
    assert claims[ENDPOINT]["scope"] == recorded[ENDPOINT]["scope"]
    assert claims[NRPS]["service_versions"] == recorded[NRPS]["service_versions"]
    assert claims["exp"] - claims["iat"] == recorded["exp"] - recorded["iat"] == 60


def test_claims_of_deep_linking(moodle: Probe) -> None:
    claims = moodle.launch(Person(moodle.lms, "tess"), f"/course/modules/1/choose/{moodle.number}")
    recorded = CLAIMS["deep_linking"]
    assert claims.keys() == recorded.keys()
    assert _shape(claims[f"{DL}deep_linking_settings"]) == _shape(recorded[f"{DL}deep_linking_settings"])
    assert claims[f"{CLAIM}launch_presentation"] == {"locale": "en"}


def test_dates_and_windows_of_content_items_are_dropped(moodle: Probe) -> None:
    teacher = Person(moodle.lms, "tess")
    claims = moodle.launch(teacher, f"/course/modules/2/choose/{moodle.number}")
    item = {"type": "ltiResourceLink", "title": "Dated", "url": f"{moodle.address}/launch"}
    dates = {
        "available": {"startDateTime": "2030-01-07T08:00:00Z"},
        "submission": {"endDateTime": "2030-01-11T23:59:00Z"},
        "window": {"targetName": "_blank"},
    }
    address = claims[f"{DL}deep_linking_settings"]["deep_link_return_url"]
    response = moodle.deep_linking_response(claims, [item | dates])
    assert teacher.post(address, data={"JWT": response}).status_code == 200
    line = teacher.page("/course").text.split(">Dated<")[1].partition("</li>")[0]
    assert not any(word in line for word in ("opens", "due", "window"))


def test_the_first_deep_linking_launch_has_no_roster(moodle: Probe) -> None:
    newcomer = Probe(moodle.lms, moodle.address, moodle.keys).register()
    claims = newcomer.launch(Person(moodle.lms, "tess"), f"/course/modules/1/choose/{newcomer.number}")
    assert NRPS not in claims
    assert ENDPOINT in claims


def test_a_comment_without_a_score_is_stored_but_not_returned(
    moodle: Probe, services: dict[str, Service], student_claims: dict[str, Any]
) -> None:
    service = services["all"]
    column = service.make_column(student_claims[ENDPOINT]["lineitems"]).json()["id"]
    answer = service.score(column, "6", scoreGiven=None, scoreMaximum=None, comment="Next: unit rates")
    assert (answer.status_code, answer.text) == (200, "")
    rows = service.read(under(column, "/results"), RESULTS).json()
    assert [row.keys() for row in rows] == [{"id", "userId"}]
    assert "Next: unit rates" in Person(moodle.lms, "cleo").page("/gradebook").text


def test_scores_of_one_second_are_equal(services: dict[str, Service], student_claims: dict[str, Any]) -> None:
    service = services["all"]
    column = service.make_column(student_claims[ENDPOINT]["lineitems"]).json()["id"]
    assert service.score(column, "4", timestamp="2026-11-22T10:00:00.100Z").status_code == 200
    assert service.score(column, "4", timestamp="2026-11-22T10:00:00.900Z").status_code == 409
    assert service.score(column, "4", timestamp="2026-11-22T10:00:01.000Z").status_code == 200


def test_a_typed_grade_stands_in_a_links_own_column_only(
    moodle: Probe, services: dict[str, Service], student_claims: dict[str, Any]
) -> None:
    service, teacher = services["all"], Person(moodle.lms, "tess")
    linked = student_claims[ENDPOINT]["lineitem"]
    alone = service.make_column(student_claims[ENDPOINT]["lineitems"], scoreMaximum=100).json()["id"]
    for column, expected in ((linked, 42), (alone, 95)):
        service.score(column, "4", scoreGiven=90, scoreMaximum=100, timestamp="2026-01-01T00:00:00Z")
        number = re.findall(r"/line_items/(\d+)", column)[0]
        teacher.act(f"/gradebook/{number}/3", score="42").raise_for_status()
        assert (
            service.score(
                column, "4", scoreGiven=95, scoreMaximum=100, timestamp="2027-01-01T00:00:00Z"
            ).status_code
            == 200
        )
        assert service.read(under(column, "/results"), RESULTS).json()[0]["resultScore"] == expected


def test_results_take_no_limit(services: dict[str, Service], student_claims: dict[str, Any]) -> None:
    results = under(student_claims[ENDPOINT]["lineitem"], "/results")
    assert services["all"].read(results, RESULTS, limit=5).status_code == 404


def test_families_and_course_navigation_do_not_exist(moodle: Probe) -> None:
    family = Person(moodle.lms, "fay")
    assert moodle.number
    assert family.page(f"/course/tools/{moodle.number}").status_code == 404
    assert "In this LMS families do not open tools" in family.page("/course/links/1").text


def test_a_waiting_tool_gets_tokens(moodle: Probe) -> None:
    waiting = Probe(moodle.lms, moodle.address, moodle.keys).register(active=False)
    assert waiting.ask_token(waiting.assertion(), scope=ROSTER_SCOPE).status_code == 200


def test_own_columns_are_all_that_is_seen(
    services: dict[str, Service], student_claims: dict[str, Any]
) -> None:
    listed = (
        services["all"]
        .read(student_claims[ENDPOINT]["lineitems"], "application/vnd.ims.lis.v2.lineitemcontainer+json")
        .json()
    )
    assert "Quiz 1" not in [item["label"] for item in listed]
    native = re.sub(r"/line_items/\d+", "/line_items/1", student_claims[ENDPOINT]["lineitem"])
    assert services["all"].score(native, "4", content_type=SCORE).status_code == 404
