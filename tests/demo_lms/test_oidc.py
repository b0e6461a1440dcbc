from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.demo_lms.conftest import ROUNDTRIP_PROFILES
from tests.demo_lms.live import LiveLms
from tests.demo_lms.probe import CLAIM, ENDPOINT, NRPS, Person, Probe, forms_in

MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"


def test_a_launch_names_person_course_role_and_services(tool: Probe, student: Person) -> None:
    claims = tool.launch(student)
    assert claims["iss"] == tool.lms.address
    assert claims["aud"] == tool.client_id
    assert claims[f"{CLAIM}deployment_id"] == tool.deployment_id
    assert claims[f"{CLAIM}target_link_uri"] == f"{tool.address}/launch"
    assert f"{MEMBERSHIP}Learner" in claims[f"{CLAIM}roles"]
    assert claims["given_name"] == "Ada"
    assert claims[f"{CLAIM}resource_link"]["id"]
    assert claims[f"{CLAIM}custom"] == {
        "course": claims[f"{CLAIM}context"]["id"],
        "unknown": "$Not.a.variable",
        "mail": "ada@example.org",
    }
    assert claims[ENDPOINT]["lineitems"].startswith(tool.lms.address)
    assert "lineitem" not in claims[ENDPOINT]
    assert claims[NRPS]["service_versions"] == ["2.0"]


def test_the_same_person_keeps_the_same_ids(tool: Probe, student: Person) -> None:
    first, second = tool.launch(student), tool.launch(student)
    for name in ("sub", f"{CLAIM}context", f"{CLAIM}resource_link"):
        assert first[name] == second[name]


def test_a_family_member_is_a_mentor_of_exactly_their_children(
    tool: Probe, lms: LiveLms, student: Person
) -> None:
    claims = tool.launch(Person(lms, "fay"))
    assert claims[f"{CLAIM}roles"] == [f"{MEMBERSHIP}Mentor"]
    assert claims[f"{CLAIM}role_scope_mentor"] == [tool.launch(student)["sub"]]


def test_names_that_are_not_shared_are_not_sent(
    fresh_tool: Probe, administrator: Person, student: Person
) -> None:
    administrator.act(f"/tools/{fresh_tool.number}/settings", scopes=[], in_course_navigation="on")
    claims = fresh_tool.launch(student)
    assert not {"name", "given_name", "family_name", "email"} & claims.keys()
    assert claims[f"{CLAIM}custom"]["mail"] == ""
    assert ENDPOINT not in claims
    assert NRPS not in claims


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_authentication_request_may_come_by_get_and_by_post(
    tool: Probe, student: Person, method: str
) -> None:
    answer = tool.authenticate(student, tool.authentication(tool.initiation(student)), method)
    assert set(forms_in(answer.text)[0].fields) == {"id_token", "state", "lti_storage_target"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_without_the_cookie_is_sent_again_by_the_lms_itself(
    tool: Probe, student: Person, lms: LiveLms, method: str
) -> None:
    asked = tool.authentication(tool.initiation(student))
    address = f"{lms.address}/lti/authorize"
    page = (
        requests.get(address, params=asked, timeout=10)
        if method == "GET"
        else requests.post(address, data=asked, timeout=10)
    )
    form = forms_in(page.text)[0]
    assert form.action == address
    assert {name: form.fields[name] for name in asked} == asked
    answer = student.post(form.action, data=form.fields)
    assert "id_token" in forms_in(answer.text)[0].fields


def test_a_request_sent_again_without_anybody_signed_in_is_answered_with_login_required(
    tool: Probe, student: Person, lms: LiveLms
) -> None:
    asked = tool.authentication(tool.initiation(student))
    page = requests.get(f"{lms.address}/lti/authorize", params=asked, timeout=10)
    answer = requests.post(f"{lms.address}/lti/authorize", data=forms_in(page.text)[0].fields, timeout=10)
    assert forms_in(answer.text)[0].fields["error"] == "login_required"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "nobody"}, "unauthorized_client"),
        ({"scope": "openid profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"response_type": "code"}, "unsupported_response_type"),
        ({"response_mode": "query"}, "invalid_request"),
        ({"response_mode": None}, "invalid_request"),
        ({"prompt": "login"}, "invalid_request"),
        ({"prompt": None}, "invalid_request"),
        ({"nonce": None}, "invalid_request"),
        ({"login_hint": "somebody else"}, "access_denied"),
    ],
)
def test_a_wrong_authentication_request_is_answered_with_an_error_at_the_tool(
    tool: Probe, student: Person, changes: dict[str, Any], error: str
) -> None:
    asked = tool.authentication(tool.initiation(student), **changes)
    form = forms_in(tool.authenticate(student, asked).text)[0]
    assert form.action == f"{tool.address}/launch"
    assert form.fields["error"] == error
    assert form.fields["state"] == asked["state"]
    assert "id_token" not in form.fields


