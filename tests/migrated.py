"""An empty SQLite database with all tables: migrated once in a process, and copied after that."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from lti_tool import migrations
from lti_tool.db import Database


def migrated_sqlite(path: Path) -> str:
    """Make such a database at `path`; its address."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "template.sqlite"
        database = Database(f"sqlite:///{path}")
        migrations.upgrade(database)
        database.close()  # the last connection takes the write-ahead log into the one file
        return path.read_bytes()
