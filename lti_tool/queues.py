"""Where triggers for the worker are kept: a SQLite file, PostgreSQL, or Redis, as `queue_url` says.

A trigger only says "look now" and carries row ids at most; what is to be done stands in the database, so a queue
that is lost with all its triggers loses nothing. The three storages are Huey's own
(https://huey.readthedocs.io/en/latest/api.html): that for PostgreSQL speaks psycopg 3, lets many processes take
tasks (`SKIP LOCKED`) and wakes them (`LISTEN`), so neither a second driver nor a broker is needed. Redis needs its
client, `waymark-lti[redis]`.

Huey writes tasks as pickles, and reading a pickle runs what is in it; so they are signed with a key derived from the
installation's secret, and whoever can write to the queue alone can make us run nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from huey import Huey, PostgresHuey, PriorityRedisHuey, SqliteHuey
from huey.serializer import SignedSerializer
from sqlalchemy.engine import URL, make_url

from lti_tool.errors import Fixable, SettingsError
from lti_tool.launch.secrets import Purpose, derived_key
from lti_tool.settings import Settings

NAME = "waymark"
# Huey makes its tables itself; in a schema of their own they stay out of the way of ours and of migrations.
POSTGRESQL_SCHEMA = "waymark_queue"
# Any number that no other program takes for a lock in the same database: here the letters "waymark".
_MAKING_TABLES = int.from_bytes(b"waymark")
CONNECT_SECONDS = 3


@dataclass(frozen=True, slots=True)
class Storage:
    """Huey with its storage, and what it raises when that cannot be reached."""

    huey: Huey
    errors: tuple[type[Exception], ...]
    blocks: bool


def open_storage(settings: Settings) -> Storage:
    """The storage that `settings` name: by default that of the database itself.

    Raises SettingsError, or Fixable `queue.unreachable`.
    """
    key = derived_key(settings.secret_key.get_secret_value(), Purpose.QUEUE).hex()
    options = {"results": False, "serializer": SignedSerializer(secret=key)}
    address = queue_address(settings)
    match address.get_backend_name():
        case "sqlite":
            return _file(Path(str(address.database)), options)
        case "postgresql":
            return _postgresql(address, options)
        case _:
            return _redis(address, options)


def queue_address(settings: Settings) -> URL:
    """Where triggers are kept: as set, else in PostgreSQL, or in a file beside a SQLite database."""
    if settings.queue_url:
        return make_url(settings.queue_url)
    address = make_url(settings.database_url)
    if address.get_backend_name() != "sqlite":
        return address
    if address.database in {None, "", ":memory:"}:
        raise SettingsError(
            [
                "LTI_TOOL_QUEUE_URL is missing; name a file that web and worker share, as sqlite:////path/to/file"
            ]
        )
    database = Path(str(address.database))
    return address.set(database=str(database.with_name(f"{database.stem}-queue.sqlite")))


def _file(path: Path, options: dict[str, Any]) -> Storage:
    path.parent.mkdir(parents=True, exist_ok=True)
    huey = SqliteHuey(NAME, filename=str(path), timeout=10, **options)
    return Storage(huey, (sqlite3.Error,), blocks=False)


def _postgresql(address: URL, options: dict[str, Any]) -> Storage:
    connect = _connector(address)
    try:
        with connect() as connection:  # two processes that make the same tables at once would stumble
            connection.execute("SELECT pg_advisory_lock(%s)", (_MAKING_TABLES,))
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {POSTGRESQL_SCHEMA}")
            huey = PostgresHuey(NAME, connection=connect, **options)
    except psycopg.Error as error:
        raise _unreachable(error) from error
    return Storage(huey, (psycopg.Error,), blocks=True)


def _connector(address: URL) -> Callable[[], psycopg.Connection[Any]]:
    plain = address.set(drivername="postgresql").render_as_string(hide_password=False)

    def connect() -> psycopg.Connection[Any]:
        connection = psycopg.connect(plain, connect_timeout=CONNECT_SECONDS, autocommit=True)
        connection.execute(f"SET search_path TO {POSTGRESQL_SCHEMA}")
        return connection

    return connect


def _redis(address: URL, options: dict[str, Any]) -> Storage:
    try:
        from redis import ConnectionPool, RedisError  # noqa: PLC0415  an extra: most schools need no Redis
    except ImportError:
        raise SettingsError(
            ["LTI_TOOL_QUEUE_URL names Redis, whose client is missing; install waymark-lti[redis]"]
        ) from None
    pool = ConnectionPool.from_url(
        address.render_as_string(hide_password=False),
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=2 * CONNECT_SECONDS,
    )
    huey = PriorityRedisHuey(NAME, connection_pool=pool, **options)
    return Storage(huey, (RedisError, OSError), blocks=True)


def _unreachable(error: psycopg.Error) -> Fixable:
    return Fixable(
        "queue.unreachable",
        "The queue in PostgreSQL cannot be opened; check LTI_TOOL_QUEUE_URL (or LTI_TOOL_DATABASE_URL), and that its "
        f"user may create the schema {POSTGRESQL_SCHEMA}.",
        detail=type(error).__name__,
    )
