"""Connecting a platform by dynamic registration, with a real platform over HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.launch import vocab
from lti_tool.launch.invitations import create_invitation
from lti_tool.launch.registration import approve_registration
from lti_tool.models.platforms import AuditEntry, Deployment, Registration, ToolKey
from tests.launch.platform import (
    ADDRESS,
    NOW,
    SigningPlatform,
    Tool,
    platform_description,
    running_platform,
    running_tool,
)


@pytest.fixture
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        platform.documents["/configuration"] = platform_description(platform)
        platform.documents["/register"] = {
            "client_id": "client-2",
            vocab.TOOL_CONFIGURATION: {"deployment_id": "4"},
        }
        yield platform


@pytest.fixture
def tool(platform: SigningPlatform, tmp_path: Path, sqlite_url: str) -> Iterator[Tool]:
    with running_tool(sqlite_url, platform, tmp_path) as tool:
        yield tool


def invite(tool: Tool, registration: int | None = None) -> str:
    """An invitation for a new platform, or for updating a registration."""
    with tool.app.extensions["waymark"].database.transaction() as session:
        found = None if registration is None else session.get_one(Registration, registration)
        return create_invitation(session, "North school", tool.clock.now, registration=found)


def ask(tool: Tool, invitation: str, address: str | None = None) -> TestResponse:
    query = {
        "invitation": invitation,
        "openid_configuration": address or tool.platform.issuer + "/configuration",
        "registration_token": "token-1",
    }
    return tool.browser().get("/lti/register?" + urlencode(query), base_url=ADDRESS)


def connect(tool: Tool, invitation: str) -> TestResponse:
    """Open the page and press its button, as a browser would: with the fields that the page has."""
    page = ask(tool, invitation)
    assert page.status_code == 200, page.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    return tool.browser().post("/lti/register", data=fields, base_url=ADDRESS)


def stored(tool: Tool) -> list[Registration]:
    with tool.app.extensions["waymark"].database.read() as session:
        return list(session.scalars(select(Registration).where(Registration.client_id != "client-1")))


def test_the_page_says_who_wants_to_connect_and_what_is_asked_for(tool: Tool) -> None:
    page = ask(tool, invite(tool))
    assert tool.platform.issuer in page.text
    assert "no e-mail address" in page.text
    assert tool.platform.requested == ["/configuration"]
    assert f"frame-ancestors {tool.platform.issuer}" in page.headers["Content-Security-Policy"]


def test_connecting_makes_a_pending_registration_with_a_key_of_its_own(tool: Tool) -> None:
    page = connect(tool, invite(tool))
    assert page.status_code == 200
    assert "org.imsglobal.lti.close" in (Path("lti_tool/web/static/lti/registered.js")).read_text()
    assert f'data-origins="{tool.platform.issuer}"' in page.text
    with tool.app.extensions["waymark"].database.read() as session:
        made = session.scalars(select(Registration).where(Registration.client_id == "client-2")).one()
        assert (made.status, made.label) == ("pending", "North school")
        assert [item.deployment_id for item in made.deployments] == ["4"]
        key = session.scalars(select(ToolKey).where(ToolKey.registration_id == made.id)).one()
    assert "PRIVATE" not in key.encrypted_private_key
    published = tool.browser().get("/lti/jwks", base_url=ADDRESS).get_json()
    assert [item["kid"] for item in published["keys"]] == [key.kid]
    assert set(published["keys"][0]) == {"kty", "n", "e", "kid", "use", "alg"}


def test_a_pending_registration_lets_nobody_in_until_it_is_approved(tool: Tool) -> None:
    connect(tool, invite(tool))
    tool.platform.client_id, tool.platform.deployment_id = "client-2", "4"
    refused = tool.login(tool.browser())
    assert (refused.status_code, "login.registration_disabled" in refused.text) == (403, True)
    with tool.app.extensions["waymark"].database.transaction() as session:
        approve_registration(session, stored(tool)[0].id, actor="test", now=NOW)
    assert tool.launch().status_code == 200


@pytest.mark.parametrize("kind", ["missing", "wrong", "used", "expired"])
def test_a51_nothing_is_fetched_without_an_open_invitation(tool: Tool, kind: str) -> None:
    invitation = {"missing": "", "wrong": "abc"}.get(kind) or (
        invite(tool) if kind in {"used", "expired"} else ""
    )
    if kind == "used":
        connect(tool, invitation)
    if kind == "expired":
        tool.clock.forward(days=8)
    tool.platform.requested.clear()
    response = ask(tool, invitation)
    assert (response.status_code, "registration.not_invited" in response.text) == (403, True)
    assert tool.platform.requested == []


@pytest.mark.parametrize(
    "address",
    [
        "http://lms.example/configuration",
        "https://user:password@lms.example/configuration",
        "https://lms.example:8443/configuration",
        "file:///etc/passwd",
        "",
    ],
)
def test_a52_only_plain_https_addresses_are_called(tool: Tool, address: str) -> None:
    response = ask(tool, invite(tool), address or "x")
    assert (response.status_code, "registration.url_refused" in response.text) == (400, True)


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "[::1]", "[fd00::1]"])
def test_a53_private_addresses_are_not_called(tool: Tool, host: str) -> None:
    response = ask(tool, invite(tool), f"https://{host}/configuration")
    assert (response.status_code, "registration.address_refused" in response.text) == (400, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"token_endpoint": "http://lms.example/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"registration_endpoint": "https://other.example/register"},
        {"id_token_signing_alg_values_supported": ["ES256"]},
        {"id_token_signing_alg_values_supported": 1},
        {"id_token_signing_alg_values_supported": None},
        {"issuer": "https://[lms.example"},
        {"registration_endpoint": "https://[lms.example/register"},
    ],
)
def test_a54_a_description_that_does_not_belong_together_is_refused(
    tool: Tool, changes: dict[str, Any]
) -> None:
    tool.platform.documents["/configuration"] = platform_description(tool.platform, **changes)
    response = ask(tool, invite(tool))
    assert (response.status_code, "registration.config_invalid" in response.text) == (400, True)


@pytest.mark.parametrize(
    "document",
    [
        b"<html>",
        b"[1]",
        b"[" * 15_000,
        b'{"a":' * 100 + b"1" + b"}" * 100,
        b'{"issuer":"\\udfff"}',
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":"' + b"x" * 1_100_000 + b'"}',
        500,
        302,
    ],
)
def test_a55_a_description_that_cannot_be_read_is_refused(tool: Tool, document: Any) -> None:
    tool.platform.documents["/configuration"] = document
    response = ask(tool, invite(tool))
    assert (response.status_code, "registration.config_unreadable" in response.text) == (400, True)


def test_a57_a_registration_that_exists_is_never_overwritten(tool: Tool) -> None:
    tool.platform.documents["/register"] = {"client_id": "client-1"}
    tool.platform.documents["/configuration"] = platform_description(
        tool.platform, jwks_uri=tool.platform.issuer + "/other-keys"
    )
    response = connect(tool, invite(tool))
    assert (response.status_code, "registration.exists" in response.text) == (409, True)
    with tool.app.extensions["waymark"].database.read() as session:
        kept = session.scalars(select(Registration)).one()
    assert kept.key_set_url == tool.platform.issuer + "/keys"


@pytest.mark.parametrize("answer", [400, 500, b"<html>", {"no": "client id"}, {"client_id": 7}])
def test_a58_when_the_platform_fails_nothing_is_stored_and_the_invitation_stays(
    tool: Tool, answer: Any
) -> None:
    invitation = invite(tool)
    tool.platform.documents["/register"] = answer
    response = connect(tool, invitation)
    assert (response.status_code, "registration.platform_failed" in response.text) == (502, True)
    assert stored(tool) == []
    tool.platform.documents["/register"] = {"client_id": "client-2"}
    assert connect(tool, invitation).status_code == 200


def test_canvas_gets_its_own_extension_in_the_spelling_that_it_advertises(tool: Tool) -> None:
    canvas = "https://canvas.instructure.com/lti/"
    tool.platform.documents["/configuration"] = platform_description(
        tool.platform,
        **{
            vocab.PLATFORM_CONFIGURATION: {
                "product_family_code": "canvas",
                canvas + "account_name": "North district",
                canvas + "account_domain": "north.instructure.com",
                "messages_supported": [
                    {
                        "type": "LtiResourceLinkRequest",
                        "placements": [canvas + "course_navigation", canvas + "global_navigation"],
                    },
                    {
                        "type": "LtiDeepLinkingRequest",
                        "placements": ["ContentArea", canvas + "link_selection", canvas + "editor_button"],
                    },
                ],
                "variables": ["com.instructure.User.observees"],
            }
        },
    )
    connect(tool, invite(tool))
    sent = json.loads(tool.platform.received["/register"])
    messages = {item["type"]: item for item in sent[vocab.TOOL_CONFIGURATION]["messages"]}
    assert messages["LtiResourceLinkRequest"]["placements"] == [canvas + "course_navigation"]
    assert messages["LtiDeepLinkingRequest"]["placements"] == ["ContentArea", canvas + "link_selection"]
    assert sent[vocab.TOOL_CONFIGURATION][canvas + "privacy_level"] == "name_only"
    assert sent[vocab.TOOL_CONFIGURATION]["custom_parameters"] == {
        "observees": "$com.instructure.User.observees"
    }
    # Canvas refuses a registration with a message that it does not know.
    assert set(messages) == {"LtiResourceLinkRequest", "LtiDeepLinkingRequest"}
    assert messages["LtiResourceLinkRequest"][canvas + "course_navigation/default_enabled"] is False
    assert messages["LtiResourceLinkRequest"][canvas + "visibility"] == "members"
    assert sent[vocab.TOOL_CONFIGURATION][canvas + "tool_id"] == "waymark"
    assert sent[vocab.TOOL_CONFIGURATION][canvas + "vendor"] == "Waymark"
    assert stored(tool)[0].service_hosts == ["north.instructure.com"]
    assert "https://north.instructure.com" in stored(tool)[0].frame_origins


def test_the_request_has_what_moodle_checks(tool: Tool) -> None:
    connect(tool, invite(tool))
    sent = json.loads(tool.platform.received["/register"])
    assert sent["response_types"] == ["id_token"]
    assert sent["token_endpoint_auth_method"] == "private_key_jwt"
    assert sent["redirect_uris"] == [ADDRESS + "/lti/launch"]
    assert sent[vocab.TOOL_CONFIGURATION]["domain"] == "127.0.0.1:8080"
    assert sent[vocab.TOOL_CONFIGURATION]["target_link_uri"] == ADDRESS + "/lti/launch"
    assert "email" not in sent[vocab.TOOL_CONFIGURATION]["claims"]
    assert tool.platform.authorizations["/register"] == "Bearer token-1"


def test_moodle_is_asked_for_submission_reviews_and_for_the_variables_that_it_lists(tool: Tool) -> None:
    connect(tool, invite(tool))
    sent = json.loads(tool.platform.received["/register"])[vocab.TOOL_CONFIGURATION]
    assert [item["type"] for item in sent["messages"]][-1] == "LtiSubmissionReviewRequest"
    assert sent["custom_parameters"] == {"context_history": "$Context.id.history"}


@pytest.mark.parametrize("offered", [True, False])
def test_notices_are_asked_for_only_where_the_platform_offers_them(tool: Tool, offered: bool) -> None:
    scopes = [*vocab.SCOPES, *([vocab.NOTICE_HANDLERS] if offered else [])]
    tool.platform.documents["/configuration"] = platform_description(tool.platform, scopes_supported=scopes)
    connect(tool, invite(tool))
    asked = json.loads(tool.platform.received["/register"])["scope"].split()
    assert (vocab.NOTICE_HANDLERS in asked) is offered


def test_what_was_not_granted_is_said_in_words_and_kept(tool: Tool) -> None:
    tool.platform.documents["/register"] = {"client_id": "client-2", "scope": f"{vocab.SCOPES[3]} openid"}
    page = connect(tool, invite(tool))
    assert "granted less than Waymark asked for" in page.text
    assert "No next step and no score can be shown in the gradebook." in page.text
    assert "Teachers see only students" not in page.text
    assert stored(tool)[0].scopes == [vocab.SCOPES[3]]


def test_the_deployment_is_taken_from_beside_the_tools_configuration_too(tool: Tool) -> None:
    # As Canvas answers, see its dynamic_registration_controller.rb.
    tool.platform.documents["/register"] = {"client_id": "client-2", "deployment_id": "7:abc"}
    connect(tool, invite(tool))
    assert [item.deployment_id for item in deployments(tool)] == ["7:abc"]


def test_the_platforms_description_is_remembered_without_its_token(tool: Tool) -> None:
    # Canvas puts the registration token into the address of its description.
    address = tool.platform.issuer + "/configuration?registration_token=secret&region=1"
    invitation = invite(tool)
    page = ask(tool, invitation, address)
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    fields["openid_configuration"] = fields["openid_configuration"].replace("&amp;", "&")
    tool.browser().post("/lti/register", data=fields, base_url=ADDRESS)
    assert stored(tool)[0].configuration_url == tool.platform.issuer + "/configuration?region=1"


def deployments(tool: Tool) -> list[Deployment]:
    with tool.app.extensions["waymark"].database.read() as session:
        return list(
            session.scalars(select(Deployment).where(Deployment.registration_id == stored(tool)[0].id))
        )


# Updating ---------------------------------------------------------------------------------------------


def held(**changes: Any) -> dict[str, Any]:
    """What the platform holds about us, and answers to an update, shaped as Moodle's."""
    return {
        "client_id": "client-1",
        "client_name": "Waymark (old)",
        "scope": " ".join(vocab.SCOPES[1:]),
        vocab.TOOL_CONFIGURATION: {"deployment_id": "deployment-1", "custom_parameters": {"old": "$User.id"}},
    } | changes


