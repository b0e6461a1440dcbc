"""What a launch does to the sessions that are open in the same browser."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.db import Database
from lti_tool.launch import vocab
from lti_tool.launch.claims import read_launch
from lti_tool.launch.opening import open_launch
from lti_tool.launch.state import issue_state, read_state
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Registration
from tests.factories import NOW, make_registration
from tests.launch.platform import MEMBERSHIP, SECRET, SigningPlatform

PLATFORM = SigningPlatform("https://lms.example")
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


def opened(database: Database, registration: Registration, **claims: Any) -> int:
    """Launch in the one browser of these tests; gives the key of the session."""
    state, nonce = issue_state(
        SECRET,
        registration_id=registration.id,
        browser_token="browser",
        is_new_browser=False,
        storage_target="",
        now=NOW,
    )
    with database.write() as connection:
        return open_launch(
            connection,
            read_state(SECRET, state, NOW),
            registration,
            read_launch(PLATFORM.claims(nonce, **claims)),
            browser_token="browser",
            local_origins=(),
            now=NOW,
        ).id


@pytest.mark.parametrize(
    ("claims", "ends"),
    [
        ({}, True),
        ({vocab.ROLES: [MEMBERSHIP + "Instructor"]}, False),
        ({vocab.ROLES: [MEMBERSHIP + "Instructor", MEMBERSHIP + "Learner"]}, False),
        ({vocab.ROLES: [MEMBERSHIP + "Mentor"]}, False),
        ({vocab.ROLES: [MEMBERSHIP + "Learner", TEST_USER]}, False),
        ({vocab.CUSTOM: {"masquerader": "42"}}, False),
    ],
)
def test_only_the_launch_of_another_learner_in_person_ends_what_a_learner_left_open(
    database: Database, claims: dict[str, Any], ends: bool
) -> None:
    with database.transaction() as session:
        registration = make_registration(session)
    first = opened(database, registration)
    opened(database, registration, **{"sub": "somebody else", **claims})
    with database.read() as session:
        assert (session.get_one(LaunchSession, first).expires_at == NOW) is ends
