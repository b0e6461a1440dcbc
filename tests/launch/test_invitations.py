"""An invitation opens what its own token opens, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused
from lti_tool.launch.invitations import (
    check_invitation,
    create_invitation,
    give_back_invitation,
    use_invitation,
)
from lti_tool.launch.secrets import random_token
from tests.factories import NOW


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


def is_open(session: Session, token: str, *, after: timedelta = timedelta(0)) -> bool:
    session.expire_all()
    try:
        check_invitation(session, token, NOW + after)
    except LaunchRefused as refused:
        return refused.code != "registration.not_invited"
    return True


def test_a_token_opens_its_own_invitation_and_a_made_up_one_opens_none(session: Session) -> None:
    north, south = (create_invitation(session, label, NOW) for label in ("North school", "South school"))
    assert check_invitation(session, north, NOW).label == "North school"
    assert check_invitation(session, south, NOW).label == "South school"
    assert not is_open(session, random_token())
    assert not is_open(session, "")


def test_an_invitation_is_used_up_and_given_back_by_itself(session: Session) -> None:
    tokens = [create_invitation(session, f"School {number}", NOW) for number in range(3)]
    first, second = (use_invitation(session, token, NOW) for token in tokens[:2])
    assert (first.label, second.label) == ("School 0", "School 1")
    assert [is_open(session, token) for token in tokens] == [False, False, True]
    give_back_invitation(session, first)
    assert [is_open(session, token) for token in tokens] == [True, False, True]


def test_an_invitation_is_open_for_its_lifetime(session: Session) -> None:
    token = create_invitation(session, "North school", NOW)
    assert is_open(session, token, after=timedelta(days=7, seconds=-1))
    assert not is_open(session, token, after=timedelta(days=7))
