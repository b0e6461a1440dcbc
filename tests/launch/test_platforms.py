"""Which registration a login or a state belongs to."""

from __future__ import annotations

import pytest

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused
from lti_tool.launch.platforms import find_registration, record_deployment, registration_of_login
from lti_tool.launch.state import issue_state, read_state
from lti_tool.models.platforms import DeploymentStatus
from tests.factories import NOW, make_registration
from tests.launch.platform import SECRET

NORTH, SOUTH = "https://north.example", "https://south.example"


@pytest.fixture
def registered(database: Database) -> dict[tuple[str, str], int]:
    """The keys of three registrations, by issuer and client; each has a deployment of the same name."""
    known = {}
    with database.transaction() as session:
        for issuer, client_id in ((NORTH, "c1"), (NORTH, "c2"), (SOUTH, "c1")):
            registration = make_registration(session, issuer=issuer, client_id=client_id)
            status = DeploymentStatus.SUSPENDED if client_id == "c2" else DeploymentStatus.ACTIVE
            record_deployment(session, registration, "d", NOW, status=status)
            known[issuer, client_id] = registration.id
    return known


def found(database: Database, issuer: str, client_id: str | None, deployment_id: str | None = None) -> object:
    """The key of the registration, or the code of the refusal."""
    with database.connect() as connection:
        try:
            return find_registration(connection, issuer, client_id, deployment_id=deployment_id).id
        except LaunchRefused as refused:
            return refused.code


def test_issuer_and_client_together_say_which_registration_it_is(
    database: Database, registered: dict[tuple[str, str], int]
) -> None:
    for (issuer, client_id), key in registered.items():
        assert found(database, issuer, client_id) == key
    for issuer, client_id in ((SOUTH, "c2"), ("https://other.example", "c1"), (NORTH, "c3")):
        assert found(database, issuer, client_id) == "login.unknown_platform"


def test_without_a_client_the_issuer_must_have_one_alone(
    database: Database, registered: dict[tuple[str, str], int]
) -> None:
    assert found(database, SOUTH, None) == registered[SOUTH, "c1"]
    assert found(database, NORTH, None) == "login.client_ambiguous"
    assert found(database, "https://other.example", None) == "login.unknown_platform"


def test_a_deployment_that_is_switched_off_is_looked_for_in_its_own_registration(
    database: Database, registered: dict[tuple[str, str], int]
) -> None:
    assert found(database, NORTH, "c1", "d") == registered[NORTH, "c1"]
    assert found(database, NORTH, "c2", "d") == "login.registration_disabled"
    assert found(database, NORTH, "c2", "other") == registered[NORTH, "c2"]


def test_a_state_leads_to_the_registration_that_it_was_issued_for(
    database: Database, registered: dict[tuple[str, str], int]
) -> None:
    for key in registered.values():
        state, _ = issue_state(
            SECRET, registration_id=key, browser_token="b", is_new_browser=False, storage_target="", now=NOW
        )
        with database.connect() as connection:
            assert registration_of_login(connection, read_state(SECRET, state, NOW)).id == key
