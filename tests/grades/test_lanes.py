"""Lanes hold for all processes together: how many calls at a time, how fast, and when none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.db import Database, database_time
from lti_tool.grades import lanes
from lti_tool.grades.lanes import ACCEPTED, BURST, FULL_RATE, NOTHING, PARALLEL, Outcome, Slot
from lti_tool.models.lanes import Lane, WorkerProcess
from lti_tool.usecases.heartbeat import Heartbeat
from tests.factories import make_registration
from tests.grades.linked_course import START, Clock

LASTS = timedelta(seconds=60)


@dataclass
class Platform:
    """A registration whose slots the test takes and leaves, each in a transaction of its own as processes do."""

    database: Database
    registration_id: int
    clock: Clock = field(default_factory=Clock)

    def take(self, holder: str = "") -> Slot | None:
        with self.database.transaction() as session:
            lane = lanes.lane_with_room(session, self.registration_id, now=self.clock())
            if lane is None:
                return None
            return lanes.take_slot(lane, now=self.clock(), lasts=LASTS, holder=holder)

    def leave(self, slot: Slot | None, outcome: Outcome = NOTHING) -> None:
        assert slot is not None
        with self.database.transaction() as session:
            lanes.leave(session, slot, outcome, now=self.clock())

    def call(self, outcome: Outcome) -> bool:
        """One call that ends at once; False when none may go."""
        slot = self.take()
        if slot is not None:
            self.leave(slot, outcome)
        return slot is not None

    def fail(self, *names: str, platform_wide: bool = False) -> None:
        for name in names:
            assert self.call(Outcome(failed=name, platform_wide=platform_wide))

    def calls_within(self, **units: float) -> int:
        """How many calls go when somebody tries all the time."""
        end, count = self.clock() + timedelta(**units), 0
        while self.clock() < end:
            slot = self.take()
            if slot is not None:
                count += slot.starts_at() < end
                self.leave(slot, ACCEPTED)
            self.clock.advance(seconds=0.2)
        return count


@pytest.fixture
def platform(both_databases: Database) -> Platform:
    with both_databases.transaction() as session:
        registration = make_registration(session)
    return Platform(both_databases, registration.id)


def test_four_calls_are_under_way_at_a_time(platform: Platform) -> None:
    slots = [platform.take() for _ in range(PARALLEL + 1)]
    assert None not in slots[:PARALLEL]
    assert slots[PARALLEL] is None
    platform.leave(slots[0], ACCEPTED)
    assert platform.take() is not None


def test_the_slots_of_a_process_that_fell_silent_are_free_by_the_databases_clock_and_no_others(
    platform: Platform,
) -> None:
    """What the machines think what time it is does not matter."""
    dead, alive = Heartbeat(platform.database), Heartbeat(platform.database)
    for heartbeat in (dead, alive):
        heartbeat.beat()
    held = [platform.take(heartbeat.name) for heartbeat in (dead, dead, alive, alive)]
    assert None not in held
    assert platform.take() is None
    with platform.database.transaction() as session:
        session.get_one(WorkerProcess, dead.name).seen_at = database_time(session) - lanes.SILENT_FOR
    assert [platform.take(alive.name) is not None for _ in range(3)] == [True, True, False]


def test_the_slots_of_a_process_that_died_come_back_when_their_time_is_over(platform: Platform) -> None:
    for _ in range(PARALLEL):
        platform.take()
    platform.clock.advance(seconds=59)
    assert platform.take() is None
    platform.clock.advance(seconds=1)
    assert platform.take() is not None


def test_a_slot_that_was_given_up_for_dead_frees_nobody_elses(platform: Platform) -> None:
    late = platform.take()
    platform.clock.advance(seconds=61)
    for _ in range(PARALLEL):
        assert platform.take() is not None
    platform.leave(late, ACCEPTED)
    assert platform.take() is None


def test_after_a_failure_calls_go_one_at_a_time_until_one_is_accepted(platform: Platform) -> None:
    platform.fail("a")
    only = platform.take()
    assert platform.take() is None
    platform.leave(only, ACCEPTED)
    assert [platform.take() is not None for _ in range(PARALLEL)] == [True] * PARALLEL


def test_five_failures_in_a_row_leave_one_probe_in_half_a_minute(platform: Platform) -> None:
    platform.fail("a", "b", "a", "b", "a")
    assert not platform.call(ACCEPTED)
    platform.clock.advance(seconds=30)
    platform.fail("c")
    assert not platform.call(ACCEPTED)
    platform.clock.advance(seconds=30)
    assert platform.call(ACCEPTED)
    assert platform.call(ACCEPTED)


def test_one_thing_that_is_refused_again_and_again_closes_nothing(platform: Platform) -> None:
    platform.fail(*["a"] * 9)
    assert platform.call(ACCEPTED)


def test_no_connection_again_and_again_does(platform: Platform) -> None:
    platform.fail(*["a"] * 5, platform_wide=True)
    assert not platform.call(ACCEPTED)


def test_a_wait_that_the_platform_asked_for_holds_for_everybody_and_at_most_an_hour(
    platform: Platform,
) -> None:
    platform.call(Outcome(failed="a", wait=timedelta(days=2)))
    platform.clock.advance(minutes=59)
    assert not platform.call(ACCEPTED)
    platform.clock.advance(minutes=1)
    assert platform.call(ACCEPTED)


def test_authorisation_that_fails_twice_in_a_row_stops_everybody_for_ten_minutes(platform: Platform) -> None:
    refused = Outcome(failed="a", unauthorised=True)
    assert platform.call(refused)
    assert platform.call(refused)
    platform.clock.advance(minutes=9)
    assert not platform.call(ACCEPTED)
    platform.clock.advance(minutes=1)
    assert platform.call(ACCEPTED)


def test_after_a_rest_two_classes_go_at_once_and_no_more(platform: Platform) -> None:
    starts = []
    while (slot := platform.take()) is not None:
        starts.append((slot.starts_at() - platform.clock()).total_seconds())
        platform.leave(slot, ACCEPTED)
    assert starts[: BURST + 1] == [0.0] * (BURST + 1)
    assert starts[BURST + 1] == pytest.approx(1 / FULL_RATE)
    assert len(starts) == BURST + 1 + FULL_RATE, "what is due within a second is given out with its moment"


def test_throttling_halves_the_rate_once_for_calls_that_were_under_way_together(platform: Platform) -> None:
    slots = [platform.take() for _ in range(3)]
    platform.clock.advance(seconds=1)
    for slot in slots:
        platform.leave(slot, Outcome(failed="a", throttled=True))
    with platform.database.read() as session:
        lane = session.get_one(Lane, platform.registration_id)
        assert lane.rate == FULL_RATE / 2
        assert lanes.current_rate(lane, platform.clock() + timedelta(minutes=1)) == FULL_RATE * 0.6
        assert lanes.current_rate(lane, platform.clock() + timedelta(minutes=5)) == FULL_RATE


def test_a_platform_that_comes_back_after_three_days_is_not_met_with_a_burst(platform: Platform) -> None:
    platform.fail("a", "b", "c", "d", "e")
    platform.clock.advance(hours=72)
    for _ in range(40):  # it was throttled down before
        platform.call(Outcome(failed="a", throttled=True))
        platform.clock.advance(seconds=31)
    probe = platform.take()
    platform.clock.advance(seconds=10)  # a slow answer saves nothing up either
    platform.leave(probe, ACCEPTED)
    with platform.database.read() as session:
        rate = lanes.current_rate(session.get_one(Lane, platform.registration_id), platform.clock())
    assert rate < 4
    assert 1 <= platform.calls_within(seconds=10) <= rate * 10 * 1.2 + 2


def test_a_clock_that_was_set_back_stalls_nothing(platform: Platform) -> None:
    for _ in range(PARALLEL):
        platform.take()
    platform.call(Outcome(failed="a", wait=timedelta(minutes=5)))
    platform.clock.advance(hours=-3)
    assert platform.take() is not None


@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.floats(0, 900)), max_size=40),
)
def test_a_rate_stays_between_the_slowest_and_the_full_one(calls: list[tuple[bool, bool, float]]) -> None:
    lane = Lane(**lanes._new_lane(1))
    now = START
    for throttled, accepted, seconds in calls:
        taken_at, now = now, now + timedelta(seconds=seconds)
        before = lanes.current_rate(lane, now)
        outcome = ACCEPTED if accepted else Outcome(failed="a", throttled=throttled)
        lanes.learn(lane, outcome, taken_at=taken_at, now=now)
        after = lanes.current_rate(lane, now)
        assert lanes.SLOWEST_RATE <= after <= FULL_RATE
        assert after <= before
