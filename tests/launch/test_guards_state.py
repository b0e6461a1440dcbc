"""State and nonce of a login, against a real database: what one launch does leaves every other alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused
from lti_tool.launch.state import find_state, issue_state, spend_state
from lti_tool.models.launches import LoginState
from lti_tool.models.platforms import Registration
from tests.factories import make_registration

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def issue(session: Session, registration: Registration, state: str, now: datetime = NOW) -> LoginState:
    return issue_state(
        session,
        state=state,
        nonce=f"nonce of {state}",
        browser_token="browser",
        registration=registration,
        target_link_uri="https://tool.example/lti/launch",
        storage_target=None,
        now=now,
    )


def test_spending_one_state_leaves_the_others(database: Database) -> None:
    with database.transaction() as session:
        registration = make_registration(session)
        first, second = issue(session, registration, "first"), issue(session, registration, "second")
        spend_state(session, first, NOW)
        spend_state(session, second, NOW)
        with pytest.raises(LaunchRefused) as refused:
            spend_state(session, second, NOW)
    assert refused.value.code == "launch.state_used"


def test_a_used_state_is_told_apart_before_anything_else_of_the_launch_is_looked_at(
    database: Database,
) -> None:
    with database.transaction() as session:
        spend_state(session, issue(session, make_registration(session), "first"), NOW)
    with database.read() as session, pytest.raises(LaunchRefused) as refused:
        find_state(session, "first", NOW)
    assert refused.value.code == "launch.state_used"


def test_states_are_forgotten_an_hour_after_they_ended_and_not_before(database: Database) -> None:
    later = NOW + timedelta(minutes=10) + timedelta(hours=1)
    with database.transaction() as session:
        registration = make_registration(session)
        for number in range(40):
            issue(session, registration, f"old {number}")
        for number in range(5):
            issue(session, registration, f"ended {number}", later - timedelta(minutes=30))
        for number in range(5):  # the fiftieth login tidies up
            issue(session, registration, f"new {number}", later + timedelta(seconds=1))
        assert session.scalar(select(func.count()).select_from(LoginState)) == 10
    with database.read() as session, pytest.raises(LaunchRefused) as refused:
        find_state(session, "ended 0", later)
    assert refused.value.code == "launch.state_expired"
