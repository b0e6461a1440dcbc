"""Passwords of administrators: long ones are taken, obvious ones are not, and only hashes are kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher

from lti_tool.errors import Fixable
from lti_tool.launch import passwords
from lti_tool.launch.passwords import hash_password, hashed_anew, is_right


@pytest.fixture(autouse=True)
def _as_in_use(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Other tests hash passwords with less effort."""
    kept = passwords._nobodys_hash
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher())
    kept.cache_clear()
    yield
    kept.cache_clear()


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "x" * 1025,
        "aaaaaaaaaaaaaaaa",
        "abcdabcdabcdabcd",
        "correct correct ",
        "head-of-it head-of-it",
        "head-of-it-2026",
        "Password1234",
        "administrator",
        "WaymarkAdmin!",
        "123456789012",
        "qwertyuiopasdf",
        "zyxwvutsrqponm",
    ],
)
def test_what_a_stranger_would_try_first_is_refused(password: str) -> None:
    with pytest.raises(Fixable) as refusal:
        hash_password(password, login="head-of-it")
    assert refusal.value.code == "administrator.password"


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "8391472055182290",
        "пароль из слов",
        "the head of it reads",
        "r_PO1owvRx2ENaHN",
    ],
)
def test_long_passwords_of_any_kind_are_taken(password: str) -> None:
    kept = hash_password(password, login="head-of-it")
    assert kept.startswith("$argon2id$")
    assert password not in kept
    assert is_right(password, kept)
    assert not is_right(password + "x", kept)
    assert hashed_anew(password, kept) == kept


def test_a_password_has_at_most_1024_characters() -> None:
    long = " ".join(f"word{number}" for number in range(200))
    kept = hash_password(long[:1024], login="ada")
    assert is_right(long[:1024], kept)
    assert not is_right(long[:1025], kept)
    with pytest.raises(Fixable) as refusal:
        hash_password(long[:1025], login="ada")
    assert "at most 1024 characters" in refusal.value.message


def test_an_old_hash_is_renewed_once_the_password_was_right() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse battery")
    assert is_right("correct horse battery", weak)
    renewed = hashed_anew("correct horse battery", weak)
    assert renewed != weak
    assert is_right("correct horse battery", renewed)


def test_a_letter_that_can_be_typed_in_two_ways_is_one_letter() -> None:
    kept = hash_password("caf\u00e9 au lait au lit", login="ada")
    assert is_right("cafe\u0301 au lait au lit", kept)


def test_nobody_has_no_password() -> None:
    assert not is_right("", None)
    assert not is_right("correct horse battery", None)


def test_even_the_password_that_stands_in_for_nobodys_lets_nobody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_nobodys_hash", lambda: PasswordHasher().hash("stand-in for nobody"))
    assert not is_right("stand-in for nobody", None)
