"""Work with many requests says that it is under way, and not at each of them."""

from __future__ import annotations

import pytest

from lti_tool.http import OutboundSession
from lti_tool.usecases.watched_session import WatchedSession
from tests.grades.strict_platform import Platform, running


def test_a_sign_of_life_comes_every_half_minute() -> None:
    now = 100.0
    signs: list[float] = []
    with running(Platform()) as platform, OutboundSession(local_origins=[platform.origin]) as outbound:
        session = WatchedSession(outbound, lambda: signs.append(now), clock=lambda: now)
        for now in (100.0, 129.0, 130.0, 131.0, 159.0, 160.0):  # noqa: B007  the clock of the session
            assert session.get(f"{platform.origin}/nothing").status_code == 404
    assert signs == [130.0, 160.0]


def test_the_rules_of_the_way_out_hold() -> None:
    with OutboundSession() as outbound, pytest.raises(Exception, match="not https"):
        WatchedSession(outbound, lambda: None).get("http://127.0.0.1/")
