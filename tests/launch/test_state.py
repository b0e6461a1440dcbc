"""State and nonce of a login: what they are bound to, that they are spent once, and that nothing else passes."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import func, select

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused
from lti_tool.launch.platforms import registration_of_login
from lti_tool.launch.secrets import Purpose, derived_key
from lti_tool.launch.state import (
    LIFETIME,
    PREFIX,
    LoginState,
    is_bound,
    issue_state,
    read_state,
    require_bound,
    require_nonce,
    spend_state,
)
from lti_tool.models.launches import SpentState
from tests.factories import make_registration

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "a secret of the tests, long enough to be one"


def issue(
    *,
    secret: str = SECRET,
    registration_id: int = 1,
    browser: str = "browser",
    target: str = "",
    now: datetime = NOW,
) -> tuple[str, str]:
    return issue_state(
        secret,
        registration_id=registration_id,
        browser_token=browser,
        is_new_browser=False,
        storage_target=target,
        now=now,
    )


def refusal(state: str, *, secret: str = SECRET, now: datetime = NOW) -> str:
    with pytest.raises(LaunchRefused) as refused:
        read_state(secret, state, now)
    return refused.value.code


@given(
    registration_id=some.integers(1, 2**63),
    browser=some.text(max_size=60),
    new=some.booleans(),
    target=some.text(max_size=60),
)
def test_a_state_says_what_it_was_issued_for(
    registration_id: int, browser: str, new: bool, target: str
) -> None:
    state, nonce = issue_state(
        SECRET,
        registration_id=registration_id,
        browser_token=browser,
        is_new_browser=new,
        storage_target=target,
        now=NOW,
    )
    found = read_state(SECRET, state, NOW)
    assert (found.registration_id, found.storage_target, found.is_new_browser) == (
        registration_id,
        target,
        new,
    )
    assert (found.issued_at, found.expires_at, found.nonce) == (NOW, NOW + LIFETIME, nonce)
    assert is_bound(found, browser)
    assert not is_bound(found, browser + "x")
    assert not is_bound(found, None)


@given(position=some.integers(0, 10_000), change=some.integers(1, 255))
def test_a_state_with_one_byte_changed_is_refused(position: int, change: int) -> None:
    state, _ = issue(target="_parent")
    raw = bytearray(urlsafe_b64decode(state.removeprefix(PREFIX) + "=="))
    raw[position % len(raw)] ^= change
    assert refusal(PREFIX + urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()) == "launch.state_invalid"


@given(some.text(min_size=1, max_size=400))
def test_whatever_we_did_not_issue_is_refused(state: str) -> None:
    assert refusal(state) == refusal(PREFIX + state) == "launch.state_invalid"


@pytest.mark.parametrize("added", ["=", "A", "\n", " ", "é", "x" * 5000])
def test_a_state_has_one_spelling(added: str) -> None:
    state, _ = issue()
    assert refusal(state + added) == "launch.state_invalid"
    assert refusal(state.removeprefix(PREFIX)) == "launch.state_invalid"


def test_a_state_has_at_most_1024_characters_after_its_prefix() -> None:
    longest, _ = issue(target="x" * 687)
    assert len(longest.removeprefix(PREFIX)) == 1024
    assert read_state(SECRET, longest, NOW).storage_target == "x" * 687
    assert refusal(issue(target="x" * 688)[0]) == "launch.state_invalid"


def test_a_state_that_says_too_little_is_refused_although_it_carries_our_seal() -> None:
    """As one that another release gave, before or after a change of what a state says."""
    content = b"another release"
    seal = hmac.digest(derived_key(SECRET, Purpose.LOGIN_STATE), content, "sha256")
    state = PREFIX + urlsafe_b64encode(content + seal).rstrip(b"=").decode()
    assert refusal(state) == "launch.state_invalid"


def test_no_state_at_all_is_told_apart() -> None:
    assert refusal("") == "launch.state_missing"


def test_the_state_of_another_installation_is_refused() -> None:
    state, nonce = issue()
    other, other_nonce = issue(secret="another secret of the tests, long enough")
    assert refusal(other) == refusal(state, secret="another secret of the tests, long enough")
    assert nonce != other_nonce


def test_a_state_lives_ten_minutes() -> None:
    state, _ = issue()
    read_state(SECRET, state, NOW + timedelta(minutes=10) - timedelta(seconds=1))
    assert refusal(state, now=NOW + timedelta(minutes=10)) == "launch.state_expired"


def test_two_logins_never_share_state_or_nonce() -> None:
    issued = [issue() for _ in range(200)]
    assert len({state for state, _ in issued}) == len({nonce for _, nonce in issued}) == 200


def test_the_nonce_belongs_to_its_own_state() -> None:
    state, nonce = issue()
    _, other = issue()
    found = read_state(SECRET, state, NOW)
    require_nonce(found, nonce)
    for wrong in (other, nonce + "A", nonce[:-1], "", "é", None, 7, [nonce]):
        with pytest.raises(LaunchRefused) as refused:
            require_nonce(found, wrong)
        assert refused.value.code == "launch.nonce_invalid"


def test_another_browser_is_refused() -> None:
    found = read_state(SECRET, issue()[0], NOW)
    require_bound(found, "browser")
    with pytest.raises(LaunchRefused) as refused:
        require_bound(found, "another browser")
    assert refused.value.code == "launch.state_not_bound"


def test_a_state_is_spent_once_and_leaves_all_others_alone(database: Database) -> None:
    first, second = (read_state(SECRET, issue()[0], NOW) for _ in range(2))
    with database.write() as connection:
        spend_state(connection, first)
        spend_state(connection, second)
    for spent in (first, second):
        with database.write() as connection, pytest.raises(LaunchRefused) as refused:
            spend_state(connection, spent)
        assert refused.value.code == "launch.state_used"


def test_a_refused_launch_gives_the_state_back(database: Database) -> None:
    state = read_state(SECRET, issue()[0], NOW)
    with database.engine.connect() as connection, connection.begin() as transaction:
        spend_state(connection, state)
        transaction.rollback()
    with database.write() as connection:
        spend_state(connection, state)


def looked_up(database: Database, state: LoginState) -> str:
    with database.connect() as connection, pytest.raises(LaunchRefused) as refused:
        registration_of_login(connection, state)
    return refused.value.code


def test_a_used_state_is_told_apart_before_the_rest_of_the_launch_is_looked_at(database: Database) -> None:
    with database.transaction() as session:
        registration = make_registration(session)
    state = read_state(SECRET, issue(registration_id=registration.id)[0], NOW)
    with database.connect() as connection:
        assert registration_of_login(connection, state).client_id == registration.client_id
    with database.write() as connection:
        spend_state(connection, state)
    assert looked_up(database, state) == "launch.state_used"


def test_the_state_of_a_registration_that_is_gone_is_refused(database: Database) -> None:
    state = read_state(SECRET, issue(registration_id=99)[0], NOW)
    assert looked_up(database, state) == "launch.state_invalid"


def test_a_login_stores_nothing(database: Database) -> None:
    issue()
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(SpentState)) == 0
