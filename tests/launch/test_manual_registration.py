"""Addresses that an administrator types in: https, or a platform that an operator named as local."""

from __future__ import annotations

import pytest

from lti_tool.db import Database
from lti_tool.launch.manual_registration import RegistrationProblems, add_registration, list_problems
from tests.factories import NOW, make_registration

SECRET = "a secret of the tests, long enough to be one"
LOCAL = ("http://localhost:8080", "")
PASTED = {
    "label": "North school",
    "issuer": "https://lms.example",
    "client_id": "c1",
    "auth_login_url": "https://lms.example/auth",
    "auth_token_url": "https://lms.example/token",
    "key_set_url": "https://lms.example/keys",
}


@pytest.mark.parametrize(
    ("address", "accepted"),
    [
        ("https://school.example", True),
        ("http://school.example", False),
        ("http://localhost:8080", True),
        ("http://localhost:8081", False),
        ("school.example", False),  # of no origin at all, which an empty entry of the settings is not
        ("javascript:alert(1)", False),
    ],
)
def test_an_address_is_https_or_of_a_local_platform(address: str, accepted: bool) -> None:
    problems = list_problems({"frame_origins": address, "service_hosts": ""}, LOCAL)
    assert (problems == {}) is accepted


@pytest.mark.parametrize(
    "host", ["localhost", "*", "*.", "school.example:8443", "a/b.example", "https://a.example"]
)
def test_a_further_host_is_a_name_with_a_dot_and_nothing_else(host: str) -> None:
    assert "service_hosts" in list_problems({"frame_origins": "", "service_hosts": host}, LOCAL)
    assert (
        list_problems({"frame_origins": "", "service_hosts": "*.School.example school.example"}, LOCAL) == {}
    )


@pytest.mark.parametrize(
    ("changes", "known"),
    [({}, True), ({"client_id": "c2"}, False), ({"issuer": "https://other.example"}, False)],
)
def test_the_same_client_of_the_same_issuer_is_registered_once(
    database: Database, changes: dict[str, str], known: bool
) -> None:
    with database.transaction() as session:
        make_registration(session)

    def add() -> None:
        with database.transaction() as session:
            add_registration(session, PASTED | changes, local_origins=(), actor="ada", secret=SECRET, now=NOW)

    if known:
        with pytest.raises(RegistrationProblems) as refused:
            add()
        assert set(refused.value.problems) == {"client_id"}
    else:
        add()
