"""The session that came of a login, for whoever sends the launch again."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from lti_tool.db import Database
from lti_tool.launch.spent_logins import open_session_of
from lti_tool.launch.state import issue_state
from lti_tool.models.platforms import Registration
from tests.factories import NOW, make_context, make_person, make_registration
from tests.launch.platform import SECRET
from tests.launch.test_sessions import opened

MINUTE = timedelta(minutes=1)


@pytest.fixture
def known(database: Database) -> tuple[int, int, str]:
    """Two registrations, and the session that is open in the browser by the first of them."""
    with database.transaction() as session:
        north, south = (make_registration(session, client_id=each) for each in ("north", "south"))
        context = make_context(session, registration=north)
        opened(session, make_person(session, context, "ben"), context, browser="another computer")
        return north.id, south.id, opened(session, make_person(session, context, "ann"), context)


def led_back(
    database: Database, registration_id: int, *, began: datetime = NOW, browser: str | None = "browser"
) -> str | None:
    state, _ = issue_state(
        SECRET,
        registration_id=registration_id,
        browser_token="browser",
        is_new_browser=False,
        storage_target="",
        now=began,
    )
    with database.connect() as connection:
        return open_session_of(connection, SECRET, state, browser, NOW + MINUTE)


def test_the_session_is_that_of_this_platform_browser_and_time(
    database: Database, known: tuple[int, int, str]
) -> None:
    north, south, public_id = known
    assert led_back(database, north) == public_id
    assert led_back(database, south) is None
    assert led_back(database, north, began=NOW + MINUTE) is None
    assert led_back(database, north, browser="a browser without a session") is None
    assert led_back(database, north, browser=None) is None
    with database.read() as session:
        assert session.get_one(Registration, north).client_id == "north"
