"""Tickets and states of authorisations: what they are bound to, how long they last, and that one is used once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lti_tool.db import Database
from lti_tool.errors import NotAllowed
from lti_tool.launch.authorisations import (
    Authorisation,
    Origin,
    issue_state,
    issue_ticket,
    read_state,
    read_ticket,
    spend,
)
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.models.launches import LaunchSession
from tests.factories import NOW

SECRET = "a secret of the tests, long enough to be one"
LAUNCH = LaunchSession(public_id=random_token(bits=128), browser_hash=token_hash("the frame's cookie"))
FROM = Origin(LAUNCH.public_id, LAUNCH.browser_hash)
SECOND = timedelta(seconds=1)
TEN_MINUTES, AN_HOUR = timedelta(minutes=10), timedelta(hours=1)


def state(browser: str = "window") -> str:
    return issue_state(SECRET, FROM, browser_token=browser, now=NOW)[0]


def refusal(text: str, *, browser: str | None = "window", after: timedelta = timedelta()) -> str:
    with pytest.raises(NotAllowed) as refused:
        read_state(SECRET, text, browser_token=browser, now=NOW + after)
    return refused.value.code


def read(text: str, after: timedelta = timedelta()) -> Authorisation:
    return read_state(SECRET, text, browser_token="window", now=NOW + after)


def test_a_ticket_names_its_launch_for_an_hour() -> None:
    ticket = issue_ticket(SECRET, LAUNCH, NOW)
    assert read_ticket(SECRET, ticket, NOW + AN_HOUR - SECOND) == FROM
    with pytest.raises(NotAllowed) as refused:
        read_ticket(SECRET, ticket, NOW + AN_HOUR)
    assert refused.value.code == "sign_in.expired"


def test_a_state_carries_its_launch_and_its_verifier_for_ten_minutes() -> None:
    text, verifier = issue_state(SECRET, FROM, browser_token="window", now=NOW)
    found = read(text, TEN_MINUTES - SECOND)
    assert (found.origin, found.verifier) == (FROM, verifier)
    assert 43 <= len(verifier) <= 128
    assert refusal(text, after=TEN_MINUTES) == "sign_in.expired"


def test_a_state_is_worth_something_in_its_own_window_alone() -> None:
    assert refusal(state(), browser="another") == "sign_in.not_bound"
    assert refusal(state(), browser=None) == "sign_in.not_bound"


def test_no_two_states_and_verifiers_are_alike() -> None:
    made = {issue_state(SECRET, FROM, browser_token="window", now=NOW) for _ in range(20)}
    assert len({text for text, _ in made}) == len({verifier for _, verifier in made}) == 20


def test_a_ticket_is_no_state_and_a_state_no_ticket() -> None:
    assert refusal(issue_ticket(SECRET, LAUNCH, NOW)) == "sign_in.invalid"
    with pytest.raises(NotAllowed):
        read_ticket(SECRET, state(), NOW)


@given(some.integers(0, 200), some.sampled_from("AZaz09-_=. é"))
def test_a_changed_state_is_none(place: int, character: str) -> None:
    text = state()
    changed = text[: place % len(text)] + character + text[place % len(text) + 1 :]
    if changed != text:
        assert refusal(changed) == "sign_in.invalid"


def test_a_state_is_spent_once(database: Database) -> None:
    found = read(state())
    with database.transaction() as session:
        spend(session, found)
    with pytest.raises(NotAllowed) as refused, database.transaction() as session:
        spend(session, found)
    assert refused.value.code == "sign_in.used"
    with database.transaction() as session:
        spend(session, read(state()))
