"""Dates that a teacher gives to activities."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lti_tool.usecases.activity_dates import ActivityDates, read_dates
from lti_tool.usecases.words import ENGLISH

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def read(opens: str = "", due: str = "") -> ActivityDates:
    return read_dates(opens=opens, due=due, now=NOW, words=ENGLISH)


def test_both_may_be_empty() -> None:
    assert read(" ", "") == ActivityDates()


def test_a_time_without_a_zone_is_in_utc() -> None:
    assert read("2026-03-03T08:00").opens_at == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-03-03T08:00:00.000Z", "2026-03-03T03:00-05:00"])
def test_a_time_with_a_zone_is_that_moment(text: str) -> None:
    assert read(due=text).due_at == datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def test_activities_may_be_open_since_the_past() -> None:
    assert read("2026-01-01T00:00", "2026-03-09T00:00").problems == {}


@pytest.mark.parametrize(
    "text", ["tomorrow", "2026-02-30T08:00", "0001-01-01T00:00-23:59", "9999-12-31T23:59", "1999-12-31T00:00"]
)
def test_what_is_no_date_is_named_by_its_field(text: str) -> None:
    found = read(text, text)
    assert set(found.problems) == {"opens", "due"}
    assert "such as 2026-11-23 08:00" in found.problems["due"]


@pytest.mark.parametrize("due", ["2026-03-02T09:00", "2025-03-03T08:00"])
def test_nothing_is_due_in_the_past(due: str) -> None:
    assert "This time is over." in read(due=due).problems["due"]


@pytest.mark.parametrize("due", ["2026-03-04T08:00", "2026-03-04T07:59"])
def test_nothing_is_due_before_it_opens(due: str) -> None:
    found = read("2026-03-04T08:00", due)
    assert "before it opens" in found.problems["due"]
    assert (found.opens_at, found.due_at) == (None, None)
