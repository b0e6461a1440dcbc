"""Our signing keys in the table: rotation, publication, deletion, and a change of the secret."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch import keys
from lti_tool.models.platforms import AuditEntry, Registration, RegistrationStatus, ToolKey
from tests.factories import NOW, make_registration
from tests.launch.platform import make_key

SECRET = "a secret of the tests, long enough to be one"
NEW_SECRET = "another secret of the tests, also long enough"
DAY = timedelta(days=1)


@pytest.fixture
def school(database: Database) -> int:
    """A registration with its first key."""
    with database.transaction() as session:
        registration = make_registration(session)
        keys.new_signing_key(session, registration, SECRET, NOW, bits=2048)
        return registration.id


def rotate(database: Database, school: int, *, days: float, at_once: bool = False) -> str:
    with database.transaction() as session:
        made = keys.rotate_key(
            session,
            school,
            secret=SECRET,
            actor="ada",
            now=NOW + days * DAY,
            at_once=at_once,
            bits=2048,
        )
        return made.kid


def signing(database: Database, school: int, *, days: float) -> str:
    with database.read() as session:
        return keys.signing_key(session, session.get_one(Registration, school), SECRET, NOW + days * DAY).kid


def public(database: Database, *, days: float) -> list[str]:
    with database.read() as session:
        return [key["kid"] for key in keys.public_key_set(session, NOW + days * DAY)["keys"]]


def audited(session: Session) -> list[tuple[str, str, str]]:
    return [
        (entry.actor, entry.action, entry.subject)
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    ]


def test_a_new_key_is_public_at_once_and_signs_a_day_later(database: Database, school: int) -> None:
    first = signing(database, school, days=0)
    second = rotate(database, school, days=90)
    assert public(database, days=90) == [first, second]
    assert signing(database, school, days=90.9) == first
    assert signing(database, school, days=91) == second
    assert public(database, days=104.9) == [first, second]
    assert public(database, days=105) == [second]


def test_no_id_of_a_key_is_taken_for_an_option_of_a_command(database: Database) -> None:
    with database.transaction() as session:
        kids = {keys.new_signing_key(session, None, SECRET, NOW, bits=keys.KEY_BITS).kid for _ in range(200)}
    assert len(kids) == 200
    assert all(kid.isalnum() for kid in kids)


def test_key_pairs_have_3072_bits(database: Database, school: int, monkeypatch: pytest.MonkeyPatch) -> None:
    ready, asked = make_key("platform"), []  # making one takes a while

    def generate(*, public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
        asked.append((public_exponent, key_size))
        return ready

    monkeypatch.setattr(rsa, "generate_private_key", generate)
    with database.transaction() as session:
        keys.new_signing_key(session, None, SECRET, NOW)
        keys.rotate_key(session, school, secret=SECRET, actor="ada", now=NOW)
    assert asked == [(65537, 3072)] * 2


def at_the_same_time(database: Database, change: Callable[[Session], object]) -> list[object]:
    """Two transactions with the same change; the second begins while the first is open. What each gave."""
    gave: list[object] = []

    def second() -> None:
        with database.transaction() as session:
            gave.append(change(session))

    waiting = threading.Thread(target=second)
    with database.transaction() as session:
        gave.append(change(session))
        waiting.start()
        waiting.join(0.5)  # it waits for us: PostgreSQL at the row, SQLite at the whole database
    waiting.join()
    return gave


def test_simultaneous_looks_at_a_key_that_is_due_make_one_new_key(database: Database, school: int) -> None:
    def rotate(session: Session) -> bool:
        return keys.rotate_if_due(session, school, secret=SECRET, now=NOW + 90 * DAY)

    assert at_the_same_time(database, rotate) == [True, False]
    assert len(public(database, days=90)) == 2


def test_simultaneous_rotations_at_once_leave_one_key_that_signs_on(database: Database, school: int) -> None:
    def rotate(session: Session) -> str:
        return keys.rotate_key(
            session, school, secret=SECRET, actor="ada", now=NOW + DAY, at_once=True, bits=2048
        ).kid

    _, newest = at_the_same_time(database, rotate)
    with database.read() as session:
        ready = select(ToolKey.kid).where(ToolKey.registration_id == school, ToolKey.retired_at.is_(None))
        assert session.scalars(ready).all() == [newest]


def test_a_rotation_at_once_is_audited_as_such(database: Database, school: int) -> None:
    first = signing(database, school, days=0)
    second = rotate(database, school, days=1, at_once=True)
    assert signing(database, school, days=1) == second
    assert public(database, days=14.9) == [first, second]
    with database.read() as session:
        assert audited(session) == [("ada", "key.rotated_at_once", f"registration {school}")]


def test_the_published_set_holds_nothing_private(database: Database, school: int) -> None:
    with database.read() as session:
        (published,) = keys.public_key_set(session, NOW)["keys"]
        stored = session.scalars(select(ToolKey)).one()
    assert set(published) == {"kty", "n", "e", "kid", "use", "alg"}
    assert "PRIVATE" not in stored.encrypted_private_key


def test_active_platforms_get_a_new_key_after_ninety_days_once(database: Database, school: int) -> None:
    def due(days: float) -> list[int]:
        with database.transaction() as session:
            found = keys.registrations_due(session, NOW + days * DAY)
            for key in found:
                keys.rotate_if_due(session, key, secret=SECRET, now=NOW + days * DAY)
            return found

    assert due(89.9) == []
    assert due(90) == [school]
    assert due(90) == []
    assert due(179) == []
    assert due(180) == [school]
    with database.transaction() as session:
        session.get_one(Registration, school).status = RegistrationStatus.DISABLED
    assert due(300) == []


def test_a_key_that_somebody_else_has_just_made_is_not_made_twice(database: Database, school: int) -> None:
    rotate(database, school, days=90)
    with database.transaction() as session:
        assert not keys.rotate_if_due(session, school, secret=SECRET, now=NOW + 90 * DAY)


def test_a_key_that_is_over_is_deleted_and_its_id_stays_in_the_audit_log(
    database: Database, school: int
) -> None:
    first = signing(database, school, days=0)
    second = rotate(database, school, days=90)
    with database.transaction() as session:
        assert keys.delete_keys_that_are_over(session, NOW + 104 * DAY) == 0
        assert keys.delete_keys_that_are_over(session, NOW + 105 * DAY) == 1
    with database.read() as session:
        assert [key.kid for key in session.scalars(select(ToolKey))] == [second]
        last = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert last is not None
    assert (last.actor, last.action, last.detail) == ("worker", "key.deleted", {"kid": first})


def test_a_stolen_key_is_withdrawn_only_after_it_has_been_replaced(database: Database, school: int) -> None:
    first = signing(database, school, days=0)
    with database.transaction() as session, pytest.raises(Fixable) as refusal:
        keys.withdraw_key(session, first, actor="ada", now=NOW)
    assert refusal.value.code == "keys.in_use"
    second = rotate(database, school, days=1, at_once=True)
    with database.transaction() as session:
        keys.withdraw_key(session, first, actor="ada", now=NOW + DAY)
    assert public(database, days=1) == [second]
    with database.transaction() as session, pytest.raises(NotVisible):
        keys.withdraw_key(session, first, actor="ada", now=NOW + DAY)


def test_a_platform_that_is_not_there_gets_no_key(database: Database) -> None:
    with database.transaction() as session, pytest.raises(NotVisible) as refusal:
        keys.rotate_key(session, 7, secret=SECRET, actor="ada", now=NOW)
    assert refusal.value.code == "registration.not_found"


def test_a_platform_without_a_key_says_so_and_its_first_one_signs_at_once(database: Database) -> None:
    with database.transaction() as session:
        school = make_registration(session).id
    with pytest.raises(Fixable) as refusal:
        signing(database, school, days=0)
    assert refusal.value.code == "keys.missing"
    assert rotate(database, school, days=0) == signing(database, school, days=0)


def test_the_secret_can_be_changed_while_everything_stays_readable(database: Database, school: int) -> None:
    def private(secret: str) -> str:
        with database.read() as session:
            return keys.signing_key(session, session.get_one(Registration, school), secret, NOW).private_key

    before = private(SECRET)
    load_pem_private_key(before.encode(), None)
    with pytest.raises(Fixable) as refusal:
        private(NEW_SECRET)
    assert refusal.value.code == "keys.unreadable"
    both = f"{NEW_SECRET}\n{SECRET}\n"
    assert private(both) == before
    with database.transaction() as session:
        assert keys.encrypt_keys_again(session, both) == 1
    assert private(NEW_SECRET) == before
    with pytest.raises(Fixable):
        private(SECRET)


def test_encrypting_again_without_the_old_secret_changes_nothing(database: Database, school: int) -> None:
    with pytest.raises(Fixable) as refusal, database.transaction() as session:
        keys.encrypt_keys_again(session, NEW_SECRET)
    assert refusal.value.code == "keys.unreadable"
    assert signing(database, school, days=0)


def test_the_overview_names_the_key_that_signs(database: Database, school: int) -> None:
    first = signing(database, school, days=0)
    second = rotate(database, school, days=90)
    with database.read() as session:
        (before,) = keys.all_keys(session, NOW + 90 * DAY)
        (after,) = keys.all_keys(session, NOW + 91 * DAY)
    assert ([key.kid for key in before.keys], before.signing_kid) == ([first, second], first)
    assert after.signing_kid == second
