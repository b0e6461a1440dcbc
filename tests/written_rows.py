"""How many rows of which tables a piece of work writes, as the database itself counts them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from lti_tool.db import Database

_WRITING = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")


@contextmanager
def written_rows(database: Database) -> Iterator[Counter[str]]:
    """Counts rows inserted, changed and deleted within, by table."""
    rows: Counter[str] = Counter()

    def count(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        found = _WRITING.match(statement)
        # Of rows that a statement gives back SQLite does not know the number before they are read.
        number = max(cursor.rowcount, 1) if " RETURNING " in statement else cursor.rowcount
        if found and number:
            rows[found[1]] += number

    event.listen(database.engine, "after_cursor_execute", count)
    try:
        yield rows
    finally:
        event.remove(database.engine, "after_cursor_execute", count)
