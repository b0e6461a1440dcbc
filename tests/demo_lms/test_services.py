"""Roster, line items, scores and results of the strict profile: every rule once."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tests.demo_lms.probe import (
    AGS,
    ENDPOINT,
    LINE_ITEM,
    LINE_ITEMS,
    NRPS,
    RESULTS,
    ROSTER,
    ROSTER_SCOPE,
    Person,
    Probe,
    Service,
    under,
)

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


@pytest.fixture(scope="module")
def service(tool: Probe) -> Service:
    return tool.service()


@pytest.fixture(scope="module")
def claims(tool: Probe, student: Person) -> dict[str, Any]:
    return tool.launch(student)


@pytest.fixture(scope="module")
def line_items(claims: dict[str, Any]) -> str:
    address: str = claims[ENDPOINT]["lineitems"]
    return address


@pytest.fixture
def column(service: Service, line_items: str) -> str:
    answer = service.make_column(line_items, resourceId="next", tag="step")
    assert answer.status_code == 201
    address: str = answer.json()["id"]
    return address


@pytest.fixture(scope="module")
def ada(claims: dict[str, Any]) -> str:
    sub: str = claims["sub"]
    return sub


def _pages(service: Service, address: str, media_type: str, **query: Any) -> Iterator[requests.Response]:
    answer = service.read(address, media_type, **query)
    yield answer
    while "next" in answer.links:
        answer = service.read(answer.links["next"]["url"], media_type)
        yield answer


class TestRoster:
    def test_has_everybody_with_role_and_name(self, service: Service, claims: dict[str, Any]) -> None:
        answer = service.read(claims[NRPS]["context_memberships_url"], ROSTER)
        assert answer.headers["Content-Type"].startswith(ROSTER)
        body = answer.json()
        assert body["context"]["label"] == "TINY1"
        assert len(body["members"]) == 7
        ada = next(member for member in body["members"] if member["user_id"] == claims["sub"])
        assert (ada["status"], ada["name"]) == ("Active", "Ada Alpha")
        assert f"{MEMBERSHIP}Learner" in ada["roles"]

    def test_comes_in_pages_that_must_be_followed_exactly(
        self, service: Service, claims: dict[str, Any]
    ) -> None:
        address = claims[NRPS]["context_memberships_url"]
        pages = list(_pages(service, address, ROSTER, limit=3))
        assert [len(page.json()["members"]) for page in pages] == [3, 3, 1]
        assert len({member["user_id"] for page in pages for member in page.json()["members"]}) == 7
        following = pages[0].links["next"]["url"]
        assert following != following.lower()
        assert service.read(following.lower().replace(address.lower(), address), ROSTER).status_code == 404

    def test_can_be_narrowed_to_a_role(self, service: Service, claims: dict[str, Any]) -> None:
        answer = service.read(
            claims[NRPS]["context_memberships_url"], ROSTER, role=f"{MEMBERSHIP}Learner", limit=2
        )
        assert len(answer.json()["members"]) == 2
        assert len(service.read(answer.links["next"]["url"], ROSTER).json()["members"]) == 1

    def test_of_a_link_carries_its_message(
        self, tool: Probe, service: Service, claims: dict[str, Any]
    ) -> None:
        address = claims[NRPS]["context_memberships_url"]
        link = claims["https://purl.imsglobal.org/spec/lti/claim/resource_link"]["id"]
        members = service.read(address, ROSTER, rlid=link).json()["members"]
        assert all(
            member["message"][0]["https://purl.imsglobal.org/spec/lti/claim/custom"]["course"]
            for member in members
        )
        assert service.read(address, ROSTER, rlid="no-such-link").status_code == 404

    @pytest.mark.parametrize("limit", ["0", "-1", "many"])
    def test_refuses_a_limit_that_is_no_number(
        self, service: Service, claims: dict[str, Any], limit: str
    ) -> None:
        assert service.read(claims[NRPS]["context_memberships_url"], ROSTER, limit=limit).status_code == 400

    def test_shows_a_suspended_student_as_inactive(
        self, service: Service, claims: dict[str, Any], administrator: Person
    ) -> None:
        page = administrator.page("/people").text
        person = re.findall(r'/people/(\d+)/state"><button class="plain" aria-label="Suspend Cleo', page)[0]
        administrator.act(f"/people/{person}/state")
        try:
            members = service.read(claims[NRPS]["context_memberships_url"], ROSTER).json()["members"]
            assert [member["name"] for member in members if member["status"] == "Inactive"] == [
                "Cleo Charlie"
            ]
        finally:
            administrator.act(f"/people/{person}/state")

    def test_needs_its_scope_and_media_type(self, tool: Probe, claims: dict[str, Any]) -> None:
        address = claims[NRPS]["context_memberships_url"]
        assert tool.service(f"{AGS}score").read(address, ROSTER).status_code == 403
        assert tool.service(ROSTER_SCOPE).read(address, "application/json").status_code == 406

    def test_of_another_tools_address_is_not_found(
        self, tool: Probe, service: Service, claims: dict[str, Any]
    ) -> None:
        address = claims[NRPS]["context_memberships_url"].replace(f"/tools/{tool.number}/", "/tools/999/")
        assert service.read(address, ROSTER).status_code == 404


class TestLineItems:
    def test_of_the_whole_course_are_readable_with_their_resource_id(
        self, service: Service, line_items: str
    ) -> None:
        found = service.read(line_items, LINE_ITEMS, resource_id="ratio-quiz").json()
        assert [(item["label"], item["scoreMaximum"], item["resourceId"]) for item in found] == [
            ("Quiz 1", 10, "ratio-quiz")
        ]
        assert "?" in found[0]["id"]

    def test_are_filtered_and_paged(self, service: Service, line_items: str, column: str) -> None:
        assert column in [
            item["id"] for item in service.read(line_items, LINE_ITEMS, tag="step", resource_id="next").json()
        ]
        assert service.read(line_items, LINE_ITEMS, tag="other").json() == []
        assert service.read(line_items, LINE_ITEMS, resource_link_id="other").json() == []
        everything = [
            item["id"] for page in _pages(service, line_items, LINE_ITEMS, limit=2) for item in page.json()
        ]
        assert len(everything) == len(set(everything)) >= 3

    def test_are_made_read_changed_and_deleted(self, service: Service, line_items: str) -> None:
        made = service.make_column(
            line_items,
            label="Fresh",
            scoreMaximum=4,
            tag="t",
            resourceId="r",
            endDateTime="2026-12-01T00:00:00Z",
        )
        assert made.status_code == 201
        address = made.json()["id"]
        assert service.read(address, LINE_ITEM).json() == made.json()
        changed = service.put(
            address, json={"label": "Renamed", "scoreMaximum": 8}, headers={"Content-Type": LINE_ITEM}
        )
        assert changed.json() == {"id": address, "label": "Renamed", "scoreMaximum": 8}
        assert service.delete(address).status_code == 204
        assert service.read(address, LINE_ITEM).status_code == 404

    @pytest.mark.parametrize(
        "members",
        [
            {"label": None},
            {"label": " "},
            {"scoreMaximum": None},
            {"scoreMaximum": 0},
            {"scoreMaximum": -1},
            {"scoreMaximum": "ten"},
            {"scoreMaximum": True},
            {"tag": 5},
            {"endDateTime": "tomorrow"},
        ],
    )
    def test_with_a_wrong_member_are_refused(
        self, service: Service, line_items: str, members: dict[str, Any]
    ) -> None:
        assert service.make_column(line_items, **members).status_code == 400

    @pytest.mark.parametrize(
        "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded"]
    )
    def test_in_another_media_type_are_refused(
        self, service: Service, line_items: str, content_type: str
    ) -> None:
        answer = service.post(
            line_items, data='{"label": "x", "scoreMaximum": 1}', headers={"Content-Type": content_type}
        )
        assert answer.status_code == 415

    @pytest.mark.parametrize("body", ["", "nonsense", "[]", '{"label": "x", "scoreMaximum": NaN}'])
    def test_that_are_no_json_object_are_refused(self, service: Service, line_items: str, body: str) -> None:
        assert service.post(line_items, data=body, headers={"Content-Type": LINE_ITEM}).status_code == 400

    def test_of_the_lms_itself_cannot_be_changed(self, service: Service, line_items: str) -> None:
        native = service.read(line_items, LINE_ITEMS, resource_id="ratio-quiz").json()[0]["id"]
        assert service.delete(native).status_code == 403
        assert (
            service.put(
                native, json={"label": "x", "scoreMaximum": 1}, headers={"Content-Type": LINE_ITEM}
            ).status_code
            == 403
        )
        assert service.score(native, "anybody").status_code == 403

    def test_are_bound_only_to_links_of_the_tool(
        self, fresh_tool: Probe, tool: Probe, student: Person
    ) -> None:
        link_claim = "https://purl.imsglobal.org/spec/lti/claim/resource_link"
        claims, service = fresh_tool.launch(student), fresh_tool.service()
        line_items, own = claims[ENDPOINT]["lineitems"], claims[link_claim]["id"]
        foreign = tool.launch(student)[link_claim]["id"]
        assert service.make_column(line_items, resourceLinkId=foreign).status_code == 403
        assert service.make_column(line_items, resourceLinkId="nothing").status_code == 404
        made = service.make_column(line_items, resourceLinkId=own)
        assert made.json()["resourceLinkId"] == own
        assert fresh_tool.launch(student)[ENDPOINT]["lineitem"] == made.json()["id"]

    def test_of_a_link_made_in_the_lms_stay(
        self, tool: Probe, service: Service, teacher: Person, student: Person
    ) -> None:
        path = tool.add_link(teacher, "With column", points=5)
        assert service.delete(tool.launch(student, path)[ENDPOINT]["lineitem"]).status_code == 403

    def test_need_the_right_scope(self, tool: Probe, line_items: str) -> None:
        reader = tool.service(f"{AGS}result.readonly")
        assert reader.read(line_items, LINE_ITEMS).status_code == 403
        assert reader.make_column(line_items).status_code == 403

    def test_answer_other_methods_with_405(self, service: Service, line_items: str, column: str) -> None:
        answer = service.patch(column)
        assert answer.status_code == 405
        assert answer.headers["Content-Type"].startswith("application/json")
        assert service.get(under(column, "/scores")).status_code == 405


class TestScores:
    def test_arrive_in_the_results_scaled_to_the_column(
        self, service: Service, column: str, ada: str
    ) -> None:
        assert service.score(column, ada, scoreGiven=3, scoreMaximum=4, comment="Nice").status_code == 204
        result = service.read(under(column, "/results"), RESULTS).json()
        assert [
            (row["userId"], row["resultScore"], row["resultMaximum"], row["comment"]) for row in result
        ] == [(ada, 0.75, 1, "Nice")]
        assert result[0]["scoreOf"] == column

    def test_without_points_leave_the_grade_empty(
        self, service: Service, column: str, ada: str, teacher: Person
    ) -> None:
        before = _total_of(teacher, "Ada Alpha")
        words = "Next: ratio tables, 12 minutes.\nWhy: you are one step away."
        answer = service.score(
            column, ada, scoreGiven=None, scoreMaximum=None, comment=words, activityProgress="InProgress"
        )
        assert answer.status_code == 204
        row = service.read(under(column, "/results"), RESULTS).json()[0]
        assert row["comment"] == words
        assert "resultScore" not in row
        assert _total_of(teacher, "Ada Alpha") == before

    @pytest.mark.parametrize("progress", ["Pending", "PendingManual", "Failed", "NotReady"])
    def test_that_are_not_final_wipe_the_grade(
        self, service: Service, column: str, ada: str, progress: str
    ) -> None:
        service.score(column, ada)
        assert service.score(column, ada, gradingProgress=progress).status_code == 204
        assert "resultScore" not in service.read(under(column, "/results"), RESULTS).json()[0]

    def test_replace_the_comment_or_clear_it(self, service: Service, column: str, ada: str) -> None:
        service.score(column, ada, comment="first")
        service.score(column, ada, comment="second")
        assert service.read(under(column, "/results"), RESULTS).json()[0]["comment"] == "second"
        service.score(column, ada)
        assert "comment" not in service.read(under(column, "/results"), RESULTS).json()[0]

    @pytest.mark.parametrize("earlier", [timedelta(), timedelta(microseconds=1), timedelta(hours=1)])
    def test_with_an_equal_or_older_timestamp_are_refused(
        self, service: Service, column: str, ada: str, earlier: timedelta
    ) -> None:
        moment = datetime.now(UTC)
        assert service.score(column, ada, timestamp=moment.isoformat()).status_code == 204
        answer = service.score(column, ada, timestamp=(moment - earlier).isoformat())
        assert (answer.status_code, answer.json()["code"]) == (409, "score.older_timestamp")

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"timestamp": None}, 400),
            ({"timestamp": "yesterday"}, 400),
            ({"timestamp": "2026-11-22T10:00:00"}, 400),
            ({"timestamp": "2026-13-45T10:00:00Z"}, 400),
            ({"timestamp": 1795317645}, 400),
            ({"timestamp": "2999-01-01T00:00:00Z"}, 400),
            ({"activityProgress": None}, 400),
            ({"activityProgress": "Bogus"}, 400),
            ({"gradingProgress": None}, 400),
            ({"gradingProgress": "fullygraded"}, 400),
            ({"scoreMaximum": None}, 400),
            ({"scoreMaximum": 0}, 400),
            ({"scoreGiven": "A"}, 400),
            ({"scoreGiven": True}, 400),
            ({"scoreGiven": -1}, 400),
            ({"comment": 5}, 400),
            ({"userId": None}, 400),
            ({"userId": "nobody"}, 422),
            ({"content_type": "application/json"}, 415),
            ({"content_type": LINE_ITEM}, 415),
        ],
        ids=str,
    )
    def test_with_one_fault_are_refused(
        self, service: Service, column: str, ada: str, changes: dict[str, Any], status: int
    ) -> None:
        wanted = {"user_id": ada, **changes}
        if "userId" in wanted:
            wanted["user_id"] = "replaced"
        answer = service.score(column, wanted.pop("user_id"), **wanted)
        assert answer.status_code == status
        assert answer.json()["message"]

    def test_for_people_without_a_row_are_refused(
        self, tool: Probe, service: Service, column: str, teacher: Person
    ) -> None:
        assert service.score(column, tool.launch(teacher)["sub"]).json()["code"] == "score.not_a_student"

    def test_with_a_charset_or_an_offset_are_taken(self, service: Service, column: str, ada: str) -> None:
        moment = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
        assert service.score(
            column, ada, timestamp=moment, content_type="application/vnd.ims.lis.v1.score+json; charset=utf-8"
        ).ok

    def test_above_the_maximum_are_extra_credit(self, service: Service, column: str, ada: str) -> None:
        service.score(column, ada, scoreGiven=6, scoreMaximum=5)
        assert service.read(under(column, "/results"), RESULTS).json()[0]["resultScore"] == 1.2

    def test_do_not_replace_what_a_teacher_typed(
        self, service: Service, column: str, ada: str, teacher: Person
    ) -> None:
        service.score(column, ada, scoreGiven=0.2)
        number = re.findall(r"/line_items/(\d+)", column)[0]
        cell = re.findall(
            rf'href="(/gradebook/{number}/\d+)" aria-label="Ada Alpha', teacher.page("/gradebook").text
        )[0]
        teacher.act(cell, score="0,9").raise_for_status()
        assert service.score(column, ada, scoreGiven=0.3, comment="later").status_code == 204
        row = service.read(under(column, "/results"), RESULTS).json()[0]
        assert (row["resultScore"], row["comment"]) == (0.9, "later")

    def test_need_their_scope(self, tool: Probe, column: str, ada: str) -> None:
        assert tool.service(f"{AGS}lineitem").score(column, ada).status_code == 403

    def test_belong_to_the_tool_that_made_the_column(self, tool: Probe, column: str, ada: str) -> None:
        other = Probe(tool.lms, tool.address, tool.keys).register()
        assert other.service().score(column, ada).status_code == 403


class TestResults:
    def test_of_the_lms_own_columns_are_readable(self, service: Service, line_items: str, ada: str) -> None:
        quiz = service.read(line_items, LINE_ITEMS, resource_id="ratio-quiz").json()[0]["id"]
        rows = service.read(under(quiz, "/results"), RESULTS).json()
        assert [(row["resultScore"], row.get("comment")) for row in rows] == [(8, "Well done"), (5, None)]

    def test_can_be_narrowed_to_one_person_and_paged(
        self, service: Service, line_items: str, ada: str
    ) -> None:
        results = under(
            service.read(line_items, LINE_ITEMS, resource_id="ratio-quiz").json()[0]["id"], "/results"
        )
        assert [row["userId"] for row in service.read(results, RESULTS, user_id=ada).json()] == [ada]
        assert service.read(results, RESULTS, user_id="nobody").json() == []
        assert [len(page.json()) for page in _pages(service, results, RESULTS, limit=1)] == [1, 1]

    def test_need_their_scope_and_media_type(self, tool: Probe, column: str) -> None:
        results = under(column, "/results")
        assert tool.service(f"{AGS}score").read(results, RESULTS).status_code == 403
        assert tool.service().read(results, "application/json").status_code == 406


def _total_of(teacher: Person, name: str) -> str:
    row = teacher.page("/gradebook").text.split(f'<th scope="row">{name}</th>')[1]
    found: str = re.findall(r'<td class="sum">(.*?)</td>', row, re.S)[0]
    return found