def known(tool: Tool) -> Registration:
    with tool.app.extensions["waymark"].database.read() as session:
        found: Registration = session.scalars(
            select(Registration).where(Registration.client_id == "client-1")
        ).one()
        return found


def test_an_update_shows_what_changes_before_anything_is_sent(tool: Tool) -> None:
    tool.platform.documents["/register"] = held()
    page = ask(tool, invite(tool, 1))
    assert "Update the registration of Platform of the tests?" in page.text
    assert "old=$User.id" in page.text
    assert 'new: <span class="strong">Columns in the gradebook' in page.text
    assert "Waymark (old)" in page.text
    assert "/register" not in tool.platform.received


def test_an_update_changes_scopes_and_endpoints_on_the_same_host_of_this_row_alone(tool: Tool) -> None:
    tool.platform.documents["/register"] = held()
    tool.platform.documents["/configuration"] = platform_description(
        tool.platform, jwks_uri=tool.platform.issuer + "/new-keys"
    )
    before = known(tool)
    page = connect(tool, invite(tool, 1))
    assert (page.status_code, "up to date" in page.text) == (200, True)
    sent = json.loads(tool.platform.received["/register"])
    assert (sent["client_id"], sent["client_name"]) == ("client-1", "Waymark")
    after = known(tool)
    assert after.scopes == list(vocab.SCOPES[1:])
    assert after.key_set_url == tool.platform.issuer + "/new-keys"
    assert after.updated_at == NOW
    assert (after.issuer, after.status, after.label) == (before.issuer, before.status, before.label)
    assert stored(tool) == []
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["registration.updated"]


