"""The rule of signing keys: one signs at every moment, known to platforms before and after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.launch.key_schedule import HEAD_START, OVERLAP, KeyLife, is_due, signing, succeeded

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def rotated(keys: list[KeyLife], now: datetime, *, at_once: bool = False) -> list[KeyLife]:
    number = int(keys[-1].kid[1:]) + 1 if keys else 0
    return [*succeeded(keys, now, at_once=at_once), KeyLife(f"k{number}", now)]


def signs(keys: list[KeyLife], now: datetime) -> str:
    chosen = signing(keys, now)
    assert chosen is not None
    return chosen.kid


def test_the_first_key_signs_at_once_and_its_successor_a_day_after_it_was_made() -> None:
    first = rotated([], START)
    assert signs(first, START) == "k0"
    both = rotated(first, START + 90 * DAY)
    assert signs(both, START + 90 * DAY) == "k0"
    assert signs(both, START + 91 * DAY - timedelta(seconds=1)) == "k0"
    assert signs(both, START + 91 * DAY) == "k1"


def test_a_key_stays_public_for_two_weeks_after_its_last_signature() -> None:
    first, second = rotated(rotated([], START), START + 90 * DAY)
    assert first.is_public(START + 105 * DAY - timedelta(seconds=1))
    assert not first.is_public(START + 105 * DAY)
    assert second.is_public(START + 105 * DAY)


def test_a_rotation_at_once_lets_the_new_key_sign_and_passes_over_one_that_was_waiting() -> None:
    keys = rotated(rotated([], START), START + HOUR)
    keys = rotated(keys, START + 2 * HOUR, at_once=True)
    assert signs(keys, START + 2 * HOUR) == "k2"
    assert [key.stops_at for key in keys] == [START + 2 * HOUR, START + 2 * HOUR, None]


def test_a_second_rotation_within_a_day_does_not_shorten_the_wait_of_the_first() -> None:
    keys = rotated(rotated(rotated([], START), START + DAY), START + DAY + HOUR)
    assert [signs(keys, START + DAY + n * HOUR) for n in (0, 23, 24, 25)] == ["k0", "k0", "k1", "k2"]


def test_keys_are_due_after_ninety_days_and_where_there_is_none() -> None:
    assert is_due([], START)
    keys = rotated([], START)
    assert not is_due(keys, START + 90 * DAY - timedelta(seconds=1))
    assert is_due(keys, START + 90 * DAY)
    assert not is_due(rotated(keys, START + 90 * DAY), START + 91 * DAY)


def test_a_key_that_stops_without_a_successor_needs_one_at_once() -> None:
    assert is_due([KeyLife("k0", START, stops_at=START + DAY)], START)


@given(
    steps=st.lists(
        st.tuples(
            st.integers(min_value=0, max_value=40 * 24),
            st.sampled_from(["rotate", "at once", "daily", "nothing"]),
        ),
        max_size=25,
    )
)
def test_whatever_happens_exactly_one_key_signs_and_platforms_can_know_it(
    steps: list[tuple[int, str]],
) -> None:
    now = START
    keys = rotated([], now)
    signed: dict[str, datetime] = {}  # when each key was last seen to sign
    in_a_hurry: set[str] = {"k0"}
    for hours, step in steps:
        end = now + hours * HOUR
        while now <= end:
            kid = signs(keys, now)
            signed[kid] = now
            at_work = [key for key in keys if not key.has_stopped(now)]
            chosen = at_work[0]
            assert chosen.kid == kid
            assert chosen.is_public(now)
            assert chosen.made_at + HEAD_START <= now or kid in in_a_hurry
            for key in keys:
                if key.kid in signed and now - signed[key.kid] < OVERLAP:
                    assert key.is_public(now), "a signature of the last two weeks can still be checked"
            now += 3 * HOUR
        now = end
        if step == "rotate" or (step == "daily" and is_due(keys, now)):
            keys = rotated(keys, now)
        elif step == "at once":
            keys = rotated(keys, now, at_once=True)
            in_a_hurry.add(keys[-1].kid)
        if step == "daily":  # what is over is deleted, and nobody misses it
            keys = [key for key in keys if key.is_public(now)]
