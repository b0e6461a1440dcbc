"""The demo LMS's own SQLite file."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import current_app, g
from sqlalchemy import DateTime, Dialect, Engine, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

BUSY_TIMEOUT_SECONDS = 20


class Base(DeclarativeBase):
    """All tables of the demo LMS."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, stored in UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def open_database(path: Path) -> Engine:
    """Open (or make) the database file with all its tables.

    Errors: OSError where the folder cannot be made, sqlalchemy's OperationalError where the file cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
        pool_size=20,
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "begin", _begin)
    Base.metadata.create_all(engine)
    return engine


def _prepare_connection(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Any) -> None:
    # A transaction that starts as a reader and then writes can fail at once when another writer came between;
    # taking the write lock at the start makes writers wait for each other instead.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def db() -> Session:
    """The database session of the present request; closed without saving at its end unless committed."""
    if "db" not in g:
        g.db = Session(current_app.extensions["demo_lms_engine"], expire_on_commit=False)
    session: Session = g.db
    return session


def close_db(_error: BaseException | None = None) -> None:
    """Give the request's connection back."""
    session: Session | None = g.pop("db", None)
    if session is not None:
        session.close()
