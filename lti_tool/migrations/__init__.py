"""Schema history (Alembic) and the commands that move a database along it.

One migration per change, named by date, with both directions. Alembic is called directly, without an
ini file: the database comes from the settings like everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from lti_tool.db import Database
from lti_tool.errors import Fixable


def upgrade(database: Database) -> None:
    """Bring the schema to the newest revision; does nothing where it is already there.

    Raises Fixable `database.unreachable` when the database cannot be opened.
    """
    _run(database, lambda config: command.upgrade(config, "head"))


def downgrade(database: Database, revision: str) -> None:
    """Take the schema back to `revision` ("base" for an empty database)."""
    _run(database, lambda config: command.downgrade(config, revision))


def is_current(database: Database) -> bool:
    """Whether the schema is at the newest revision."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest


def make_revision(database: Database, message: str) -> None:
    """Write a new revision file with the difference between the models and `database`."""

    def write(config: Config) -> None:
        command.revision(config, message=message, autogenerate=True)

    _run(database, write)


def _run(database: Database, action: Callable[[Config], None]) -> None:
    config = _config()
    try:
        with database.engine.connect() as connection, _rebuilding_tables(connection):
            config.attributes["connection"] = connection
            action(config)
    except DBAPIError as error:
        raise Fixable(
            "database.unreachable",
            "The database cannot be opened; check LTI_TOOL_DATABASE_URL and that its server or folder is there.",
            detail=str(error.orig),
        ) from error


@contextmanager
def _rebuilding_tables(connection: Connection) -> Iterator[None]:
    """SQLite changes a table by building it anew, and dropping the old one must not delete what refers to it.

    See https://www.sqlite.org/lang_altertable.html#making_other_kinds_of_table_schema_changes; the pragma
    has no effect inside a transaction, so it goes to the driver's connection.
    """
    driver = connection.connection.driver_connection
    if connection.dialect.name != "sqlite" or driver is None:
        yield
        return
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d_%%(month).2d_%%(day).2d_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config
