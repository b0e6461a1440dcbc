"""The administration's own rules, asked one by one: what is written down, and who may change what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, LaunchRefused, NotAllowed, NotVisible
from lti_tool.launch import (
    administrators,
    keys,
    manual_registration,
    platforms,
    registration,
    second_factor,
    sign_in,
)
from lti_tool.launch.platform_configuration import PlatformConfiguration
from lti_tool.launch.registration_exchange import PlatformAnswer
from lti_tool.launch.registration_updates import accept_description, apply_update, fingerprint
from lti_tool.models.platforms import Administrator, AuditEntry, DeploymentStatus, Registration
from tests.factories import NOW, make_registration

SECRET = "a secret of the tests, long enough to be one"
ISSUER = "https://lms.example"
PASTED = {
    "label": "North school",
    "issuer": ISSUER,
    "client_id": "c2",
    "auth_login_url": f"{ISSUER}/auth",
    "auth_token_url": f"{ISSUER}/token",
    "key_set_url": f"{ISSUER}/keys",
    "deployment_id": "1",
}
DESCRIBED = PlatformConfiguration(
    address=f"{ISSUER}/configuration",
    issuer=ISSUER,
    authorization_endpoint=f"{ISSUER}/auth",
    token_endpoint=f"{ISSUER}/token",
    key_set_url=f"{ISSUER}/keys",
    registration_endpoint=f"{ISSUER}/register",
    authorization_server="",
    scopes=(),
    claims=(),
    variables=(),
    placements={},
    product_family="moodle",
    account_name="",
    page_host="",
)
ANSWER = PlatformAnswer(client_id="c1", deployment_id="1", scopes=())


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


def written(session: Session) -> list[tuple[str, str]]:
    """Who did what, in order."""
    session.flush()
    rows = session.execute(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id))
    return [(row.actor, row.action) for row in rows]


def test_every_change_of_a_registration_is_written_down(session: Session) -> None:
    added = manual_registration.add_registration(
        session, PASTED, local_origins=(), actor="ada", secret=SECRET, now=NOW
    )
    key = added.id
    registration.disable_registration(session, key, actor="ada", now=NOW)
    registration.approve_registration(session, key, actor="ada", now=NOW)
    registration.rename_registration(session, key, "South school", actor="ada", now=NOW)
    registration.change_addresses(session, key, {}, local_origins=(), actor="ada", now=NOW)
    registration.store_registration(session, DESCRIBED, ANSWER, label="", secret=SECRET, now=NOW)
    assert written(session) == [
        ("ada", "registration.added"),
        ("ada", "registration.disabled"),
        ("ada", "registration.approved"),
        ("ada", "registration.renamed"),
        ("ada", "registration.addresses_changed"),
        ("platform", "registration.created"),
    ]


def test_every_change_of_a_deployment_or_key_is_written_down(session: Session) -> None:
    added = make_registration(session)
    deployment = platforms.add_deployment(session, added, "1", actor="ada", now=NOW)
    platforms.set_deployment_status(session, deployment.id, DeploymentStatus.SUSPENDED, actor="ada", now=NOW)
    first = keys.rotate_key(session, added.id, secret=SECRET, actor="ada", now=NOW, bits=2048)
    keys.rotate_key(session, added.id, secret=SECRET, actor="ada", now=NOW, at_once=True, bits=2048)
    keys.withdraw_key(session, first.kid, actor="ada", now=NOW)
    assert written(session) == [
        ("ada", "deployment.active"),
        ("ada", "deployment.suspended"),
        ("ada", "key.rotated"),
        ("ada", "key.rotated_at_once"),
        ("ada", "key.withdrawn"),
    ]


def test_every_change_of_an_account_is_written_down(session: Session) -> None:
    ada = administrators.create_administrator(session, "ada", "correct horse battery", NOW)
    administrators.create_administrator(session, "ben", "staple horse battery", NOW)
    administrators.set_password(session, ada, "another horse battery", actor="ada", now=NOW)
    second_factor.new_recovery_codes(session, ada, NOW)
    assert not second_factor.check_code(session, ada, "000000", secret=SECRET, now=NOW)
    second_factor.reset_second_factor(session, ada, actor="command line", now=NOW)
    assert (ada.failed_codes, ada.failed_code_at) == (0, None)
    begun = sign_in.begin_sign_in(session, "ada", "another horse battery", NOW)
    sign_in.finish_sign_in(session, begun, NOW)
    administrators.remove_administrator(session, "ben", actor="ada", now=NOW)
    assert written(session) == [
        ("ada", "administrator.created"),
        ("ben", "administrator.created"),
        ("ada", "administrator.password_changed"),
        ("ada", "recovery_codes.renewed"),
        ("ada", "second_factor.refused"),
        ("command line", "second_factor.reset"),
        ("ada", "administrator.signed_in"),
        ("ada", "administrator.removed"),
    ]
    assert session.scalars(select(Administrator.login)).all() == ["ada"]


def test_wrong_first_codes_mean_a_wait_too_and_a_right_one_begins_anew(session: Session) -> None:
    ada = administrators.create_administrator(session, "ada", "correct horse battery", NOW)
    shared = second_factor.begin_enrolment(session, ada, secret=SECRET, host="tool.example").secret

    def confirm(code: str) -> list[str]:
        return second_factor.confirm_enrolment(session, ada, code, secret=SECRET, now=now)

    now = NOW
    for _ in range(second_factor.FREE_TRIES):
        assert confirm("000000") == []
    with pytest.raises(NotAllowed) as refused:
        confirm(pyotp.TOTP(shared).at(now))
    assert refused.value.code == "second_factor.wait"
    now = NOW + second_factor.FIRST_WAIT
    assert confirm(pyotp.TOTP(shared).at(now))
    assert (ada.failed_codes, ada.failed_code_at) == (0, None)


def test_an_update_names_its_own_platform_and_client(session: Session) -> None:
    known = make_registration(session, issuer=ISSUER)
    with pytest.raises(LaunchRefused) as refused:
        apply_update(session, known, replace(DESCRIBED, issuer="https://other.example"), ANSWER, now=NOW)
    assert refused.value.code == "registration.other_platform"
    with pytest.raises(LaunchRefused) as refused:
        apply_update(session, known, DESCRIBED, replace(ANSWER, client_id="c9"), now=NOW)
    assert refused.value.code == "registration.other_client"
    other = replace(DESCRIBED, issuer="https://other.example")
    with pytest.raises(LaunchRefused) as refused:
        accept_description(session, known, other, seen=fingerprint(known, other), actor="ada", now=NOW)
    assert refused.value.code == "registration.other_platform"
    assert written(session) == []


def test_only_what_was_seen_is_accepted(session: Session) -> None:
    known = make_registration(session, issuer=ISSUER)
    seen = fingerprint(known, replace(DESCRIBED, key_set_url=f"{ISSUER}/new"))
    moved = replace(DESCRIBED, key_set_url="https://elsewhere.example/new")
    with pytest.raises(Fixable) as refused:
        accept_description(session, known, moved, seen=seen, actor="ada", now=NOW)
    assert refused.value.code == "registration.changed_again"
    assert known.key_set_url == f"{ISSUER}/keys"


def test_what_is_not_there_is_not_found(session: Session) -> None:
    for call in (
        lambda: keys.withdraw_key(session, "no such key", actor="ada", now=NOW),
        lambda: keys.rotate_key(session, 99, secret=SECRET, actor="ada", now=NOW, bits=2048),
        lambda: registration.find_registration_by_key(session, 99),
        lambda: administrators.find_administrator(session, "nobody"),
    ):
        with pytest.raises(NotVisible):
            call()


def test_one_registration_s_keys_are_no_other_s(session: Session) -> None:
    north, south = make_registration(session), make_registration(session, client_id="c2")
    for each in (north, south):
        keys.rotate_key(session, each.id, secret=SECRET, actor="ada", now=NOW, bits=2048)
    assert [key.registration_id for key in keys.keys_of(session, north.id)] == [north.id]
    later = NOW + timedelta(days=91)
    assert keys.rotate_if_due(session, north.id, secret=SECRET, now=later)
    assert not keys.rotate_if_due(session, north.id, secret=SECRET, now=later)
    assert keys.rotate_if_due(session, south.id, secret=SECRET, now=later)
    assert session.scalar(select(func.count()).select_from(Registration)) == 2
