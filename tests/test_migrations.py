"""Migrations and models agree, in both directions, on both kinds of database."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

import lti_tool.models
from lti_tool import migrations
from lti_tool.db import Base, Database

_ = lti_tool.models  # importing the package registers every table


def test_the_migrated_schema_is_exactly_what_the_models_say(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert migrations.is_current(database)


def test_every_migration_can_be_taken_back(database: Database) -> None:
    migrations.downgrade(database, "base")
    assert set(inspect(database.engine).get_table_names()) == {"alembic_version"}
    migrations.upgrade(database)
    assert migrations.is_current(database)


def test_an_upgrade_of_an_up_to_date_database_changes_nothing(database: Database) -> None:
    migrations.upgrade(database)
    assert migrations.is_current(database)
