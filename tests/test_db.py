"""Connections that the server ended, and threads that want to write at the same time."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from lti_tool import db
from lti_tool.db import Database
from lti_tool.models.platforms import Registration
from tests.factories import make_registration

WRITERS, TIMES = 4, 10


def end_all_others(server: Engine) -> None:
    """What a restart of the server does to open connections."""
    with server.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        )


@pytest.fixture
def rested(postgresql_server: Engine, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database whose pools hold connections that have not been used for a while."""
    database = Database(postgresql_server.url.render_as_string(hide_password=False))
    monkeypatch.setattr(db, "_REST_SECONDS", 0.0)
    for opened in (database.connect, database.write):
        with opened() as connection:
            connection.execute(text("SELECT 1"))
    return database


def test_a_connection_that_rested_and_was_ended_is_replaced_before_its_next_use(
    rested: Database, postgresql_server: Engine
) -> None:
    end_all_others(postgresql_server)
    for opened in (rested.connect, rested.write):
        with opened() as connection:
            assert connection.execute(text("SELECT 1")).scalar() == 1
    rested.close()


def test_a_connection_that_is_ended_between_two_uses_costs_one_error(
    rested: Database, postgresql_server: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_REST_SECONDS", 60.0)
    end_all_others(postgresql_server)
    with pytest.raises(OperationalError), rested.connect() as connection:
        connection.execute(text("SELECT 1"))
    with rested.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar() == 1
    rested.close()


def test_what_threads_write_at_the_same_time_is_all_there(database: Database) -> None:
    with database.transaction() as session:
        make_registration(session).label = "0"

    def count(_number: int) -> None:
        for _ in range(TIMES):
            with database.transaction() as session:
                row = session.scalars(select(Registration).with_for_update()).one()
                row.label = str(int(row.label) + 1)

    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(count, range(WRITERS)))
    with database.read() as session:
        assert session.scalars(select(Registration.label)).one() == str(WRITERS * TIMES)


def test_who_waits_too_long_for_a_turn_hears_it_from_the_database(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "_LONGEST_WAIT_SECONDS", 0.05)
    database = Database(sqlite_url)
    with database.write(), pytest.raises(sqlite3.OperationalError, match="locked"), database.write():
        pass
    with database.write() as connection:  # and the turn is free again
        assert connection.execute(text("SELECT 1")).scalar() == 1
    database.close()


def test_an_error_of_the_database_does_not_repeat_what_was_to_be_written(database: Database) -> None:
    statement = text("INSERT INTO no_such_table VALUES (:name)")
    with pytest.raises(DBAPIError) as failed, database.transaction() as session:
        session.execute(statement, {"name": "Ana Morales"})
    assert "Ana" not in str(failed.value)
    with pytest.raises(DBAPIError) as failed, database.connect() as connection:
        connection.execute(statement, {"name": "Ana Morales"})
    assert "Ana" not in str(failed.value)
