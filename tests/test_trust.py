"""A platform whose certificate comes from an authority of the school itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from requests import adapters

from lti_tool.errors import PlatformUnavailable
from lti_tool.http import OutboundSession
from tests.certificates import Authority, make_authority
from tests.launch.platform import running_platform


@pytest.fixture(scope="module")
def schools(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def origin(schools: Authority) -> Iterator[str]:
    with running_platform(schools.server("localhost")) as platform:
        yield platform.issuer


def keys_at(origin: str, ca_bundle: Path | None) -> int:
    with OutboundSession(local_origins=[origin], ca_bundle=ca_bundle) as outbound:
        return outbound.get(f"{origin}/keys").status_code


def test_an_authority_that_the_operator_named_is_trusted(origin: str, schools: Authority) -> None:
    assert keys_at(origin, schools.bundle) == 200


def test_without_it_the_certificate_is_refused_and_the_sentence_names_the_setting(origin: str) -> None:
    with pytest.raises(PlatformUnavailable, match="LTI_TOOL_CA_BUNDLE") as refusal:
        keys_at(origin, None)
    assert refusal.value.code == "platform.certificate"


def test_the_authority_of_another_school_is_not_enough(origin: str, tmp_path: Path) -> None:
    with pytest.raises(PlatformUnavailable):
        keys_at(origin, make_authority(tmp_path).bundle)


def test_a_certificate_for_another_name_is_refused(origin: str, schools: Authority) -> None:
    with pytest.raises(PlatformUnavailable):
        keys_at(origin.replace("localhost", "127.0.0.1"), schools.bundle)


def test_the_public_authorities_are_trusted_as_before(
    origin: str, schools: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapters, "DEFAULT_CA_BUNDLE_PATH", str(schools.bundle))
    assert keys_at(origin, make_authority(tmp_path).bundle) == 200
