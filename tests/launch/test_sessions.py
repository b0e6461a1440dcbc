"""Launch sessions by the clock."""

from __future__ import annotations

from datetime import timedelta

from lti_tool.launch.sessions import is_touch_due
from lti_tool.models.launches import LaunchSession
from tests.factories import NOW


def test_the_time_of_last_use_is_written_once_a_minute() -> None:
    session = LaunchSession(last_seen_at=NOW)
    assert not is_touch_due(session, NOW + timedelta(seconds=59))
    assert is_touch_due(session, NOW + timedelta(seconds=60))
