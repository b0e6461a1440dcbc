import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import requests

from tests.demo_lms.live import LiveLms
from tests.demo_lms.probe import TOOL_CONFIGURATION, Person, Probe, first_key


@pytest.fixture
def newcomer(lms: LiveLms, tool_address: str) -> Probe:
    """A tool that is not registered yet."""
    return Probe(lms, tool_address, [first_key()])


def test_the_configuration_names_every_endpoint(lms: LiveLms) -> None:
    configuration = requests.get(f"{lms.address}/.well-known/openid-configuration", timeout=10).json()
    assert configuration["issuer"] == lms.address
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "registration_endpoint"):
        assert configuration[name].startswith(lms.address)
    platform = configuration["https://purl.imsglobal.org/spec/lti-platform-configuration"]
    assert [message["type"] for message in platform["messages_supported"]] == [
        "LtiResourceLinkRequest",
        "LtiDeepLinkingRequest",
    ]


def test_a_registered_tool_waits_until_the_administrator_activates_it(
    newcomer: Probe, administrator: Person, student: Person
) -> None:
    answer = newcomer.send_registration(newcomer.registration_token(administrator), newcomer.registration())
    assert answer.status_code == 200
    body = answer.json()
    newcomer.client_id, newcomer.deployment_id = body["client_id"], body[TOOL_CONFIGURATION]["deployment_id"]
    assert set(body["scope"].split()) == set(newcomer.registration()["scope"].split())
    assert newcomer.ask_token(newcomer.assertion()).status_code == 401
    page = administrator.page("/tools").text
    newcomer.number = max(int(number) for number in re.findall(r'id="tool-(\d+)"', page))
    part = page.split(f'id="tool-{newcomer.number}"')[1]
    assert "Pending" in part
    assert student.page(f"/course/tools/{newcomer.number}").status_code == 404
    administrator.act(f"/tools/{newcomer.number}/activate")
    assert newcomer.launch(student)["email"] == "ada@example.org"
    assert newcomer.ask_token(newcomer.assertion()).status_code == 200
    administrator.act(f"/tools/{newcomer.number}/delete")
    assert newcomer.ask_token(newcomer.assertion()).status_code == 401


def _configuration(newcomer: Probe, **changes: Any) -> dict[str, Any]:
    configuration = newcomer.registration()[TOOL_CONFIGURATION] | changes
    return {name: value for name, value in configuration.items() if value is not None}


@pytest.mark.parametrize(
    "changes",
    [
        {"response_types": None},
        {"response_types": ["code"]},
        {"redirect_uris": None},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": "http://127.0.0.1/launch"},
        {"client_name": None},
        {"jwks_uri": None},
        {"jwks_uri": "file:///etc/passwd"},
        {"initiate_login_uri": None},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"application_type": "native"},
        {TOOL_CONFIGURATION: None},
        {TOOL_CONFIGURATION: "text"},
    ],
    ids=str,
)
def test_a_wrong_registration_is_refused_and_the_token_stays_good(
    newcomer: Probe, administrator: Person, changes: dict[str, Any]
) -> None:
    token = newcomer.registration_token(administrator)
    answer = newcomer.send_registration(token, newcomer.registration(**changes))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client_metadata")
    assert answer.json()["error_description"]


@pytest.mark.parametrize(
    "changes",
    [
        {"domain": None},
        {"domain": "elsewhere.example"},
        {"target_link_uri": None},
        {"messages": "all"},
        {"custom_parameters": {"number": 5}},
    ],
    ids=str,
)
def test_a_wrong_tool_configuration_is_refused(
    newcomer: Probe, administrator: Person, changes: dict[str, Any]
) -> None:
    body = newcomer.registration(**{TOOL_CONFIGURATION: _configuration(newcomer, **changes)})
    assert newcomer.send_registration(newcomer.registration_token(administrator), body).status_code == 400


def test_a_registration_token_is_needed_works_once_and_for_an_hour(
    newcomer: Probe, administrator: Person, lms: LiveLms
) -> None:
    body = newcomer.registration()
    for token in (None, "garbage"):
        answer = newcomer.send_registration(token, body)
        assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    token = newcomer.registration_token(administrator)
    late = newcomer.registration_token(administrator)
    assert newcomer.send_registration(token, body).status_code == 200
    assert newcomer.send_registration(token, body).status_code == 401
    lms.clock.shift = timedelta(minutes=61)
    try:
        assert newcomer.send_registration(late, body).status_code == 401
    finally:
        lms.clock.shift = timedelta()


