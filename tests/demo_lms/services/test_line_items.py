from typing import Any

import pytest

from tests.demo_lms.probe import (
    AGS,
    ENDPOINT,
    LINE_ITEM,
    LINE_ITEMS,
    Person,
    Probe,
    Service,
    under,
)


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
            item["id"] for page in service.pages(line_items, LINE_ITEMS, limit=2) for item in page.json()
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
            {"scoreMaximum": 10**400},
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
