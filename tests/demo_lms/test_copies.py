"""Copying a course, telling tools about it through variables and notices: over real HTTP."""

import queue
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import request
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.demo_lms.live import LiveLms, live_lms, serving
from tests.demo_lms.probe import CLAIM, ENDPOINT, LINE_ITEMS, Person, Probe, first_key, key_set_app

NOTICES = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
ORIGINALS = {
    "strict": ("ResourceLink.id.history", None),
    "canvas": ("Activity.id.history", "kept"),
    "moodle": (None, "kept"),
    "schoology": ("ResourceLink.id.history", None),
}


@pytest.fixture(params=list(ORIGINALS))
def own_lms(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LiveLms]:
    """An LMS of this test alone: copies stay."""
    with live_lms(tmp_path, request.param) as lms:
        yield lms


@pytest.fixture
def canvas(tmp_path: Path) -> Iterator[LiveLms]:
    with live_lms(tmp_path, "canvas") as lms:
        yield lms


class Receiver:
    """A tool's handler for notices, which keeps what it is sent."""

    def __init__(self) -> None:
        self.received: queue.Queue[dict[str, Any]] = queue.Queue()
        self.app = key_set_app([first_key()])
        self.app.post("/notices")(self._take)

    def _take(self) -> tuple[str, int]:
        self.received.put(request.get_json())
        return "", 202

    def notice(self, lms: LiveLms) -> dict[str, Any]:
        """The verified claims of the next notice."""
        body = self.received.get(timeout=10)
        keys = KeySet.import_key_set(requests.get(f"{lms.address}/lti/jwks", timeout=10).json())
        assert len(body["notices"]) == 1
        return jwt.decode(body["notices"][0]["jwt"], keys, algorithms=["RS256"]).claims


@pytest.fixture
def receiver() -> Iterator[tuple[Receiver, str]]:
    receiver = Receiver()
    with serving(receiver.app) as server:
        yield receiver, f"http://127.0.0.1:{server.server_port}"


def with_histories(lms: LiveLms, address: str) -> Probe:
    """A tool that asks for every history there is."""
    names = ("Context.id.history", "ResourceLink.id.history", "Activity.id.history")
    return Probe(lms, address, [first_key()]).register(custom="\n".join(f"{name}=${name}" for name in names))


def place_with_custom(tool: Probe, teacher: Person) -> str:
    """Put a graded activity with a custom parameter into the first module by deep linking; gives its path."""
    request = tool.launch(teacher, f"/course/modules/1/choose/{tool.number}")
    item = {
        "type": "ltiResourceLink",
        "title": "Placed",
        "url": f"{tool.address}/launch",
        "custom": {"activity": "ratio-1"},
        "lineItem": {
            "scoreMaximum": 5,
            "label": "Placed",
            "resourceId": "ratio-1",
            "tag": "waymark-activity",
        },
    }
    where = request["https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"][
        "deep_link_return_url"
    ]
    answer = teacher.post(where, data={"JWT": tool.deep_linking_response(request, [item])})
    answer.raise_for_status()
    return path_of(teacher, "Placed")


def path_of(teacher: Person, title: str) -> str:
    """The path of an item on the course page that is open."""
    found = re.search(rf'href="(/course/items/\d+)">{title}</a>', teacher.page("/course").text)
    assert found is not None
    return found[1]


def test_a_copy_has_the_course_under_new_identifiers_and_names_its_ancestors(
    own_lms: LiveLms, tool_address: str
) -> None:
    link_history, custom = ORIGINALS[own_lms.app.extensions["demo_lms_platform"].profile.name]
    tool, teacher = with_histories(own_lms, tool_address), Person(own_lms, "tess")
    original = tool.launch(teacher, place_with_custom(tool, teacher))
    assert original[f"{CLAIM}custom"]["Context.id.history"] == ""
    teacher.act("/course/copy").raise_for_status()
    first = tool.launch(teacher, path_of(teacher, "Placed"))
    teacher.act("/course/copy").raise_for_status()
    second = tool.launch(teacher, path_of(teacher, "Placed"))

    ids = [claims[f"{CLAIM}context"]["id"] for claims in (original, first, second)]
    links = [claims[f"{CLAIM}resource_link"]["id"] for claims in (original, first, second)]
    assert len(set(ids)) == len(set(links)) == 3
    assert first[f"{CLAIM}custom"]["Context.id.history"] == ids[0]
    assert second[f"{CLAIM}custom"]["Context.id.history"] == f"{ids[1]},{ids[0]}"
    for name in ("ResourceLink.id.history", "Activity.id.history"):
        expected = f"{links[1]},{links[0]}" if name == link_history else f"${name}"
        assert second[f"{CLAIM}custom"][name] == expected
    kept = second[f"{CLAIM}custom"].get("activity")
    assert kept == ("ratio-1" if custom else None), "some platforms drop a copied link's own parameters"