@pytest.mark.parametrize("address", ["", "javascript:alert(1)", "not an address"])
def test_a_registration_address_must_be_a_web_address(administrator: Person, address: str) -> None:
    page = administrator.act("/tools/register", address=address)
    assert page.status_code == 400
    assert "must begin with http" in page.text


def test_a_form_by_hand_names_every_problem(administrator: Person) -> None:
    page = administrator.act("/tools/manual", jwks_uri="x")
    assert page.status_code == 400
    for words in (
        "needs a name",
        "Login address must begin",
        "Key set address must begin",
        "at least one redirect",
    ):
        assert words in page.text


def test_only_the_administrator_adds_tools(newcomer: Probe, lms: LiveLms) -> None:
    for key in ("tess", "ada", "fay"):
        person = Person(lms, key)
        assert person.page("/tools").status_code == 403
        assert person.act("/tools/register", address=newcomer.address).status_code == 403


@pytest.mark.parametrize(
    ("profile", "has_deployment"), [("strict", True), ("moodle", True), ("canvas", False)]
)
def test_profiles_differ_in_telling_the_deployment(
    profile: str, has_deployment: bool, lms_of: Callable[[str], LiveLms], tool_address: str
) -> None:
    newcomer = Probe(lms_of(profile), tool_address, [first_key()])
    token = newcomer.registration_token(Person(newcomer.lms, "alma"))
    body = newcomer.send_registration(token, newcomer.registration()).json()
    assert ("deployment_id" in body[TOOL_CONFIGURATION]) is has_deployment


def test_schoology_offers_no_registration_address(lms_of: Callable[[str], LiveLms]) -> None:
    assert "registration address" not in Person(lms_of("schoology"), "alma").page("/tools").text


def _update_token(newcomer: Probe, administrator: Person) -> str:
    """Register, and give the token with which the LMS starts an update of that tool."""
    newcomer.send_registration(newcomer.registration_token(administrator), newcomer.registration())
    page = administrator.page("/tools").text
    newcomer.number = max(int(number) for number in re.findall(r'id="tool-(\d+)"', page))
    opened = administrator.act(
        f"/tools/{newcomer.number}/update", update_address=f"{newcomer.address}/register"
    ).text
    token = re.search(r"registration_token=([\w-]+)", opened)
    assert token is not None
    return token[1]


@pytest.mark.parametrize(("profile", "method", "wrong"), [("strict", "PUT", 405), ("moodle", "POST", 400)])
def test_a_registration_is_read_and_updated_with_a_token_of_its_own(
    profile: str, method: str, wrong: int, lms_of: Callable[[str], LiveLms], tool_address: str
) -> None:
    newcomer = Probe(lms_of(profile), tool_address, [first_key()])
    token = _update_token(newcomer, Person(newcomer.lms, "alma"))
    address, headers = f"{newcomer.lms.address}/lti/registration", {"Authorization": f"Bearer {token}"}
    held = requests.get(address, headers=headers, timeout=10).json()
    assert ("registration_client_uri" in held) is (method == "PUT")
    body = newcomer.registration(client_name="Another name")
    answer = requests.request(method, address, json=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["client_id"]) == (200, held["client_id"])
    assert requests.get(address, headers=headers, timeout=10).json()["client_name"] == "Another name"
    other = {"PUT": "POST", "POST": "PUT"}[method]
    assert requests.request(other, address, json=body, headers=headers, timeout=10).status_code == wrong


def test_canvas_does_not_show_what_it_holds(lms_of: Callable[[str], LiveLms], tool_address: str) -> None:
    newcomer = Probe(lms_of("canvas"), tool_address, [first_key()])
    headers = {"Authorization": f"Bearer {_update_token(newcomer, Person(newcomer.lms, 'alma'))}"}
    address = f"{newcomer.lms.address}/lti/registration"
    assert requests.get(address, headers=headers, timeout=10).status_code == 404
    body = newcomer.registration(client_name="New")
    assert requests.post(address, json=body, headers=headers, timeout=10).status_code == 200