@pytest.mark.parametrize("redirect", ["/elsewhere", "/launch?x=1", "/launch/", "/LAUNCH"])
def test_an_address_that_is_not_exactly_registered_gets_nothing(
    tool: Probe, student: Person, redirect: str
) -> None:
    asked = tool.authentication(tool.initiation(student), redirect_uri=tool.address + redirect)
    answer = tool.authenticate(student, asked)
    assert answer.status_code == 400
    assert "not exactly one that the tool registered" in answer.text
    assert "id_token" not in answer.text


def test_a_message_hint_must_come_back_unchanged(tool: Probe, student: Person) -> None:
    initiation = tool.initiation(student)
    hint = initiation["lti_message_hint"].replace(" ", "")
    form = forms_in(tool.authenticate(student, tool.authentication(initiation, lti_message_hint=hint)).text)[
        0
    ]
    assert form.fields["error"] == "invalid_request"


def test_another_persons_launch_is_refused(tool: Probe, student: Person, lms: LiveLms) -> None:
    asked = tool.authentication(tool.initiation(student))
    form = forms_in(tool.authenticate(Person(lms, "ben"), asked).text)[0]
    assert form.fields["error"] == "access_denied"


def test_a_launch_is_answered_once(tool: Probe, student: Person) -> None:
    asked = tool.authentication(tool.initiation(student))
    assert "id_token" in forms_in(tool.authenticate(student, asked).text)[0].fields
    assert forms_in(tool.authenticate(student, asked).text)[0].fields["error"] == "invalid_request"


def test_a_nonce_is_taken_once(tool: Probe, student: Person) -> None:
    for expected in ("id_token", "error"):
        asked = tool.authentication(tool.initiation(student), nonce="always-the-same")
        assert expected in forms_in(tool.authenticate(student, asked).text)[0].fields


def test_a_launch_that_waited_too_long_is_refused(tool: Probe, student: Person, lms: LiveLms) -> None:
    asked = tool.authentication(tool.initiation(student))
    lms.clock.shift = timedelta(minutes=11)
    try:
        assert forms_in(tool.authenticate(student, asked).text)[0].fields["error"] == "invalid_request"
    finally:
        lms.clock.shift = timedelta()


def test_a_tool_that_is_not_active_is_not_launched(
    fresh_tool: Probe, administrator: Person, student: Person
) -> None:
    asked = fresh_tool.authentication(fresh_tool.initiation(student))
    administrator.act(f"/tools/{fresh_tool.number}/deactivate")
    assert forms_in(fresh_tool.authenticate(student, asked).text)[0].fields["error"] == "unauthorized_client"
    assert student.page(f"/course/tools/{fresh_tool.number}").status_code == 404


@pytest.mark.parametrize("profile", ROUNDTRIP_PROFILES)
def test_every_profile_launches_a_manual_link(
    profile: str, lms_of: Callable[[str], LiveLms], tool_for: Callable[[LiveLms], Probe]
) -> None:
    lms = lms_of(profile)
    tool = tool_for(lms)
    path = tool.add_link(Person(lms, "tess"), f"Manual {tool.number}", points=20)
    claims = tool.launch(Person(lms, "ada"), path)
    assert claims[f"{CLAIM}message_type"] == "LtiResourceLinkRequest"
    assert claims[f"{CLAIM}resource_link"]["title"] == f"Manual {tool.number}"
    assert "lineitem" in claims[ENDPOINT]
    assert claims["exp"] - claims["iat"] == (60 if profile == "moodle" else 3600)


def test_the_platform_key_can_be_changed_and_the_old_one_stays_for_a_while(
    tool: Probe, administrator: Person, student: Person, lms: LiveLms
) -> None:
    def names() -> list[str]:
        return [key["kid"] for key in requests.get(f"{lms.address}/lti/jwks", timeout=10).json()["keys"]]

    before = names()
    administrator.act("/tools/keys/rotate")
    after = names()
    assert after[1:] == before
    tool.launch(student)
    lms.clock.shift = timedelta(hours=2)
    try:
        assert names() == after[:1]
    finally:
        lms.clock.shift = timedelta()
