"""What comes round by the clock is done once, whoever looks at the clock."""

from __future__ import annotations

from datetime import timedelta

from lti_tool.db import Database
from lti_tool.usecases.turns import take_turn
from tests.grades.linked_course import Clock

EVERY = timedelta(seconds=50)


def test_a_turn_is_taken_once_and_again_when_it_has_come_round(database: Database) -> None:
    clock = Clock()

    def take(name: str = "sweep") -> bool:
        with database.transaction() as session:
            return take_turn(session, name, every=EVERY, now=clock())

    assert [take(), take(), take("other")] == [True, False, True]
    clock.advance(seconds=49)
    assert not take()
    clock.advance(seconds=1)
    assert [take(), take()] == [True, False]
    clock.advance(hours=-1)
    assert [take(), take()] == [True, False], "a clock that was set back stalls nothing"
