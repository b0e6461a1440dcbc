"""A platform's published key set (RFC 7517): which keys of it can be used, and for how long it may be kept."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

# A platform's max-age counts between these: a withdrawn key must be dropped within ten minutes.
FRESH_FOR = timedelta(minutes=10)
SHORTEST_FRESH = timedelta(minutes=1)
USABLE_FOR = timedelta(hours=24)
LEAST_BITS = 2048
MOST_KEYS = 50

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=(\d{1,9})")


@dataclass(frozen=True, slots=True)
class KeySet:
    """Usable keys by `kid`, the kids of keys that are too short, when they were fetched, and for how long."""

    keys: Mapping[str, RSAKey]
    weak: frozenset[str]
    fetched_at: datetime
    fresh_for: timedelta = FRESH_FOR

    def is_fresh(self, now: datetime) -> bool:
        """Whether no refresh is needed yet."""
        return now - self.fetched_at < self.fresh_for

    def is_growing_old(self, now: datetime) -> bool:
        """Whether a refresh in the background should begin, so that no launch has to wait for one."""
        return now - self.fetched_at >= self.fresh_for / 2

    def is_usable(self, now: datetime) -> bool:
        """Whether it may still serve while the platform cannot be reached."""
        return now - self.fetched_at <= USABLE_FOR

    def knows(self, kid: str) -> bool:
        """Whether the platform published a key of that name."""
        return kid in self.keys or kid in self.weak


def count_keys(document: Mapping[str, Any]) -> tuple[int, int]:
    """How many keys of a key set document can be used, and how many are too short."""
    found = read_key_set(document, _NEVER)
    return len(found.keys), len(found.weak)


def fresh_for_of(cache_control: str) -> timedelta:
    """How long the platform lets its answer be kept (RFC 9111, section 5.2.2.1), within our own bounds."""
    found = _MAX_AGE.search(cache_control.lower())
    seconds = min(int(found[1]), FRESH_FOR.total_seconds()) if found else FRESH_FOR.total_seconds()
    return max(timedelta(seconds=seconds), SHORTEST_FRESH)


def read_key_set(
    document: Mapping[str, Any], fetched_at: datetime, fresh_for: timedelta = FRESH_FOR
) -> KeySet:
    """The RSA signature keys of a key set document; whatever else it holds is passed over."""
    keys: dict[str, RSAKey] = {}
    weak: set[str] = set()
    for item in document.get("keys", []):
        if not isinstance(item, dict) or item.get("kty") != "RSA" or item.get("use", "sig") != "sig":
            continue
        kid, modulus, exponent = item.get("kid"), item.get("n"), item.get("e")
        if item.get("alg", "RS256") != "RS256" or not (
            isinstance(kid, str) and isinstance(modulus, str) and isinstance(exponent, str)
        ):
            continue
        try:
            if _bits(modulus) < LEAST_BITS:
                weak.add(kid)
                continue
            keys.setdefault(kid, RSAKey.import_key({"kty": "RSA", "n": modulus, "e": exponent}))
        except (JoseError, ValueError, TypeError):
            continue
    return KeySet(keys, frozenset(weak - keys.keys()), fetched_at, fresh_for)


def _bits(modulus: str) -> int:
    return int.from_bytes(urlsafe_b64decode(modulus + "=" * (-len(modulus) % 4))).bit_length()
