"""Platforms' keys: one fetch, restraint under attack, and an outage that nobody notices."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import requests

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused, PlatformUnavailable
from lti_tool.http import OutboundSession
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.models.platforms import Registration
from tests.launch.platform import NOW, SigningPlatform, add_registration, running_platform


@pytest.fixture
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def registration(database: Database, platform: SigningPlatform) -> Registration:
    with database.transaction() as session:
        return add_registration(session, platform)


@pytest.fixture
def keys(database: Database, platform: SigningPlatform) -> Iterator[PlatformKeys]:
    with OutboundSession(local_origins=[platform.issuer]) as outbound:
        keys = PlatformKeys(database, outbound)
        yield keys
        keys.close()


def after(**span: float) -> timedelta:
    return timedelta(**span)


def test_a_class_that_arrives_at_once_fetches_the_keys_once(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _n: keys.key(registration, "key-1", NOW), range(30)))
    assert len({id(key) for key in found}) == 1
    assert platform.requested == ["/keys"]


def test_another_process_takes_the_keys_from_the_database(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform, database: Database
) -> None:
    keys.key(registration, "key-1", NOW)
    with OutboundSession(local_origins=[platform.issuer]) as outbound:
        PlatformKeys(database, outbound).key(registration, "key-1", NOW + after(minutes=5))
    assert platform.requested == ["/keys"]


def test_the_keys_of_one_platform_never_stand_in_for_those_of_another(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform, database: Database
) -> None:
    with running_platform() as other:
        with database.transaction() as session:
            neighbour = add_registration(session, other, client_id="client-2")
        keys.key(registration, "key-1", NOW)
        other.publish(("key-2", "stranger", 2048))
        with OutboundSession(local_origins=[other.issuer]) as outbound:
            PlatformKeys(database, outbound).key(neighbour, "key-2", NOW)
    with OutboundSession() as nowhere:  # another process, which takes the keys from the database
        assert PlatformKeys(database, nowhere).key(registration, "key-1", NOW)
        assert PlatformKeys(database, nowhere).key(neighbour, "key-2", NOW)


def test_each_platform_s_fetches_are_counted_by_themselves(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform, database: Database
) -> None:
    with database.transaction() as session:
        neighbour = add_registration(session, platform, client_id="client-2")
    both = (registration.id, neighbour.id)
    for seconds, may in ((0, True), (29, False), (30, True)):
        assert [keys._may_fetch(each, NOW + after(seconds=seconds)) for each in both] == [may, may]


def test_unknown_kids_lead_to_two_fetches_a_minute_at_most(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    keys.key(registration, "key-1", NOW)
    platform.requested.clear()
    for number in range(500):
        with pytest.raises(LaunchRefused) as refused:
            keys.key(registration, f"random-{number}", NOW + after(seconds=number * 0.12))
        assert refused.value.code == "launch.key_unknown"
    assert len(platform.requested) <= 2


def test_a_rotated_key_is_found_at_once(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    keys.key(registration, "key-1", NOW)
    platform.publish(("key-2", "stranger", 2048))
    keys.key(registration, "key-2", NOW + after(seconds=31))
    with pytest.raises(LaunchRefused):  # and the old one is gone
        keys.key(registration, "key-1", NOW + after(seconds=32))


def test_a_new_key_under_an_old_name_is_found_after_a_bad_signature(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    old = keys.key(registration, "key-1", NOW)
    platform.publish(("key-1", "stranger", 2048))
    renewed = keys.renewed_key(registration, "key-1", NOW + after(seconds=31))
    assert renewed is not None
    assert renewed.as_dict(private=False)["n"] != old.as_dict(private=False)["n"]


def test_a_key_that_the_platform_withdrew_is_dropped_within_ten_minutes(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    keys.key(registration, "key-1", NOW)
    platform.publish(("key-2", "stranger", 2048))
    with pytest.raises(LaunchRefused):
        keys.key(registration, "key-1", NOW + after(minutes=10))


@pytest.mark.parametrize("failure", [500, b"<html>", {"no": "keys"}])
def test_keys_that_we_hold_survive_an_outage_for_a_day(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform, failure: object
) -> None:
    keys.key(registration, "key-1", NOW)
    platform.documents["/keys"] = failure
    keys.key(registration, "key-1", NOW + after(hours=23))
    with pytest.raises(PlatformUnavailable) as refused:
        keys.key(registration, "key-1", NOW + after(hours=25))
    assert refused.value.code == "launch.platform_keys_unavailable"


def test_keys_that_grow_old_are_renewed_without_any_launch_waiting(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    old = keys.key(registration, "key-1", NOW)
    platform.publish(("key-1", "stranger", 2048))
    assert keys.key(registration, "key-1", NOW + after(minutes=4)) is old
    assert keys.key(registration, "key-1", NOW + after(minutes=6)) is old
    keys.close()
    assert platform.requested == ["/keys", "/keys"]
    renewed = keys.key(registration, "key-1", NOW + after(minutes=6, seconds=1))
    assert renewed.as_dict(private=False)["n"] != old.as_dict(private=False)["n"]


def test_a_renewal_that_is_under_way_is_not_asked_for_again(
    keys: PlatformKeys, registration: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys.key(registration, "key-1", NOW)
    asked: list[object] = []
    monkeypatch.setattr(keys._background, "submit", lambda *task: asked.append(task))
    for seconds in range(3):
        keys.key(registration, "key-1", NOW + after(minutes=6, seconds=seconds))
    assert len(asked) == 1


def test_in_an_outage_nobody_waits_but_the_first(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    held = keys.key(registration, "key-1", NOW)
    platform.documents["/keys"] = 500
    assert keys.key(registration, "key-1", NOW + after(minutes=20)) == held
    with keys._lock(registration.id):  # as when a try in the background hangs
        assert keys.key(registration, "key-1", NOW + after(minutes=21)) == held


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("max-age=120", 120),
        ("public, Max-Age=120", 120),
        ("max-age=5", 60),
        ("max-age=86400", 600),
        ("s-maxage=120", 600),
        ("no-cache", 600),
        ("", 600),
    ],
)
def test_a_platform_may_say_how_long_its_keys_may_be_kept(
    keys: PlatformKeys,
    registration: Registration,
    platform: SigningPlatform,
    cache_control: str,
    seconds: int,
) -> None:
    platform.headers["/keys"] = {"Cache-Control": cache_control}
    keys.key(registration, "key-1", NOW)
    platform.publish(("key-2", "stranger", 2048))
    keys.key(registration, "key-1", NOW + after(seconds=seconds / 2 - 1))
    with pytest.raises(LaunchRefused):
        keys.key(registration, "key-1", NOW + after(seconds=seconds))


def test_without_any_keys_the_next_launches_do_not_wait_for_the_platform_again(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    platform.documents["/keys"] = 500
    started = time.monotonic()
    for seconds in range(5):
        with pytest.raises(PlatformUnavailable):
            keys.key(registration, "key-1", NOW + after(seconds=seconds))
    assert time.monotonic() - started < 3
    assert platform.requested == ["/keys"]
    platform.publish()
    keys.key(registration, "key-1", NOW + after(seconds=31))


@pytest.mark.parametrize(
    ("answer", "why"),
    [(500, "status 500, no key set"), (b"<html>", "not JSON"), ({"no": "keys"}, "status 200, no key set")],
)
def test_the_first_launch_in_vain_says_in_the_log_what_was_wrong(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform, answer: object, why: str
) -> None:
    platform.documents["/keys"] = answer
    with pytest.raises(PlatformUnavailable) as refused:
        keys.key(registration, "key-1", NOW)
    assert refused.value.detail == why


@pytest.mark.parametrize("status", [203, 404, 500])
def test_keys_count_only_with_status_200(
    database: Database, registration: Registration, platform: SigningPlatform, status: int
) -> None:
    class Other(OutboundSession):
        def request(self, *args: Any, **kwargs: Any) -> requests.Response:
            response = super().request(*args, **kwargs)
            response.status_code = status
            return response

    with Other(local_origins=[platform.issuer]) as outbound, pytest.raises(PlatformUnavailable) as refused:
        PlatformKeys(database, outbound).key(registration, "key-1", NOW)
    assert refused.value.detail == f"status {status}, no key set"


def test_fifty_keys_of_a_set_are_read_and_no_more(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    platform.publish(*((f"key-{number}", "platform", 2048) for number in range(1, 52)))
    keys.key(registration, "key-50", NOW)
    with pytest.raises(LaunchRefused) as refused:
        keys.key(registration, "key-51", NOW)
    assert refused.value.code == "launch.key_unknown"


def test_a_process_waits_for_the_first_keys_while_another_fetches_them(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform, database: Database
) -> None:
    with OutboundSession(local_origins=[platform.issuer]) as outbound, ThreadPoolExecutor(1) as pool:
        other = PlatformKeys(database, outbound)
        assert other._may_fetch(registration.id, NOW)
        waiting = pool.submit(keys.key, registration, "key-1", NOW)
        with pytest.raises(TimeoutError):
            waiting.result(0.3)
        other._fetch(registration, NOW)
        assert waiting.result(4)
    assert platform.requested == ["/keys"]


def test_a_launch_waits_three_seconds_for_a_connection_and_five_for_the_keys(
    database: Database, registration: Registration, platform: SigningPlatform
) -> None:
    waits: list[object] = []

    class Noting(OutboundSession):
        def request(self, *args: Any, **kwargs: Any) -> requests.Response:
            waits.append(kwargs.get("timeout"))
            return super().request(*args, **kwargs)

    with Noting(local_origins=[platform.issuer]) as outbound:
        PlatformKeys(database, outbound).key(registration, "key-1", NOW)
    assert waits == [(3.0, 5.0)]


def test_keys_for_other_purposes_and_kinds_are_passed_over(
    keys: PlatformKeys, registration: Registration, platform: SigningPlatform
) -> None:
    good = platform.documents["/keys"]["keys"][0]
    platform.documents["/keys"]["keys"] = [
        7,
        {"kty": "EC", "kid": "a"},
        good | {"kid": "b", "use": "enc"},
        good | {"kid": "c", "alg": "RS512"},
        good | {"kid": "d", "n": "***"},
        good | {"kid": None},
        good,
    ]
    keys.key(registration, "key-1", NOW)
    for kid in "abcd":
        with pytest.raises(LaunchRefused):
            keys.key(registration, kid, NOW)
