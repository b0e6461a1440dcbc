"""Each row of the table in which a process dies, with real processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from lti_tool.db import Database
from tests.conftest import empty
from tests.faults.extent import EVERYTHING, KINDS, ROUNDS, on_databases
from tests.faults.table import PROCESSES, Death
from tests.faults.workshop import Workshop, open_workshop
from tests.grades.linked_course import sqlite_copy

ROWS = on_databases([row for row in PROCESSES if EVERYTHING or row.quick])


@pytest.fixture(scope="module", params=KINDS)
def workshop(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path
) -> Iterator[Workshop]:
    """One workshop for the whole table: the worker that mends one row is the one that dies in the next."""
    folder = tmp_path_factory.mktemp("workshop")
    if request.param == "sqlite":
        with sqlite_copy(sqlite_template, folder) as database, open_workshop(database, folder) as workshop:
            yield workshop
        return
    server: Engine = request.getfixturevalue("postgresql_server")
    database = Database(server.url.render_as_string(hide_password=False))
    with open_workshop(database, folder) as workshop:
        yield workshop
    database.close()
    empty(server)


@pytest.mark.parametrize(("row", "workshop"), ROWS, indirect=["workshop"], ids=str)
def test_fault(row: Death, workshop: Workshop) -> None:
    for _ in range(ROUNDS if row.rounds else 1):
        row.story(workshop, next(workshop.names))
        workshop.check()
