"""The administration's pages about platforms: connecting, updating, hosts, the description, the test."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.launch import vocab
from lti_tool.launch.keys import new_signing_key
from lti_tool.models.platforms import AuditEntry, Deployment, DeploymentStatus, Registration
from tests.launch.platform import ADDRESS, NOW, SECRET, Tool
from tests.web.administrator import get, send
from tests.web.refusals import assert_refused
from tests.web.school import text_of


@pytest.fixture
def tool(own_tool: Tool) -> Tool:
    return own_tool


def registration(tool: Tool, client_id: str = "client-1") -> Registration:
    with tool.app.extensions["waymark"].database.read() as session:
        found: Registration = session.scalars(
            select(Registration).where(Registration.client_id == client_id)
        ).one()
        return found


def audited(tool: Tool) -> list[str]:
    with tool.app.extensions["waymark"].database.read() as session:
        return [row.action for row in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def fields_of(page: TestResponse) -> dict[str, str]:
    """Labels of read-only fields and what stands in them."""
    found = re.findall(
        r'<label for="([^"]+)">([^<]*)</label>\s*<(?:input type="text" id="\1" value="([^"]*)" readonly|'
        r'textarea id="\1" rows="\d+" readonly>([^<]*)</textarea)',
        page.text,
    )
    return {unescape(label): unescape(value or text) for _name, label, value, text in found}


def test_the_overview_says_in_numbers_how_a_platform_is_used(tool: Tool, ada: FlaskClient) -> None:
    tool.launch()
    page = text_of(get(ada, "/admin/"))
    assert "1 course · 1 person".replace(" · ", " ") in page
    assert "opened just now" in page
    assert "Ann" not in page


def test_services_that_were_not_granted_are_said_in_words(tool: Tool, ada: FlaskClient) -> None:
    with tool.app.extensions["waymark"].database.transaction() as session:
        session.get_one(Registration, 1).scopes = list(vocab.SCOPES[:3])
    assert "Teachers see only students who have opened Waymark" in text_of(get(ada, "/admin/"))
    assert "Not granted Roster" in text_of(get(ada, "/admin/registrations/1"))


def test_canvas_is_connected_with_its_own_address_and_a_client_id(tool: Tool, ada: FlaskClient) -> None:
    page = get(ada, "/admin/connect/canvas")
    key = json.loads(fields_of(page)["LTI 1.3 configuration"])
    assert key["public_jwk_url"] == f"{ADDRESS}/lti/jwks"
    assert fields_of(page)["Redirect URIs"] == f"{ADDRESS}/lti/launch"
    response = send(
        ada,
        "/admin/connect/canvas",
        label="North",
        environment="production",
        site="north.instructure.com https://canvas.north.example/",
        client_id="10000000000002",
    )
    assert (response.status_code, response.location) == (302, "/admin/registrations/2/test")
    added = registration(tool, "10000000000002")
    assert added.issuer == "https://canvas.instructure.com"
    assert added.auth_login_url == "https://sso.canvaslms.com/api/lti/authorize_redirect"
    assert added.key_set_url == "https://sso.canvaslms.com/api/lti/security/jwks"
    assert added.auth_token_url == "https://sso.canvaslms.com/login/oauth2/token"
    assert added.service_hosts == ["north.instructure.com", "canvas.north.example"]
    assert added.frame_origins == ["https://north.instructure.com", "https://canvas.north.example"]
    assert (added.status, added.product_family) == ("active", "canvas")


def test_canvas_on_a_server_of_its_own_is_connected_at_that_server(tool: Tool, ada: FlaskClient) -> None:
    given = {"label": "South", "environment": "own", "site": "https://canvas.south.example", "client_id": "7"}
    send(ada, "/admin/connect/canvas", **given)
    assert registration(tool, "7").auth_token_url == "https://canvas.south.example/login/oauth2/token"


def test_moodle_is_connected_with_the_address_of_its_site(tool: Tool, ada: FlaskClient) -> None:
    assert fields_of(get(ada, "/admin/connect/moodle"))["Public keyset"] == f"{ADDRESS}/lti/jwks"
    given = {"label": "M", "site": "https://school.example/moodle/", "client_id": "abc", "deployment_id": "3"}
    send(ada, "/admin/connect/moodle", **given)
    added = registration(tool, "abc")
    assert added.issuer == "https://school.example/moodle"
    assert added.auth_login_url == "https://school.example/moodle/mod/lti/auth.php"
    assert added.auth_token_url == "https://school.example/moodle/mod/lti/token.php"
    assert added.key_set_url == "https://school.example/moodle/mod/lti/certs.php"


def test_schoology_is_connected_with_a_client_id_alone(tool: Tool, ada: FlaskClient) -> None:
    assert fields_of(get(ada, "/admin/connect/schoology"))["JWKS URL"] == f"{ADDRESS}/lti/jwks"
    send(ada, "/admin/connect/schoology", label="District", client_id="5407520562")
    added = registration(tool, "5407520562")
    assert added.issuer == "https://schoology.schoology.com"
    assert added.frame_origins == ["https://app.schoology.com"]


@pytest.mark.parametrize(
    ("lms", "given", "field"),
    [
        ("canvas", {"site": ""}, "site"),
        ("canvas", {"site": "http://north.example"}, "site"),
        ("canvas", {"site": "https://u:p@north.example"}, "site"),
        ("moodle", {"site": ""}, "site"),
        ("moodle", {"site": "http://moodle.example"}, "site"),
        ("moodle", {"site": "javascript:alert(1)"}, "site"),
        ("moodle", {"site": "https://m.example", "client_id": ""}, "client_id"),
        ("schoology", {"client_id": "x" * 256}, "client_id"),
        ("schoology", {"label": ""}, "label"),
    ],
)
def test_odd_values_come_back_beside_the_field_that_was_shown(
    ada: FlaskClient, lms: str, given: dict[str, str], field: str
) -> None:
    values = {"label": "L", "client_id": "c", "site": "", "environment": "production"} | given
    response = send(ada, f"/admin/connect/{lms}", **values)
    assert response.status_code == 422
    assert f'id="{field}-problem"' in response.text


def test_a_client_that_is_there_already_is_said_beside_the_client_id(ada: FlaskClient) -> None:
    given = {"label": "M", "site": "https://m.example", "client_id": "abc"}
    send(ada, "/admin/connect/moodle", **given)
    response = send(ada, "/admin/connect/moodle", **given)
    assert 'id="client_id-problem"' in response.text


@pytest.mark.parametrize("lms", ["canvas", "moodle", "schoology"])
def test_the_values_can_be_taken_away_as_a_file(ada: FlaskClient, lms: str) -> None:
    response = get(ada, f"/admin/connect/{lms}/file")
    assert "attachment" in response.headers["Content-Disposition"]
    assert f"{ADDRESS}/lti/jwks" in response.text


def test_hosts_and_embedding_pages_are_changed_with_an_entry_in_the_log(tool: Tool, ada: FlaskClient) -> None:
    page = "/admin/registrations/1/addresses"
    response = send(ada, page, service_hosts="*.North.example", frame_origins="https://c.north.example")
    assert response.status_code == 302
    changed = registration(tool)
    assert (changed.service_hosts, changed.frame_origins) == (
        ["*.north.example"],
        ["https://c.north.example"],
    )
    assert changed.updated_at == NOW
    assert "registration.addresses_changed" in audited(tool)
    refused = send(ada, page, service_hosts="*", frame_origins="http://north.example")
    assert refused.status_code == 422
    assert {"service_hosts-problem", "frame_origins-problem"} <= set(
        re.findall(r'id="([\w-]+)"', refused.text)
    )
    assert registration(tool).service_hosts == ["*.north.example"]


def described(tool: Tool, **changes: Any) -> None:
    """Let the platform describe itself, at the address that was stored when it was registered."""
    issuer = tool.platform.issuer
    tool.platform.documents["/configuration"] = {
        "issuer": issuer,
        "authorization_endpoint": issuer + "/auth",
        "token_endpoint": issuer + "/token",
        "jwks_uri": issuer + "/keys",
        "registration_endpoint": issuer + "/register",
    } | changes
    with tool.app.extensions["waymark"].database.transaction() as session:
        kept = session.get_one(Registration, 1)
        kept.configuration_url = issuer + "/configuration"
        kept.frame_origins = [issuer]


def test_a_description_that_did_not_change_leaves_nothing_to_do(tool: Tool, ada: FlaskClient) -> None:
    described(tool)
    assert "there is nothing to do" in send(ada, "/admin/registrations/1/description").text


def test_changed_endpoints_are_shown_and_taken_over_when_they_are_accepted(
    tool: Tool, ada: FlaskClient
) -> None:
    described(tool, jwks_uri="https://sso.lms.example/keys")
    page = send(ada, "/admin/registrations/1/description")
    assert "another host" in page.text
    assert registration(tool).key_set_url.endswith("/keys")
    seen = re.findall(r'name="seen" value="(\w+)"', page.text)[0]
    assert send(ada, "/admin/registrations/1/description/accept", seen=seen).status_code == 302
    assert registration(tool).key_set_url == "https://sso.lms.example/keys"
    assert "registration.endpoints_accepted" in audited(tool)


def test_what_changed_after_it_was_shown_is_not_accepted(tool: Tool, ada: FlaskClient) -> None:
    described(tool, jwks_uri="https://sso.lms.example/keys")
    page = send(ada, "/admin/registrations/1/description")
    seen = re.findall(r'name="seen" value="(\w+)"', page.text)[0]
    described(tool, jwks_uri="https://evil.example/keys")
    response = send(ada, "/admin/registrations/1/description/accept", seen=seen)
    assert (response.status_code, "registration.changed_again" in response.text) == (422, True)
    assert registration(tool).key_set_url == tool.platform.issuer + "/keys"


def test_a_platform_that_was_added_by_hand_has_no_description(tool: Tool, ada: FlaskClient) -> None:
    response = send(ada, "/admin/registrations/1/description")
    assert (response.status_code, "registration.no_description" in response.text) == (422, True)


def test_the_connection_test_says_what_works_and_what_does_not(tool: Tool, ada: FlaskClient) -> None:
    tool.platform.publish()
    with tool.app.extensions["waymark"].database.transaction() as session:
        new_signing_key(session, session.get_one(Registration, 1), SECRET, NOW, bits=2048)
    tool.platform.requested.clear()
    assert "changes nothing" in get(ada, "/admin/registrations/1/test").text
    assert tool.platform.requested == []
    page = text_of(send(ada, "/admin/registrations/1/test"))
    assert "The platform's keys Works 1 key" in page
    assert "Signing in to the platform Problem" in page
    assert "People of a course Not tried" in page
    assert f"{ADDRESS}/lti/jwks" in page


def test_pages_of_a_platform_that_is_not_there_are_not_visible(ada: FlaskClient) -> None:
    for path in ("", "/test"):
        assert get(ada, f"/admin/registrations/99{path}").status_code == 404
    for path in ("update", "description", "test", "addresses", "rename"):
        assert send(ada, f"/admin/registrations/99/{path}").status_code == 404


def test_a_place_where_a_launch_was_tried_waits_to_be_switched_on(tool: Tool, ada: FlaskClient) -> None:
    elsewhere = {vocab.DEPLOYMENT_ID: "school <2>"}
    for _ in range(2):
        assert_refused(tool.launch(**elsewhere), 403, "launch.deployment_unknown")
    page = get(ada, "/admin/registrations/1").text
    assert page.count("<code>school &lt;2&gt;</code>") == 1
    assert "Waits" in page
    assert "1 deployment waits to be switched on" in get(ada, "/admin/").text
    [key] = re.findall(r"/admin/deployments/(\d+)/active", page)
    send(ada, f"/admin/deployments/{key}/active")
    assert tool.launch(**elsewhere).status_code == 200


def test_at_most_fifty_places_wait(tool: Tool, ada: FlaskClient) -> None:
    for number in range(55):
        assert tool.launch(**{vocab.DEPLOYMENT_ID: f"school {number}"}).status_code == 403
    with tool.app.extensions["waymark"].database.read() as session:
        waiting = select(Deployment.deployment_id).where(Deployment.status == DeploymentStatus.WAITING)
        assert len(session.scalars(waiting).all()) == 50
