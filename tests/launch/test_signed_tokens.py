"""The signature of a platform's token, with keys that a test hands out."""

from __future__ import annotations

from datetime import datetime

import pytest
from joserfc.jwk import RSAKey

from lti_tool.errors import LaunchRefused
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.signed_tokens import require_signature, seconds_of
from lti_tool.models.platforms import Registration
from tests.launch.platform import NOW, SigningPlatform, public_jwk

PLATFORM = SigningPlatform("https://lms.example")


def published(name: str) -> RSAKey:
    return RSAKey.import_key({**public_jwk(name)})


class Keys(PlatformKeys):
    """The key that we hold, and the one that a second look finds, if any."""

    def __init__(self, held: RSAKey, renewed: RSAKey | None = None) -> None:
        self._held, self._renewed = held, renewed

    def key(self, registration: Registration, kid: object, now: datetime) -> RSAKey:
        return self._held

    def renewed_key(self, registration: Registration, kid: str, now: datetime) -> RSAKey | None:
        return self._renewed


def require(token: str, keys: Keys) -> None:
    require_signature(token, "key-1", Registration(id=1), keys=keys, now=NOW)


def test_the_key_that_we_hold_or_the_renewed_one_has_made_the_signature() -> None:
    token = PLATFORM.sign({"a": 1})
    require(token, Keys(published("platform")))
    require(token, Keys(published("stranger"), published("platform")))


@pytest.mark.parametrize("renewed", [None, "stranger"])
def test_a_signature_of_another_key_is_refused(renewed: str | None) -> None:
    keys = Keys(published("stranger"), published(renewed) if renewed else None)
    with pytest.raises(LaunchRefused) as refused:
        require(PLATFORM.sign({"a": 1}), keys)
    assert refused.value.code == "launch.signature"


@pytest.mark.parametrize("signature", ["", "A", "AAAAA", "é", "*", "A" * 10_000])
def test_what_is_no_signature_is_refused(signature: str) -> None:
    signed = PLATFORM.sign({"a": 1}).rpartition(".")[0]
    with pytest.raises(LaunchRefused) as refused:
        require(f"{signed}.{signature}", Keys(published("platform"), published("platform")))
    assert refused.value.code == "launch.signature"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (1_772_442_000, 1_772_442_000.0),
        (0.5, 0.5),
        (-1, -1.0),
        (True, None),
        (False, None),
        (None, None),
        ("1772442000", None),
        ([1], None),
        (10**15, None),
        (-(10**15), None),
        (float("inf"), None),
        (float("nan"), None),
    ],
)
def test_a_moment_is_a_finite_number_of_seconds(value: object, seconds: float | None) -> None:
    assert seconds_of(value) == seconds
