"""The second factor: codes of the app, each once; recovery codes, each once; growing waits after wrong ones."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.errors import Fixable, NotAllowed
from lti_tool.launch import second_factor
from lti_tool.launch.administrators import create_administrator, set_password
from lti_tool.launch.secrets import Purpose, cipher
from lti_tool.models.platforms import Administrator, AuditEntry, RecoveryCode
from tests.factories import NOW

SECRET = "a secret of the tests, long enough to be one"
STEP = timedelta(seconds=30)


@dataclass
class Ada:
    """An administrator on a database, with the secret that the app holds."""

    database: Database
    key: int
    shared: str

    def app(self, at: datetime) -> str:
        return pyotp.TOTP(self.shared).at(at)

    def check(self, code: str, at: datetime, secret: str = SECRET) -> bool:
        with self.database.transaction() as session:
            person = session.get_one(Administrator, self.key)
            return second_factor.check_code(session, person, code, secret=secret, now=at)

    def actions(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


@pytest.fixture
def begun(database: Database) -> Ada:
    """Somebody who has seen the picture but not yet typed a code."""
    with database.transaction() as session:
        person = create_administrator(session, "ada", "correct horse battery", NOW)
        enrolment = second_factor.begin_enrolment(session, person, secret=SECRET, host="tool.example")
        return Ada(database, person.id, enrolment.secret)


@pytest.fixture
def ada(begun: Ada) -> Ada:
    confirm(begun, begun.app(NOW - timedelta(hours=1)), NOW - timedelta(hours=1))
    return begun


def confirm(ada: Ada, code: str, at: datetime) -> list[str]:
    with ada.database.transaction() as session:
        person = session.get_one(Administrator, ada.key)
        return second_factor.confirm_enrolment(session, person, code, secret=SECRET, now=at)


def refused(ada: Ada, code: str, at: datetime) -> str:
    with pytest.raises(NotAllowed) as refusal:
        ada.check(code, at)
    assert refusal.value.status in {403, 429}
    return refusal.value.code


def test_the_codes_are_those_of_rfc_6238(database: Database) -> None:
    # RFC 6238, appendix B, SHA-1: the secret is "12345678901234567890"; the last six of its eight digits.
    shared = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    with database.transaction() as session:
        person = create_administrator(session, "ada", "correct horse battery", NOW)
        person.encrypted_totp_secret = cipher(SECRET, Purpose.SECOND_FACTOR).encrypt(shared.encode()).decode()
        person.totp_confirmed_at = NOW
        ada = Ada(database, person.id, shared)
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        assert ada.check(code, datetime.fromtimestamp(seconds, NOW.tzinfo))


def test_the_secret_stays_the_same_until_it_is_confirmed_and_is_never_shown_after(begun: Ada) -> None:
    def begin() -> second_factor.Enrolment:
        with begun.database.transaction() as session:
            person = session.get_one(Administrator, begun.key)
            return second_factor.begin_enrolment(session, person, secret=SECRET, host="tool.example")

    assert begin().secret == begun.shared
    assert begin().uri.startswith("otpauth://totp/Waymark%20tool.example:ada?secret=")
    confirm(begun, begun.app(NOW), NOW)
    with pytest.raises(NotAllowed) as refusal:
        begin()
    assert refusal.value.code == "second_factor.already"


def test_the_secret_is_stored_encrypted_and_recovery_codes_only_as_hashes(begun: Ada) -> None:
    codes = confirm(begun, begun.app(NOW), NOW)
    with begun.database.read() as session:
        person = session.get_one(Administrator, begun.key)
        hashes = list(session.scalars(select(RecoveryCode.code_hash)))
    assert begun.shared not in (person.encrypted_totp_secret or "")
    assert len(hashes) == len(set(codes)) == 10
    assert not any(code.replace("-", "") in "".join(hashes) for code in codes)


def test_a_wrong_first_code_sets_nothing_up(begun: Ada) -> None:
    wrong = "000000" if begun.app(NOW) != "000000" else "000001"
    assert confirm(begun, wrong, NOW) == []
    with begun.database.read() as session:
        person = session.get_one(Administrator, begun.key)
        assert (person.totp_confirmed_at, person.failed_codes) == (None, 1)


def test_an_app_that_is_set_up_cannot_be_set_up_again(ada: Ada) -> None:
    with pytest.raises(NotAllowed) as refusal:
        confirm(ada, ada.app(NOW), NOW)
    assert refusal.value.code == "second_factor.already"


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_is_good_one_step_before_and_after(ada: Ada, steps: int, right: bool) -> None:
    assert ada.check(ada.app(NOW + steps * STEP), NOW) is right


def test_a_code_is_accepted_once_and_no_earlier_one_after_it(ada: Ada) -> None:
    assert ada.check(ada.app(NOW), NOW)
    assert not ada.check(ada.app(NOW), NOW)
    assert not ada.check(ada.app(NOW), NOW + STEP)
    assert not ada.check(ada.app(NOW - STEP), NOW)
    assert ada.check(ada.app(NOW + STEP), NOW + STEP)


def test_the_first_code_is_spent_by_setting_up(begun: Ada) -> None:
    confirm(begun, begun.app(NOW), NOW)
    assert not begun.check(begun.app(NOW), NOW)


def test_a_code_sent_twice_at_the_same_time_is_accepted_once(ada: Ada) -> None:
    code, accepted = ada.app(NOW), []
    threads = [threading.Thread(target=lambda: accepted.append(ada.check(code, NOW))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(accepted) == [False, True]


def test_a_code_typed_with_a_space_is_the_same_code(ada: Ada) -> None:
    code = ada.app(NOW)
    assert ada.check(f" {code[:3]} {code[3:]}", NOW)


@pytest.mark.parametrize(
    "typed", ["", " ", "12345", "1234567", "abcdef", "½½½½½½", "9" * 5000, "'; --", "\u0660" * 6]
)
def test_anything_else_is_a_wrong_code(ada: Ada, typed: str) -> None:
    assert not ada.check(typed, NOW)


def test_a_recovery_code_works_once_however_it_is_typed(begun: Ada) -> None:
    codes = confirm(begun, begun.app(NOW - timedelta(hours=1)), NOW - timedelta(hours=1))
    assert begun.check(codes[0], NOW)
    assert not begun.check(codes[0], NOW)
    typed = codes[1].upper().replace("-", " ").replace("0", "O").replace("1", "I")
    assert begun.check(typed, NOW)
    with begun.database.read() as session:
        person = session.get_one(Administrator, begun.key)
        assert second_factor.recovery_codes_left(session, person) == 8
        used = session.scalars(select(AuditEntry).where(AuditEntry.action == "recovery_code.used")).all()
    assert [entry.detail for entry in used] == [{"left": "9"}, {"left": "8"}]


def test_somebody_else_s_recovery_code_is_a_wrong_code(begun: Ada) -> None:
    codes = confirm(begun, begun.app(NOW), NOW)
    with begun.database.transaction() as session:
        other = create_administrator(session, "bob", "correct horse battery", NOW)
        enrolment = second_factor.begin_enrolment(session, other, secret=SECRET, host="tool.example")
    bob = Ada(begun.database, other.id, enrolment.secret)
    confirm(bob, bob.app(NOW), NOW)
    assert not bob.check(codes[0], NOW)
    assert begun.check(codes[0], NOW)


def test_new_recovery_codes_replace_the_old_ones(begun: Ada) -> None:
    old = confirm(begun, begun.app(NOW), NOW)
    with begun.database.transaction() as session:
        person = session.get_one(Administrator, begun.key)
        new = second_factor.new_recovery_codes(session, person, NOW)
    assert not begun.check(old[0], NOW)
    assert begun.check(new[0], NOW)


def test_after_five_wrong_codes_even_the_right_one_has_to_wait_longer_each_time(ada: Ada) -> None:
    moment = NOW
    for _ in range(5):
        assert not ada.check("wrong", moment)
    for minutes in (5, 10, 20, 40):
        almost = moment + timedelta(minutes=minutes) - timedelta(seconds=1)
        assert refused(ada, ada.app(almost), almost) == "second_factor.wait"
        moment += timedelta(minutes=minutes)
        assert not ada.check("wrong", moment)
    assert ada.check(ada.app(moment + timedelta(hours=2)), moment + timedelta(hours=2))
    assert not ada.check("wrong", moment + timedelta(hours=3))
    assert ada.check(ada.app(moment + timedelta(hours=3)), moment + timedelta(hours=3)), (
        "counting begins again"
    )


def test_the_wait_never_exceeds_a_day_and_holds_for_recovery_codes_too(begun: Ada) -> None:
    codes = confirm(begun, begun.app(NOW), NOW)
    with begun.database.transaction() as session:
        person = session.get_one(Administrator, begun.key)
        person.failed_codes, person.failed_code_at = 1000, NOW
    assert refused(begun, codes[0], NOW + timedelta(hours=23)) == "second_factor.wait"
    assert begun.check(codes[0], NOW + timedelta(days=1))


def test_a_new_password_from_the_server_ends_the_wait(ada: Ada) -> None:
    for _ in range(5):
        ada.check("wrong", NOW)
    with ada.database.transaction() as session:
        person = session.get_one(Administrator, ada.key)
        set_password(session, person, "another horse battery", actor="command line", now=NOW)
    assert ada.check(ada.app(NOW), NOW)


def test_after_a_reset_nothing_of_the_old_app_works_and_a_new_one_is_set_up(begun: Ada) -> None:
    codes = confirm(begun, begun.app(NOW), NOW)
    with begun.database.transaction() as session:
        person = session.get_one(Administrator, begun.key)
        second_factor.reset_second_factor(session, person, actor="command line", now=NOW)
    later = NOW + timedelta(minutes=5)
    assert not begun.check(begun.app(later), later)
    assert not begun.check(codes[0], later)
    with begun.database.transaction() as session:
        person = session.get_one(Administrator, begun.key)
        fresh = second_factor.begin_enrolment(session, person, secret=SECRET, host="tool.example").secret
    assert fresh != begun.shared


def test_a_code_is_spent_for_its_own_administrator_and_no_other(ada: Ada) -> None:
    with ada.database.transaction() as session:
        bob = create_administrator(session, "bob", "another horse battery", NOW).id
    assert ada.check(ada.app(NOW), NOW)
    assert not ada.check(ada.app(NOW), NOW)
    with ada.database.read() as session:
        assert session.get_one(Administrator, bob).totp_last_step is None


def test_a_reset_takes_away_nobody_else_s_recovery_codes(ada: Ada) -> None:
    with ada.database.transaction() as session:
        bob = create_administrator(session, "bob", "another horse battery", NOW)
        second_factor.new_recovery_codes(session, bob, NOW)
        person = session.get_one(Administrator, ada.key)
        second_factor.reset_second_factor(session, person, actor="command line", now=NOW)
        assert second_factor.recovery_codes_left(session, person) == 0
        assert second_factor.recovery_codes_left(session, bob) == 10


def test_every_step_stands_in_the_audit_log_and_no_code_does(begun: Ada) -> None:
    codes = confirm(begun, begun.app(NOW), NOW)
    begun.check("wrong", NOW)
    begun.check(codes[0], NOW)
    assert begun.actions() == [
        "administrator.created",
        "second_factor.set_up",
        "second_factor.refused",
        "recovery_code.used",
    ]
    with begun.database.read() as session:
        text = " ".join(str(entry.detail) for entry in session.scalars(select(AuditEntry)))
    assert codes[0] not in text
    assert begun.shared not in text


def test_a_lost_secret_key_says_what_to_do(ada: Ada) -> None:
    with pytest.raises(Fixable) as refusal:
        ada.check("123456", NOW, secret="another secret of the tests, also long enough")
    assert refusal.value.code == "second_factor.unreadable"
    assert "reset-second-factor ada" in refusal.value.message


def test_a_new_secret_key_takes_over(ada: Ada) -> None:
    new = "another secret of the tests, also long enough"
    assert ada.check(ada.app(NOW), NOW, secret=f"{new}\n{SECRET}")
    with ada.database.transaction() as session:
        create_administrator(session, "bob", "another horse battery", NOW)  # who has no app yet
        assert second_factor.encrypt_secrets_again(session, f"{new}\n{SECRET}") == 1
    later = NOW + timedelta(minutes=5)
    assert ada.check(ada.app(later), later, secret=new)
