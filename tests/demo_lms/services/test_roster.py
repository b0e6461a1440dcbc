import re
from typing import Any

import pytest

from tests.demo_lms.probe import (
    AGS,
    NRPS,
    ROSTER,
    ROSTER_SCOPE,
    Person,
    Probe,
    Service,
)

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


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
        pages = list(service.pages(address, ROSTER, limit=3))
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
