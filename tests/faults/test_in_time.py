"""Each row of the table in which time passes."""

from __future__ import annotations

import pytest

from lti_tool.db import Database
from tests.faults.bench import open_bench
from tests.faults.extent import on_databases
from tests.faults.table import IN_TIME, Row


@pytest.mark.parametrize(("row", "database_url"), on_databases(IN_TIME), indirect=["database_url"], ids=str)
def test_fault(row: Row, database: Database) -> None:
    with open_bench(database) as bench:
        story = row.story(bench)
        next(story)
        assert bench.standing() == row.trouble
        assert next(story, "the end") == "the end"
        assert bench.standing() == row.end
        bench.check()
