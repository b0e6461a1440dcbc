"""The database: engine, sessions and column types that behave the same on SQLite and PostgreSQL.

SQLite runs in WAL mode with foreign keys on. A transaction that will write says so at its beginning
(`BEGIN IMMEDIATE`): otherwise a read that turns into a write while another process has written fails
at once, however long the busy time-out is (sqlite.org/isolation.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

_WRITING = "waymark_writing"

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
        self._writer = self.engine.execution_options(**{_WRITING: True})
        # Single queries need no transaction, which costs two more round trips.
        self._reader = create_engine(
            self.engine.url, isolation_level="AUTOCOMMIT", pool_pre_ping=self.engine.name != "sqlite"
        )

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
        with self._writer.begin() as connection:
            yield connection

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are committed together at the end, or not at all."""
        with Session(self._writer, expire_on_commit=False) as session, session.begin():
            session.connection()  # SQLite's lock from the beginning, so that what is read stays true
            yield session

    def close(self) -> None:
        """Give all pooled connections back."""
        self.engine.dispose()
        self._reader.dispose()


def _create_engine(url: str) -> Engine:
    address = make_url(url)
    if address.drivername in {"postgresql", "postgres"}:
        address = address.set(drivername="postgresql+psycopg")
    if address.get_backend_name() != "sqlite":
        return create_engine(address, pool_pre_ping=True, pool_size=8, max_overflow=8)

    engine = create_engine(address, connect_args={"timeout": 20})

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
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