def test_columns_keep_tag_and_resource_id_and_nobodys_grade_comes_along(
    own_lms: LiveLms, tool_address: str
) -> None:
    tool, teacher = with_histories(own_lms, tool_address), Person(own_lms, "tess")
    path = place_with_custom(tool, teacher)
    claims = tool.launch(teacher, path)
    service, line_items = tool.service(), claims[ENDPOINT]["lineitems"]
    made = service.make_column(line_items, label="Next step", tag="next", resourceId="next")
    made.raise_for_status()
    student = tool.launch(Person(own_lms, "ada"), path)
    service.score(made.json()["id"], student["sub"]).raise_for_status()
    before = teacher.page("/gradebook").text
    teacher.act("/course/copy").raise_for_status()
    copied = tool.launch(teacher, path_of(teacher, "Placed"))[ENDPOINT]["lineitems"]
    assert copied != line_items
    columns = {item["label"]: item for item in _all(service, copied)}
    assert (columns["Next step"]["tag"], columns["Next step"]["resourceId"]) == ("next", "next")
    assert (columns["Placed"]["tag"], columns["Placed"]["resourceId"]) == ("waymark-activity", "ratio-1")
    assert not {item["id"] for item in _all(service, copied)} & {
        item["id"] for item in _all(service, line_items)
    }
    assert re.findall(r'class="score [^"]*">(?!–)', teacher.page("/gradebook").text) == []
    teacher.page("/courses/1")
    assert teacher.page("/gradebook").text == before


def _all(service: Any, line_items: str) -> list[dict[str, Any]]:
    return [item for page in service.pages(line_items, LINE_ITEMS) for item in page.json()]


def test_only_staff_copies(lms: LiveLms, student: Person) -> None:
    assert student.act("/course/copy").status_code == 403
    assert "Copy this course" not in student.page("/course").text


def test_a_tool_subscribes_and_is_greeted(canvas: LiveLms, receiver: tuple[Receiver, str]) -> None:
    tool, teacher = _subscribing_tool(canvas, receiver[1]), Person(canvas, "tess")
    service = tool.launch(teacher)[f"{CLAIM}platformnotificationservice"]
    assert service["notice_types_supported"] == ["LtiHelloWorldNotice", "LtiContextCopyNotice"]
    assert service["scope"] == [NOTICES]
    address, handler = service["platform_notification_service_url"], f"{receiver[1]}/notices"
    answer = _subscribe(tool, address, "LtiHelloWorldNotice", handler)
    assert answer.json() == {"notice_type": "LtiHelloWorldNotice", "handler": handler}
    hello = receiver[0].notice(canvas)
    assert hello[f"{CLAIM}notice"]["type"] == "LtiHelloWorldNotice"
    assert (hello["aud"], hello["azp"]) == (tool.client_id, tool.client_id)
    assert hello[f"{CLAIM}deployment_id"] == tool.deployment_id
    listed = tool.service(NOTICES).get(address).json()
    assert [item["handler"] for item in listed["notice_handlers"]] == [handler, ""]
    assert _logged(canvas, "LtiHelloWorldNotice to")


def test_a_copy_is_told_to_the_tools_that_asked_for_it(
    canvas: LiveLms, receiver: tuple[Receiver, str]
) -> None:
    tool, teacher = _subscribing_tool(canvas, receiver[1]), Person(canvas, "tess")
    claims = tool.launch(teacher)
    address = claims[f"{CLAIM}platformnotificationservice"]["platform_notification_service_url"]
    _subscribe(tool, address, "LtiContextCopyNotice", f"{receiver[1]}/notices").raise_for_status()
    teacher.act("/course/copy").raise_for_status()
    notice = receiver[0].notice(canvas)
    assert notice[f"{CLAIM}origin_contexts"] == [claims[f"{CLAIM}context"]["id"]]
    assert notice[f"{CLAIM}context"]["id"] == tool.launch(teacher)[f"{CLAIM}context"]["id"]
    assert "sub" not in notice
    _subscribe(tool, address, "LtiContextCopyNotice", "").raise_for_status()
    teacher.act("/course/copy").raise_for_status()
    time.sleep(0.3)
    assert receiver[0].received.empty()


@pytest.mark.parametrize(
    ("notice_type", "path"),
    [("LtiAssetProcessorSubmissionNotice", "/notices"), ("LtiHelloWorldNotice", None)],
)
def test_unknown_types_and_foreign_addresses_are_refused(
    canvas: LiveLms, receiver: tuple[Receiver, str], notice_type: str, path: str | None
) -> None:
    tool = _subscribing_tool(canvas, receiver[1])
    claims = tool.launch(Person(canvas, "tess"))
    address = claims[f"{CLAIM}platformnotificationservice"]["platform_notification_service_url"]
    handler = receiver[1] + path if path else "https://elsewhere.example/notices"
    assert _subscribe(tool, address, notice_type, handler).status_code == 400


def test_without_the_scope_or_outside_canvas_there_is_no_notice_service(
    canvas: LiveLms, lms: LiveLms, tool_for: Callable[[LiveLms], Probe], tool_address: str
) -> None:
    for each in (canvas, lms):
        tool = Probe(each, tool_address, [first_key()]).register()
        assert f"{CLAIM}platformnotificationservice" not in tool.launch(Person(each, "tess"))
    refused = requests.get(f"{canvas.address}/lti/tools/1/notice_handlers", timeout=10)
    assert refused.status_code == 401


def _subscribing_tool(lms: LiveLms, address: str) -> Probe:
    return Probe(lms, address, [first_key()]).register(scopes=[NOTICES])


def _subscribe(tool: Probe, address: str, notice_type: str, handler: str) -> requests.Response:
    body = {"notice_type": notice_type, "handler": handler}
    return tool.service(NOTICES).put(address, json=body)


def _logged(lms: LiveLms, words: str) -> bool:
    deadline = time.monotonic() + 5
    while words not in Person(lms, "tess").page("/messages").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return True
