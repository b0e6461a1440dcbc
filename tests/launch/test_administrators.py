"""Accounts of administrators, and the two steps of their sign-in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotAllowed, NotVisible
from lti_tool.launch import second_factor
from lti_tool.launch.administrators import (
    all_administrators,
    change_own_password,
    create_administrator,
    find_administrator,
    has_administrators,
    remove_administrator,
)
from lti_tool.launch.sign_in import (
    begin_sign_in,
    finish_sign_in,
    prolong,
    sign_out,
    sign_out_everywhere,
    signed_in,
)
from lti_tool.models.platforms import Administrator, AdministratorSession, AuditEntry, RecoveryCode
from tests.factories import NOW

PASSWORD = "correct horse battery"
SECRET = "a secret of the tests, long enough to be one"


@pytest.fixture
def ada(database: Database) -> int:
    with database.transaction() as session:
        return create_administrator(session, "ada", PASSWORD, NOW).id


def begin(database: Database, password: str = PASSWORD, login: str = "ada") -> str:
    with database.transaction() as session:
        return begin_sign_in(session, login, password, NOW)


def test_a_name_is_taken_once_and_has_to_be_readable(database: Database, ada: int) -> None:
    for login in ("ada", " ada ", "", "  ", "a\nb", "\u202eada", "x" * 121):
        with database.transaction() as session, pytest.raises(Fixable) as refusal:
            create_administrator(session, login, PASSWORD, NOW)
        assert refusal.value.code == "administrator.login"


def test_an_installation_knows_whether_it_has_an_administrator(database: Database) -> None:
    with database.transaction() as session:
        assert not has_administrators(session)
        create_administrator(session, "ada", PASSWORD, NOW)
        assert has_administrators(session)


def test_only_a_hash_of_the_password_and_of_the_token_is_kept(database: Database, ada: int) -> None:
    token = begin(database)
    with database.read() as session:
        person = session.get_one(Administrator, ada)
        kept = session.scalars(select(AdministratorSession)).one()
    assert person.password_hash.startswith("$argon2id$")
    assert token not in kept.token_hash


@pytest.mark.parametrize(("login", "password"), [("ada", "wrong"), ("eve", PASSWORD), ("", ""), ("ada", "")])
def test_a_wrong_name_or_password_opens_nothing(
    database: Database, ada: int, login: str, password: str
) -> None:
    with pytest.raises(NotAllowed) as refusal:
        begin(database, password, login)
    assert (refusal.value.code, refusal.value.status) == ("administrator.refused", 401)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AdministratorSession)) == 0


def test_the_password_alone_is_not_confirmed_and_cannot_be_prolonged(database: Database, ada: int) -> None:
    token = begin(database)
    with database.transaction() as session:
        found = signed_in(session, token, NOW + timedelta(minutes=9))
        assert found is not None
        assert (found.confirmed, found.enrolled, found.prolong) == (False, False, False)
        prolong(session, token, NOW + timedelta(minutes=9))
        assert signed_in(session, token, NOW + timedelta(minutes=10)) is None


def test_the_second_step_gives_a_new_token_and_the_old_one_is_worth_nothing(
    database: Database, ada: int
) -> None:
    first = begin(database)
    with database.transaction() as session:
        second = finish_sign_in(session, first, NOW)
    assert first != second
    with database.transaction() as session:
        assert signed_in(session, first, NOW) is None
        found = signed_in(session, second, NOW)
        assert found is not None
        assert (found.login, found.confirmed) == ("ada", True)
        with pytest.raises(NotAllowed):
            finish_sign_in(session, first, NOW)


def test_a_session_moves_its_end_with_use_up_to_eight_hours(database: Database, ada: int) -> None:
    with database.transaction() as session:
        token = finish_sign_in(session, begin_sign_in(session, "ada", PASSWORD, NOW), NOW)
        for half_hours in range(1, 16):
            now = NOW + half_hours * timedelta(minutes=30)
            found = signed_in(session, token, now)
            assert found is not None
            assert found.prolong is (half_hours < 15), "the eighth hour is the last"
            prolong(session, token, now)
        assert signed_in(session, token, NOW + timedelta(hours=8) - timedelta(seconds=1)) is not None
        assert signed_in(session, token, NOW + timedelta(hours=8)) is None


def test_signing_out_everywhere_leaves_the_session_that_asks_for_it(database: Database, ada: int) -> None:
    here, there = begin(database), begin(database)
    with database.transaction() as session:
        sign_out_everywhere(session, ada, but=here)
        assert signed_in(session, here, NOW) is not None
        assert signed_in(session, there, NOW) is None
        sign_out(session, here)
        assert signed_in(session, here, NOW) is None


def test_changing_the_password_needs_the_present_one(database: Database, ada: int) -> None:
    def change(current: str, new: str) -> None:
        with database.transaction() as session:
            person = session.get_one(Administrator, ada)
            change_own_password(session, person, current=current, new=new, now=NOW)

    for current, new, code in (
        ("wrong", "another horse battery", "administrator.password_wrong"),
        (PASSWORD, "short", "administrator.password"),
    ):
        with pytest.raises(Fixable) as refusal:
            change(current, new)
        assert refusal.value.code == code
    assert begin(database)
    change(PASSWORD, "another horse battery")
    assert begin(database, "another horse battery")
    with pytest.raises(NotAllowed):
        begin(database)


def test_removing_takes_sessions_and_codes_along_and_leaves_the_last_one(
    database: Database, ada: int
) -> None:
    with database.transaction() as session, pytest.raises(Fixable) as refusal:
        remove_administrator(session, "ada", actor="command line", now=NOW)
    assert refusal.value.code == "administrator.last"
    token = begin(database)
    with database.transaction() as session:
        create_administrator(session, "bob", PASSWORD, NOW)
        others = begin_sign_in(session, "bob", PASSWORD, NOW)
        second_factor.new_recovery_codes(session, session.get_one(Administrator, ada), NOW)
        remove_administrator(session, "ada", actor="command line", now=NOW)
        assert signed_in(session, token, NOW) is None
        assert signed_in(session, others, NOW) is not None
        assert [person.login for person in all_administrators(session)] == ["bob"]
        assert session.scalar(select(func.count()).select_from(RecoveryCode)) == 0
        assert "administrator.removed" in session.scalars(select(AuditEntry.action)).all()
        with pytest.raises(NotVisible) as missing:
            find_administrator(session, "ada")
    assert missing.value.code == "administrator.not_found"
