"""A database that tells whether anybody has changed it, and can be put back: a new one for each cell takes too long."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine

from lti_tool.db import Base


class Kept(Protocol):
    """What the tests need of either kind."""

    def version(self) -> int:
        """A number that is another one as soon as anybody has changed the database."""

    def put_back(self) -> None:
        """Undo whatever was changed since it was kept."""


class KeptSqlite:
    """SQLite: a copy of the file."""

    def __init__(self, file: Path, saved: Path, watcher: sqlite3.Connection) -> None:
        self._file, self._saved, self._watcher = file, saved, watcher

    def version(self) -> int:
        [version] = self._watcher.execute("PRAGMA data_version").fetchone()
        return int(version)

    def put_back(self) -> None:
        with closing(sqlite3.connect(self._saved)) as saved, closing(sqlite3.connect(self._file)) as live:
            saved.backup(live)


class KeptPostgresql:
    """PostgreSQL: a copy of each table; whoever changes something takes the next number for a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        tables = [table.name for table in Base.metadata.sorted_tables]
        self._restore = "; ".join(
            f"DELETE FROM {name}; INSERT INTO {name} SELECT * FROM kept.{name}" for name in tables
        )
        self._do("DROP SCHEMA IF EXISTS kept CASCADE; CREATE SCHEMA kept")
        self._do("; ".join(f"CREATE TABLE kept.{name} AS TABLE {name}" for name in tables))
        # No triggers and no foreign keys while rows go and come back.
        self._do("SET session_replication_role = replica")

    def version(self) -> int:
        found = self._connection.exec_driver_sql("SELECT pg_snapshot_xmax(pg_current_snapshot())::text")
        return int(found.scalar_one())

    def put_back(self) -> None:
        self._do(f"BEGIN; {self._restore}; COMMIT")

    def _do(self, statements: str) -> None:
        self._connection.exec_driver_sql(statements)


@contextmanager
def kept_sqlite(file: Path, folder: Path) -> Iterator[Kept]:
    """Keep what is in this file now."""
    saved = folder / "saved.sqlite"
    with closing(sqlite3.connect(file)) as live, closing(sqlite3.connect(saved)) as copy:
        live.backup(copy)
    with closing(sqlite3.connect(file)) as watcher:
        yield KeptSqlite(file, saved, watcher)


@contextmanager
def kept_postgresql(server: Engine) -> Iterator[Kept]:
    """Keep what is in this server's one database now."""
    with server.connect() as connection:
        yield KeptPostgresql(connection)
        connection.exec_driver_sql("DROP SCHEMA kept CASCADE")
