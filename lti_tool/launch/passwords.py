"""Administrators' passwords: what is accepted, how they are kept (Argon2id) and checked.

Length decides, as NIST SP 800-63B-4 section 3.1.1 has it: no rules about kinds of characters, but nothing
that a guesser tries first.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from lti_tool.errors import Fixable
from lti_tool.launch.secrets import random_token

LEAST_LENGTH = 12
MOST_LENGTH = 1024
LEAST_DIFFERENT = 5
_OBVIOUS = (
    "password",
    "passwort",
    "administrator",
    "admin",
    "waymark",
    "welcome",
    "letmein",
    "iloveyou",
    "changeme",
)
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789" * 3,
    "1234567890qwertyuiopasdfghjklzxcvbnm",
    "1234567890qwertzuiopasdfghjklyxcvbnm",
)
_HASHER = PasswordHasher()


def hash_password(password: str, *, login: str) -> str:
    """What is kept of a new password. Raises Fixable `administrator.password` when it is too easily guessed."""
    if problem := _problem(password, login):
        raise Fixable("administrator.password", problem)
    return _HASHER.hash(_normal(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Whether this is the password. Without a hash (nobody of that name) the answer takes as long."""
    try:
        _HASHER.verify(password_hash or _nobodys_hash(), _normal(password)[: MOST_LENGTH + 1])
    except Argon2Error:
        return False
    return password_hash is not None


def hashed_anew(password: str, password_hash: str) -> str:
    """The hash with today's parameters, for a password that was right; mostly the same as before."""
    return _HASHER.hash(_normal(password)) if _HASHER.check_needs_rehash(password_hash) else password_hash


def _problem(password: str, login: str) -> str:
    if len(password) < LEAST_LENGTH:
        return f"Choose a password of at least {LEAST_LENGTH} characters; a few unrelated words are good."
    if len(password) > MOST_LENGTH:
        return f"Choose a password of at most {MOST_LENGTH} characters."
    folded = _normal(password).casefold()
    if len(set(folded)) < LEAST_DIFFERENT or _repeats(folded):
        return "This password repeats itself too much; choose a few unrelated words."
    rest = folded
    for easy in (login.strip().casefold(), *_OBVIOUS):
        rest = rest.replace(easy, "") if easy else rest
    rest = re.sub(r"[\W_]", "", rest)
    if len(set(rest)) < LEAST_DIFFERENT or any(rest in row or rest[::-1] in row for row in _ROWS):
        return "This password is among the first that a stranger would try; choose a few unrelated words."
    return ""


def _repeats(text: str) -> bool:
    """Whether the text is a shorter one several times over."""
    return text in (text + text)[1:-1]


def _normal(password: str) -> str:
    """One form for characters that can be typed in several ways."""
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(random_token())
