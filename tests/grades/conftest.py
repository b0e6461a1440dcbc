"""A course on a strict platform. SQLite only, save for tests that ask for `both_databases`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool.db import Database
from tests.grades.linked_course import Clock, Course, linked_course, sqlite_copy


@pytest.fixture
def database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    with sqlite_copy(sqlite_template, tmp_path) as database:
        yield database


@pytest.fixture
def both_databases(database_url: str) -> Iterator[Database]:
    """Each kind of database in turn."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def course(database: Database, clock: Clock) -> Iterator[Course]:
    with linked_course(database, clock) as course:
        yield course
