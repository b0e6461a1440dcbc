"""The database: engine, sessions and column types that behave the same on SQLite and PostgreSQL.

SQLite runs in WAL mode with foreign keys on. A transaction that will write says so at its beginning
(`BEGIN IMMEDIATE`): otherwise a read that turns into a write while another process has written fails
at once, however long the busy time-out is (sqlite.org/isolation.html).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import Any

from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

_WRITING = "waymark_writing"
_LONGEST_WAIT_SECONDS = 20
_RESTED_SINCE = "waymark_rested_since"
_REST_SECONDS = 2.0

# https://www.sqlite.org/rescode.html
_SQLITE_TROUBLES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Declarative base; constraint names follow one rule so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


_WITHOUT_WAITING = text("SET LOCAL synchronous_commit TO off")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, timezone-aware, stored in UTC. SQLite keeps no zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a timezone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """One database address with its connection pools."""

    def __init__(self, url: str) -> None:
        # SQLAlchemy finishes its models when one is first used; a second thread that came with its first
        # launch meanwhile would meet them half made (lti_tool/prepared.py goes past the check for that).
        Base.registry.configure()
        self.engine = _create_engine(url)
        self._writing = threading.Lock() if self.engine.name == "sqlite" else None
        self._writer = self.engine.execution_options(**{_WRITING: True})
        # Single queries need no transaction, which costs two more round trips.
        self._reader = _engine(self.engine.url, isolation_level="AUTOCOMMIT")
        if self.engine.name != "sqlite":
            _ask_after_a_rest(self._reader)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session for reading; whatever was changed in it is dropped at the end."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A bare connection for single queries, where every launch passes and each of them counts."""
        with self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A bare connection in a transaction: its changes are committed together at the end, or not at all."""
        with self._turn(), self._writer.begin() as connection:
            yield connection

    @contextmanager
    def transaction(self, *, passing: bool = False) -> Iterator[Session]:
        """A session whose changes are committed together at the end, or not at all.

        `passing` changes may be lost if the database server itself crashes within a second: nobody waits until they
        have reached PostgreSQL's disk. SQLite in its WAL mode does not wait for that anyway.
        """
        with self._turn(), Session(self._writer, expire_on_commit=False) as session, session.begin():
            connection = (
                session.connection()
            )  # SQLite's lock from the beginning, so that what is read stays true
            if passing and self.engine.name == "postgresql":
                connection.execute(_WITHOUT_WAITING)
            yield session

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one thread of this process write at a time, where the database takes no more anyway.

        SQLite wakes nobody who waits for its lock: they look again after some milliseconds, whether or not it
        was free in between. Here they queue. Whoever waits too long goes on to SQLite's own refusal.
        """
        waited = self._writing is None or self._writing.acquire(timeout=_LONGEST_WAIT_SECONDS)
        try:
            yield
        finally:
            if self._writing is not None and waited:
                self._writing.release()

    def is_unavailable(self, error: BaseException) -> bool:
        """Whether `error` says that the database cannot serve at the moment: locked, full, gone, starting again.

        Any other error of it means that a statement of ours is wrong.
        """
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, sqlite3.OperationalError):
            return cause.sqlite_errorcode & 0xFF in _SQLITE_TROUBLES
        dbapi: Any = self.engine.dialect.loaded_dbapi
        return isinstance(cause, dbapi.OperationalError | PoolTimeout)

    def close(self) -> None:
        """Give all pooled connections back."""
        self.engine.dispose()
        self._reader.dispose()


def database_time(session: Session) -> datetime:
    """What time it is for the database: the one clock that all machines share. SQLite has that of its machine."""
    if session.get_bind().dialect.name == "sqlite":
        return datetime.now(UTC)
    moment: datetime = session.scalars(select(func.clock_timestamp())).one()
    return moment.astimezone(UTC)


def _engine(address: URL, **options: Any) -> Engine:
    # Errors are logged; the values of a statement hold names and answers.
    return create_engine(address, hide_parameters=True, **options)


def _create_engine(url: str) -> Engine:
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() != "sqlite":
        engine = _engine(address, pool_size=8, max_overflow=8)
        _ask_after_a_rest(engine)
        _wait_so_long_for_locks(engine)
        return engine

    engine = _engine(address, connect_args={"timeout": _LONGEST_WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver's own implicit BEGIN is switched off; `_begin` below decides.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get(_WRITING, False)
        # To the driver directly, because this is the commonest statement of all.
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _wait_so_long_for_locks(engine: Engine) -> None:
    """PostgreSQL waits for a lock for ever by itself, and the person at the screen with it."""

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.execute(f"SET lock_timeout = '{_LONGEST_WAIT_SECONDS}s'")
        connection.commit()


def _ask_after_a_rest(engine: Engine) -> None:
    """Find out whether a connection still stands before it is used again, unless it was used just now.

    SQLAlchemy's own way (`pool_pre_ping`) asks each time, which is a round trip more for every page.
    """

    @event.listens_for(engine, "checkin")
    def _note(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info[_RESTED_SINCE] = monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        if monotonic() - record.info.get(_RESTED_SINCE, monotonic()) < _REST_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error
