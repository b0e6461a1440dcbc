"""A school leaves: what is its own goes, what is others' stays as it was to the last bit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from lti_tool.db import Base, Database
from lti_tool.errors import Fixable, NotVisible
from lti_tool.models.courses import Person
from lti_tool.models.platforms import AuditEntry, Registration, RegistrationStatus
from lti_tool.usecases.delete_platform import delete_platform, look_at_leaving
from tests.every_table import Filled, fill_every_table, rows_of
from tests.factories import NOW, make_context, make_person, make_registration

# Whatever is nobody's in particular, or of the installation itself.
STAYS = {
    "administrators",
    "administrator_sessions",
    "audit_entries",
    "recovery_codes",
    "spent_states",
    "turns",
    "worker_processes",
}


def off(session: Session, key: int) -> str:
    registration = session.get_one(Registration, key)
    registration.status = RegistrationStatus.DISABLED
    session.flush()
    return registration.label


def everything(session: Session) -> dict[str, list[Mapping[str, Any]]]:
    return {table.name: rows_of(session, table) for table in Base.metadata.sorted_tables}


def key_of(table: Table, row: Mapping[str, Any]) -> Any:
    return row[next(iter(table.primary_key.columns)).name]


@pytest.fixture
def schools(database: Database) -> tuple[Database, Filled, Filled, str]:
    """Two schools with a row in every table; the first is switched off."""
    with database.transaction() as session:
        leaving, staying = fill_every_table(session, "leaving"), fill_every_table(session, "staying")
        return database, leaving, staying, off(session, leaving.keys["registrations"])


def test_f11_other_schools_are_bit_identical_before_and_after(
    schools: tuple[Database, Filled, Filled, str],
) -> None:
    database, leaving, _staying, label = schools
    with database.read() as session:
        before = everything(session)
    with database.transaction() as session:
        delete_platform(session, leaving.keys["registrations"], typed_name=label, actor="ada", now=NOW)
    with database.read() as session:
        after = everything(session)
    for table in Base.metadata.sorted_tables:
        kept = [
            row
            for row in before[table.name]
            if table.name in STAYS or key_of(table, row) != leaving.keys.get(table.name)
        ]
        assert after[table.name][: len(kept)] == kept, table.name
        assert len(after[table.name]) - len(kept) == (1 if table.name == "audit_entries" else 0), table.name
        assert table.name in STAYS or len(kept) == 1, "there was a row of each school"


def test_what_is_said_beforehand_is_what_goes(schools: tuple[Database, Filled, Filled, str]) -> None:
    database, leaving, _staying, label = schools
    key = leaving.keys["registrations"]
    with database.read() as session:
        said = look_at_leaving(session, key)
    lines = dict(said.lines())
    assert (lines["Courses"], lines["People"], lines["Signing keys"]) == (1, 1, 1)
    gone = {table.name for table in Base.metadata.sorted_tables} - STAYS - {"registrations"}
    assert said.rows.keys() == gone
    assert sum(lines.values()) == len(gone)
    with database.transaction() as session:
        assert delete_platform(session, key, typed_name=label, actor="ada", now=NOW).rows == said.rows


def test_f15_the_log_keeps_numbers_and_no_names(schools: tuple[Database, Filled, Filled, str]) -> None:
    database, leaving, _staying, label = schools
    with database.transaction() as session:
        delete_platform(session, leaving.keys["registrations"], typed_name=label, actor="ada", now=NOW)
    with database.read() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "registration.deleted"))
    assert (entry.actor, entry.subject) == ("ada", f"registration {leaving.keys['registrations']}")
    assert (entry.detail["people"], entry.detail["results"]) == ("1", "1")
    texts = {
        text
        for name, text in leaving.texts.items()
        if name not in {"registrations.issuer", "registrations.client_id"}
    }
    assert not texts & set(entry.detail.values())


@pytest.mark.parametrize(
    ("status", "typed", "code"),
    [
        (RegistrationStatus.ACTIVE, "Example LMS", "registration.not_disabled"),
        (RegistrationStatus.PENDING, "Example LMS", "registration.not_disabled"),
        (RegistrationStatus.DISABLED, "example lms", "registration.name_differs"),
        (RegistrationStatus.DISABLED, "", "registration.name_differs"),
    ],
)
def test_nothing_goes_while_it_is_in_use_or_without_its_name(
    database: Database, status: RegistrationStatus, typed: str, code: str
) -> None:
    with database.transaction() as session:
        registration = make_registration(session)
        make_person(session, make_context(session, registration=registration), "1")
        registration.status = status
        key = registration.id
    with pytest.raises(Fixable) as refused, database.transaction() as session:
        delete_platform(session, key, typed_name=typed, actor="ada", now=NOW)
    assert refused.value.code == code
    with database.read() as session:
        assert len(everything(session)["people"]) == 1
        assert everything(session)["audit_entries"] == []


def test_a_platform_that_is_not_there_is_not_deleted(database: Database) -> None:
    with pytest.raises(NotVisible), database.transaction() as session:
        delete_platform(session, 7, typed_name="", actor="ada", now=NOW)


def test_no_number_is_ever_given_again(database: Database) -> None:
    """The log says “person 2” for good, so no other person may become it."""
    keys = []
    for _round in range(2):
        with database.transaction() as session:
            registration = make_registration(session)
            person = make_person(session, make_context(session, registration=registration), "1")
            keys.append((registration.id, person.id))
            label = off(session, registration.id)
            delete_platform(session, registration.id, typed_name=label, actor="ada", now=NOW)
            assert session.scalar(select(Person.id)) is None
    assert keys[1] > keys[0]
    assert keys[1][1] > keys[0][1]
