"""Bounds on what strangers send: one more than allowed is cut, passed over or refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.launch import audit, vocab
from lti_tool.launch.claims import Launch, read_launch
from lti_tool.launch.key_sets import KeySet, fresh_for_of, read_key_set
from lti_tool.launch.wire import wire_id, wire_text
from lti_tool.models.platforms import AuditEntry
from tests.factories import NOW
from tests.launch.platform import MEMBERSHIP, SigningPlatform, public_jwk


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


def read(**changes: Any) -> Launch:
    return read_launch(SigningPlatform("https://lms.example").claims("nonce", **changes))


def key_set(*items: object) -> KeySet:
    return read_key_set({"keys": list(items)}, NOW)


def test_two_hundred_children_and_fifty_ancestors_are_read_and_no_more() -> None:
    many = [str(number) for number in range(300)]
    mentor = read(**{vocab.ROLES: [MEMBERSHIP + "Mentor"], vocab.ROLE_SCOPE_MENTOR: many})
    assert mentor.mentee_user_ids == tuple(many[:200])
    copied = read(**{vocab.CUSTOM: {"context_history": ",".join(many)}})
    assert copied.context_history == tuple(many[:50])


def test_ids_have_at_most_255_characters_and_texts_are_cut_there() -> None:
    assert (wire_id("x" * 255), wire_id("x" * 256)) == ("x" * 255, "")
    assert wire_text("x" * 300) == "x" * 255


def test_the_log_keeps_120_characters_of_a_name(session: Session) -> None:
    audit.record(session, actor="a" * 300, action="tried", subject="s" * 300, now=NOW)
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor, entry.subject) == ("a" * 120, "s" * 120)


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "EC"},
        {"use": "enc"},
        {"alg": "RS512"},
        {"kid": 7},
        {"n": 7},
        {"n": ["AQAB"]},
        {"e": 7},
        {"e": 1234},
    ],
)
def test_a_key_that_is_no_rsa_signature_key_is_passed_over(changes: dict[str, Any]) -> None:
    found = key_set({**public_jwk("platform", kid="k"), **changes}, "not a key", None)
    assert (dict(found.keys), found.weak) == ({}, frozenset())
    assert not found.knows("k")


def test_a_key_without_use_and_algorithm_is_taken_and_a_short_one_only_known() -> None:
    bare = {
        name: value for name, value in public_jwk("platform", kid="k").items() if name not in ("use", "alg")
    }
    found = key_set(bare, public_jwk("short", 1024, kid="short"), public_jwk("nearly", 2040, kid="nearly"))
    assert set(found.keys) == {"k"}
    assert found.weak == {"short", "nearly"}
    assert found.knows("k")
    assert found.knows("short")


@pytest.mark.parametrize(
    ("said", "minutes"),
    [
        ("", 10),
        ("max-age=120", 2),
        ("max-age=5", 1),
        ("max-age=999999", 10),
        ("no-store", 10),
        ("s-max-age=60", 10),
    ],
)
def test_platforms_say_within_bounds_how_long_their_keys_are_kept(said: str, minutes: int) -> None:
    assert fresh_for_of(said) == timedelta(minutes=minutes)


def test_keys_are_fresh_for_ten_minutes_and_usable_for_a_day() -> None:
    found = key_set()
    assert found.is_fresh(NOW + timedelta(minutes=10) - timedelta(seconds=1))
    assert not found.is_fresh(NOW + timedelta(minutes=10))
    assert not found.is_growing_old(NOW + timedelta(minutes=5) - timedelta(seconds=1))
    assert found.is_growing_old(NOW + timedelta(minutes=5))
    assert found.is_usable(NOW + timedelta(hours=24))
    assert not found.is_usable(NOW + timedelta(hours=24, seconds=1))
