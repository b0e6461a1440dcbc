"""What is kept of a platform that registered itself."""

from __future__ import annotations

import pytest

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused
from lti_tool.launch.registration import refuse_existing, store_registration
from lti_tool.launch.registration_exchange import PlatformAnswer
from lti_tool.models.platforms import RegistrationStatus
from tests.factories import NOW, make_registration
from tests.launch.test_registration_request import described

SECRET = "a secret of the tests, long enough to be one"


def test_the_same_client_of_the_same_issuer_is_registered_once(database: Database) -> None:
    with database.transaction() as session:
        make_registration(session)
        refuse_existing(session, "https://lms.example", "c2")
        refuse_existing(session, "https://other.example", "c1")
        with pytest.raises(LaunchRefused) as refused:
            refuse_existing(session, "https://lms.example", "c1")
    assert (refused.value.code, refused.value.status) == ("registration.exists", 409)


@pytest.mark.parametrize(("host", "kept"), [("pages.lms.example", ["pages.lms.example"]), ("", [])])
def test_a_registration_waits_for_approval_and_names_the_host_of_its_pages_if_there_is_one(
    database: Database, host: str, kept: list[str]
) -> None:
    answer = PlatformAnswer(client_id="c1", deployment_id="", scopes=())
    with database.transaction() as session:
        made = store_registration(
            session, described(page_host=host), answer, label="", secret=SECRET, now=NOW
        )
        assert (made.status, made.service_hosts) == (RegistrationStatus.PENDING, kept)
