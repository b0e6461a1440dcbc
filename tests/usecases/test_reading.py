"""Readings that nobody asks for: once a day, of courses where people come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.models.courses import Context, SyncState
from lti_tool.models.platforms import Registration
from lti_tool.usecases.reading import (
    ACTIVE_FOR,
    MOST_AT_ONCE,
    READ_AGAIN_AFTER,
    look_at_sync,
    request_daily_readings,
)
from tests.factories import NOW, make_context


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


def active(session: Session, *, begun_at: datetime | None = None, number: int = 1) -> Context:
    registration = session.scalar(select(Registration))
    context = make_context(session, registration=registration, context_id=f"course-{number}")
    context.launched_on, context.sync_begun_at = NOW.date(), begun_at
    context.memberships_url, context.sync_requested_at = "https://lms.example/members", None
    session.flush()
    return context


@pytest.mark.parametrize(
    ("begun", "due"),
    [(None, True), (READ_AGAIN_AFTER, True), (READ_AGAIN_AFTER - timedelta(minutes=1), False)],
)
def test_a_course_is_due_when_its_reading_began_most_of_a_day_ago(
    session: Session, begun: timedelta | None, due: bool
) -> None:
    context = active(session, begun_at=None if begun is None else NOW - begun)
    assert request_daily_readings(session, now=NOW) == due
    assert (context.sync_requested_at == NOW) is due
    assert request_daily_readings(session, now=NOW) == 0, "asked for once"


def test_a_course_where_nobody_came_for_two_weeks_is_left_alone(session: Session) -> None:
    context = active(session)
    context.launched_on = (NOW - ACTIVE_FOR).date()
    assert request_daily_readings(session, now=NOW) == 1
    context.sync_requested_at = None
    context.launched_on = (NOW - ACTIVE_FOR - timedelta(days=1)).date()
    session.flush()
    assert request_daily_readings(session, now=NOW) == 0
    context.launched_on = None
    session.flush()
    assert request_daily_readings(session, now=NOW) == 0


def test_a_course_without_services_and_one_being_read_are_left_alone(session: Session) -> None:
    context = active(session)
    context.memberships_url = context.line_items_url = None
    other = active(session, number=2, begun_at=NOW)
    other.sync_state, other.sync_requested_at = SyncState.RUNNING, NOW
    session.flush()
    assert request_daily_readings(session, now=NOW + timedelta(days=1)) == 0


def test_the_longest_unread_go_first_and_a_few_at_a_time(session: Session) -> None:
    for number in range(MOST_AT_ONCE + 2):
        active(session, number=number, begun_at=NOW - timedelta(days=1, hours=number))
    never = active(session, number=99)
    assert request_daily_readings(session, now=NOW) == MOST_AT_ONCE
    assert look_at_sync(never).state == "running"
    assert request_daily_readings(session, now=NOW) == 3