def test_an_endpoint_that_moved_to_another_host_waits_for_an_administrator(tool: Tool) -> None:
    tool.platform.documents["/register"] = held()
    tool.platform.documents["/configuration"] = platform_description(
        tool.platform, jwks_uri="https://sso.example/keys"
    )
    invitation = invite(tool, 1)
    assert "waits for an administrator" in ask(tool, invitation).text
    assert "moved to another host" in connect(tool, invitation).text
    assert known(tool).key_set_url == tool.platform.issuer + "/keys"


def test_an_update_of_another_client_is_refused_before_anything_is_sent(tool: Tool) -> None:
    tool.platform.documents["/register"] = held(client_id="client-9")
    response = ask(tool, invite(tool, 1))
    assert (response.status_code, "registration.other_client" in response.text) == (409, True)
    assert "/register" not in tool.platform.received


def test_a_platform_that_answers_with_another_client_changes_nothing_here(tool: Tool) -> None:
    tool.platform.documents["/register"] = 404  # it does not show what it holds, as Canvas
    invitation = invite(tool, 1)
    page = ask(tool, invitation)
    assert "does not show what it holds" in page.text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text))
    tool.platform.documents["/register"] = {"client_id": "client-9"}
    response = tool.browser().post("/lti/register", data=fields, base_url=ADDRESS)
    assert (response.status_code, "registration.other_client" in response.text) == (409, True)
    assert known(tool).scopes == []
    assert ask(tool, invitation).status_code == 409  # the invitation was given back


def test_an_update_at_another_platform_is_refused(tool: Tool) -> None:
    with tool.app.extensions["waymark"].database.transaction() as session:
        session.get_one(Registration, 1).issuer = "https://lms.example"
    response = ask(tool, invite(tool, 1))
    assert (response.status_code, "registration.other_platform" in response.text) == (409, True)


def test_an_update_never_makes_a_registration_and_its_invitation_works_once(tool: Tool) -> None:
    tool.platform.documents["/register"] = held()
    invitation = invite(tool, 1)
    connect(tool, invitation)
    assert stored(tool) == []
    response = ask(tool, invitation)
    assert (response.status_code, "registration.not_invited" in response.text) == (403, True)


def test_an_update_that_the_platform_refuses_changes_nothing_and_can_be_tried_again(tool: Tool) -> None:
    tool.platform.documents["/register"] = 500
    invitation = invite(tool, 1)
    response = connect(tool, invitation)
    assert (response.status_code, "registration.platform_failed" in response.text) == (502, True)
    assert known(tool).updated_at is None
    tool.platform.documents["/register"] = held()
    assert connect(tool, invitation).status_code == 200
