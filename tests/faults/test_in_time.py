"""Each row of the table in which time passes, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

from lti_tool.db import Database
from tests.faults.bench import open_bench
from tests.faults.table import IN_TIME, Row


@pytest.mark.parametrize("row", IN_TIME, ids=lambda row: f"{row.number} {row.sentence}")
def test_fault(row: Row, database: Database) -> None:
    with open_bench(database) as bench:
        story = row.story(bench)
        next(story)
        assert bench.standing() == row.trouble
        assert next(story, "the end") == "the end"
        assert bench.standing() == row.end
        bench.check()
