"""Launch sessions: each found by its own browser, by the clock, with the roles and children of today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.launch.sessions import find_launch_session, hand_over, is_touch_due, touch
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.launches import LaunchSession
from tests.factories import NOW, make_context, make_person, make_registration

LATER = NOW + timedelta(minutes=2)


def opened(
    session: Session,
    person: Person,
    context: Context,
    *,
    browser: str = "browser",
    roles: Sequence[str] = ("learner",),
    mentees: Sequence[str] = (),
) -> str:
    """An open session of this person; gives its id."""
    public_id = random_token(bits=128)
    session.add(
        LaunchSession(
            public_id=public_id,
            browser_hash=token_hash(browser),
            deployment_id=context.deployment_id,
            person_id=person.id,
            context_id=context.id,
            message_type="LtiResourceLinkRequest",
            roles=list(roles),
            mentee_user_ids=list(mentees),
            created_at=NOW,
            last_seen_at=NOW,
            expires_at=NOW + timedelta(hours=12),
        )
    )
    session.flush()
    return public_id


def found(database: Database, public_id: str, browser: str = "browser") -> LaunchSession | str:
    """The session, or the code of the refusal."""
    with database.connect() as connection:
        try:
            return find_launch_session(connection, public_id, browser, LATER).launch
        except LaunchRefused as refused:
            return refused.code


def mentees(database: Database, public_id: str) -> list[str]:
    launch = found(database, public_id)
    assert isinstance(launch, LaunchSession)
    return launch.mentee_user_ids


@pytest.fixture
def two(database: Database) -> tuple[str, str]:
    """The ids of two sessions that are open in one browser."""
    with database.transaction() as session:
        context = make_context(session)
        first, second = (make_person(session, context, user_id) for user_id in ("ann", "ben"))
        return opened(session, first, context), opened(session, second, context)


def test_each_session_is_found_by_its_own_id_in_its_own_browser(
    database: Database, two: tuple[str, str]
) -> None:
    for public_id in two:
        launch = found(database, public_id)
        assert isinstance(launch, LaunchSession)
        assert launch.public_id == public_id
        assert found(database, public_id, "another browser") == "session.not_found"
    assert found(database, random_token(bits=128)) == "session.not_found"


def test_a_session_is_handed_over_and_touched_by_itself(database: Database, two: tuple[str, str]) -> None:
    first, second = two
    with database.transaction() as session:
        hand_over(session, first, code="browser", browser_token="window", now=LATER)
        row = session.scalars(select(LaunchSession).where(LaunchSession.public_id == first)).one()
        touch(session, row, LATER)
    assert found(database, first) == "session.not_found"
    for public_id, browser, seen_at in ((first, "window", LATER), (second, "browser", NOW)):
        launch = found(database, public_id, browser)
        assert isinstance(launch, LaunchSession)
        assert (launch.public_id, launch.last_seen_at) == (public_id, seen_at)


def test_a_mentor_sees_the_children_of_the_own_newest_launch_in_this_course(database: Database) -> None:
    with database.transaction() as session:
        registration = make_registration(session)
        here, there = (make_context(session, registration=registration, context_id=each) for each in "12")
        mia, tom = (make_person(session, here, user_id, roles=("mentor",)) for user_id in ("mia", "tom"))
        first = opened(session, mia, here, roles=["mentor"], mentees=["ann"])
        opened(session, mia, here, roles=["mentor"], mentees=["ben"])
        opened(session, mia, there, roles=["mentor"], mentees=["cleo"])
        opened(session, tom, here, roles=["mentor"], mentees=["dan"])
    assert mentees(database, first) == ["ben"]


def test_whoever_is_no_mentor_any_more_has_no_children(database: Database) -> None:
    with database.transaction() as session:
        context = make_context(session)
        mia = make_person(session, context, "mia", roles=("learner", "mentor"))
        public_id = opened(session, mia, context, roles=["learner", "mentor"], mentees=["ann"])
    assert mentees(database, public_id) == ["ann"]
    with database.transaction() as session:
        session.scalars(select(Membership)).one().roles = ["learner"]
    assert mentees(database, public_id) == []


def test_the_time_of_last_use_is_written_once_a_minute() -> None:
    session = LaunchSession(last_seen_at=NOW)
    assert not is_touch_due(session, NOW + timedelta(seconds=59))
    assert is_touch_due(session, NOW + timedelta(seconds=60))
