"""What a launch does to the sessions that are open in the same browser."""

from __future__ import annotations

from datetime import timedelta
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


LEARNER, TEACHER = MEMBERSHIP + "Learner", MEMBERSHIP + "Instructor"


def opened(database: Database, registration: Registration, *, browser: str = "browser", **claims: Any) -> int:
    """Launch; gives the key of the session."""
    state, nonce = issue_state(
        SECRET,
        registration_id=registration.id,
        browser_token=browser,
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
            browser_token=browser,
            local_origins=(),
            now=NOW,
        ).id


@pytest.mark.parametrize(
    ("claims", "ends"),
    [
        ({}, True),
        ({vocab.ROLES: [TEACHER]}, False),
        ({vocab.ROLES: [TEACHER, LEARNER]}, False),
        ({vocab.ROLES: [MEMBERSHIP + "Mentor"]}, False),
        ({vocab.ROLES: [LEARNER, TEST_USER]}, False),
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


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "the next"},  # the same person in another tab
        {vocab.ROLES: [TEACHER]},
        {vocab.ROLES: [LEARNER, TEACHER]},
        {vocab.ROLES: [LEARNER, TEST_USER]},
        {vocab.CUSTOM: {"masquerader": "42"}},
        {"browser": "another browser"},
    ],
)
def test_the_next_learner_ends_nothing_but_what_other_learners_in_person_left_open(
    database: Database, claims: dict[str, Any]
) -> None:
    with database.transaction() as session:
        registration = make_registration(session)
    first = opened(database, registration, **claims)
    opened(database, registration, sub="the next")
    with database.read() as session:
        assert session.get_one(LaunchSession, first).expires_at > NOW


def test_the_next_learner_ends_nothing_at_other_platforms_and_nothing_twice(database: Database) -> None:
    earlier = NOW - timedelta(hours=1)
    with database.transaction() as session:
        north, south = (make_registration(session, client_id=client_id) for client_id in ("north", "south"))
    over, elsewhere = opened(database, north), opened(database, south, sub="the first")
    with database.transaction() as session:
        session.get_one(LaunchSession, over).expires_at = earlier
    opened(database, north, sub="the next")
    with database.read() as session:
        assert session.get_one(LaunchSession, over).expires_at == earlier
        assert session.get_one(LaunchSession, elsewhere).expires_at > NOW


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://lms.example/course/7", True),
        ("https://evil.example/course/7", False),
        ("http://lms.example/course/7", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_the_way_back_leads_to_the_platform_or_nowhere(database: Database, address: str, kept: bool) -> None:
    with database.transaction() as session:
        registration = make_registration(session)
    claims: dict[str, Any] = {vocab.LAUNCH_PRESENTATION: {"return_url": address}}
    key = opened(database, registration, **claims)
    with database.read() as session:
        assert session.get_one(LaunchSession, key).return_url == (address if kept else None)
