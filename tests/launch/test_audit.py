"""The audit log: only ever added to, which the database itself sees to; read page by page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.launch import audit
from lti_tool.launch.audit import Entries, Wanted, known_actions, read_all, read_page, record
from lti_tool.models.platforms import AuditEntry
from tests.factories import NOW

EVERYTHING = Wanted()


def fill(database: Database, count: int = 7) -> None:
    with database.transaction() as session:
        for number in range(count):
            record(
                session,
                actor="ada" if number % 2 else "worker",
                action=f"action.{number % 3}",
                subject=f"registration {number}",
                now=datetime.now(UTC) - timedelta(days=count - number),
            )


def subjects(page: Entries) -> list[int]:
    return [int(entry.subject.rpartition(" ")[2]) for entry in page.entries]


@pytest.mark.parametrize(
    "statement",
    [
        update(AuditEntry).values(actor="somebody else"),
        update(AuditEntry).where(AuditEntry.id == 3).values(at=NOW - timedelta(days=3650)),
        delete(AuditEntry),
        delete(AuditEntry).where(AuditEntry.id == 3),
    ],
    ids=["change all", "change one", "delete all", "delete one"],
)
def test_the_database_refuses_to_change_or_delete_an_entry(database: Database, statement: object) -> None:
    fill(database)
    with pytest.raises(DBAPIError, match="append-only"), database.transaction() as session:
        session.execute(statement)  # type: ignore[call-overload]  # an update or a delete
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 7
        assert "somebody else" not in session.scalars(select(AuditEntry.actor)).all()


def test_the_table_cannot_be_emptied_at_once_either(database: Database) -> None:
    fill(database)
    # SQLite does not know the statement; PostgreSQL's would pass by a guard of single rows.
    with pytest.raises(DBAPIError, match=r"append-only|syntax error"), database.transaction() as session:
        session.execute(text("TRUNCATE audit_entries"))
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 7


def test_an_entry_can_be_deleted_once_it_is_three_years_old(database: Database) -> None:
    now = datetime.now(UTC)
    with database.transaction() as session:
        for days in (3 * 366, 3 * 365 - 2):
            record(session, actor="ada", action="a", subject=str(days), now=now - timedelta(days=days))
    with database.transaction() as session:
        session.execute(delete(AuditEntry).where(AuditEntry.subject == str(3 * 366)))
    with pytest.raises(DBAPIError), database.transaction() as session:
        session.execute(delete(AuditEntry))
    with pytest.raises(DBAPIError), database.transaction() as session:
        session.execute(update(AuditEntry).values(subject="x"))


def test_pages_follow_each_other_in_both_directions(database: Database) -> None:
    fill(database)
    with database.read() as session:
        first = read_page(session, EVERYTHING, size=3)
        second = read_page(session, EVERYTHING, size=3, before=first.older)
        third = read_page(session, EVERYTHING, size=3, before=second.older)
        assert [subjects(page) for page in (first, second, third)] == [[6, 5, 4], [3, 2, 1], [0]]
        assert (first.newer, third.older) == (None, None)
        back = read_page(session, EVERYTHING, size=3, after=third.newer)
        assert subjects(back) == [3, 2, 1]
        begin = read_page(session, EVERYTHING, size=3, after=back.newer)
        assert (subjects(begin), begin.newer) == ([6, 5, 4], None)


def test_a_page_stays_where_it_is_while_new_entries_arrive(database: Database) -> None:
    fill(database)
    with database.transaction() as session:
        first = read_page(session, EVERYTHING, size=3)
        record(session, actor="ada", action="a", subject="registration 99", now=NOW)
        session.flush()
        assert subjects(read_page(session, EVERYTHING, size=3, before=first.older)) == [3, 2, 1]


def test_an_empty_log_and_a_place_beyond_its_end_are_empty_pages(database: Database) -> None:
    with database.read() as session:
        assert read_page(session, EVERYTHING, size=3) == Entries((), None, None)
        assert read_page(session, EVERYTHING, size=3, before=1) == Entries((), None, None)
        assert read_page(session, EVERYTHING, size=3, after=99) == Entries((), None, None)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(about="ADA"), [5, 3, 1]),
        (Wanted(about="registration 4"), [4]),
        (Wanted(about="%"), []),
        (Wanted(actions=("action.0",)), [6, 3, 0]),
        (Wanted(actions=("action.0", "action.1"), about="ada"), [3, 1]),
        (Wanted(since=datetime.now(UTC) - timedelta(days=2, hours=12)), [6, 5]),
    ],
    ids=["actor", "subject", "no wildcards", "action", "both", "days"],
)
def test_filters_leave_what_is_asked_for(database: Database, wanted: Wanted, found: list[int]) -> None:
    fill(database)
    with database.read() as session:
        assert subjects(read_page(session, wanted, size=10)) == found
        assert [int(entry.subject[-1]) for entry in read_all(session, wanted)] == found


def test_the_actions_in_the_log_are_known(database: Database) -> None:
    fill(database)
    with database.read() as session:
        assert list(known_actions(session)) == ["action.0", "action.1", "action.2"]


def test_long_names_are_cut_to_what_the_table_holds(database: Database) -> None:
    def recorded(session: Session) -> AuditEntry:
        audit.record(session, actor="a" * 300, action="x", subject="s" * 300, now=NOW, kid="k")
        session.flush()
        return session.scalars(select(AuditEntry)).one()

    with database.transaction() as session:
        entry = recorded(session)
    assert (len(entry.actor), len(entry.subject), entry.detail) == (120, 120, {"kid": "k"})
