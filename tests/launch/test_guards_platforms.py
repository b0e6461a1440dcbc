"""Registrations, deployments and invitations where somebody errs or two come at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from lti_tool.db import Database
from lti_tool.errors import Fixable, LaunchRefused, NotVisible, PlatformRefused
from lti_tool.http import OutboundSession
from lti_tool.launch.invitations import create_invitation, use_invitation
from lti_tool.launch.platform_configuration import PlatformConfiguration, fetch_configuration
from lti_tool.launch.platforms import add_deployment, set_deployment_status
from lti_tool.launch.registration_exchange import send_registration
from lti_tool.models.platforms import DeploymentStatus
from tests.factories import NOW, make_registration
from tests.launch.platform import SigningPlatform, platform_description, running_platform


@pytest.fixture
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def outbound(platform: SigningPlatform) -> Iterator[OutboundSession]:
    with OutboundSession(local_origins=[platform.issuer], read_retries=0) as outbound:
        yield outbound


def fetched(outbound: requests.Session, platform: SigningPlatform) -> PlatformConfiguration:
    address = platform.issuer + "/configuration"
    return fetch_configuration(outbound, address, "token", local_origins=[platform.issuer])


@pytest.mark.parametrize("value", ["", "   ", "\t"])
def test_a_deployment_needs_an_id(database: Database, value: str) -> None:
    with database.transaction() as session, pytest.raises(Fixable) as refused:
        add_deployment(session, make_registration(session), value, actor="admin", now=NOW)
    assert refused.value.code == "deployment.id"


def test_a_deployment_that_is_not_there_cannot_be_switched(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NotVisible) as refused:
        set_deployment_status(session, 99, DeploymentStatus.SUSPENDED, actor="admin", now=NOW)
    assert refused.value.code == "deployment.not_found"


def test_simultaneous_uses_of_an_invitation_let_one_registration_in(database: Database) -> None:
    with database.transaction() as session:
        token = create_invitation(session, "North school", NOW)
    outcomes: list[str] = []

    def use() -> None:
        try:
            with database.transaction() as session:
                use_invitation(session, token, NOW)
            outcomes.append("used")
        except LaunchRefused as refused:
            outcomes.append(refused.code)

    with database.transaction() as session:
        use_invitation(session, token, NOW)
        second = threading.Thread(target=use)
        second.start()
        second.join(0.5)  # it waits for us: PostgreSQL at the row, SQLite at the whole database
    second.join()
    assert outcomes == ["registration.not_invited"]


def test_a_platform_that_is_not_there_has_no_readable_description() -> None:
    address = "http://localhost:9/configuration"
    nowhere = OutboundSession(local_origins=["http://localhost:9"], read_retries=0)
    with nowhere, pytest.raises(LaunchRefused) as refused:
        fetch_configuration(nowhere, address, "", local_origins=["http://localhost:9"])
    assert refused.value.code == "registration.config_unreadable"


def test_a_description_counts_only_with_status_200(
    outbound: OutboundSession, platform: SigningPlatform, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.documents["/configuration"] = platform_description(platform)
    assert fetched(outbound, platform).issuer == platform.issuer
    answer = outbound.get

    def created(*arguments: Any, **options: Any) -> requests.Response:
        response = answer(*arguments, **options)
        response.status_code = 203
        return response

    monkeypatch.setattr(outbound, "get", created)
    with pytest.raises(LaunchRefused) as refused:
        fetched(outbound, platform)
    assert refused.value.code == "registration.config_unreadable"


@pytest.mark.parametrize("client_id", ["", "c" * 256, 5, None, ["client-2"]])
def test_a_registration_needs_a_client_id_that_can_be_one(
    outbound: OutboundSession, platform: SigningPlatform, client_id: object
) -> None:
    platform.documents["/configuration"] = platform_description(platform)
    platform.documents["/register"] = {"client_id": client_id}
    with pytest.raises(PlatformRefused) as refused:
        send_registration(outbound, fetched(outbound, platform), "token", "https://tool.example")
    assert refused.value.code == "registration.platform_failed"
