"""Migrations and models agree, in both directions, on both kinds of database."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import delete, func, inspect, select, text
from sqlalchemy.exc import IntegrityError

import lti_tool.models
from lti_tool import migrations
from lti_tool.db import Base, Database
from lti_tool.models.courses import Context, Membership, Mode
from lti_tool.models.gradebook import Result
from lti_tool.models.platforms import Registration
from lti_tool.models.policies import CoursePolicy
from tests.factories import make_column, make_context, make_person, make_results

FIRST = "a399d98c1a6d"
BEFORE_POLICIES = "4e7a91d3c6f8"

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


def test_a_migration_keeps_what_is_stored(database: Database) -> None:
    with database.transaction() as session:
        context = make_context(session)
        make_results(
            session,
            make_column(session, context, activity_id="a"),
            {make_person(session, context, "1").id: 4.0},
        )
    migrations.downgrade(database, FIRST)
    migrations.upgrade(database)
    with database.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Result)) == 1
        assert session.scalar(select(func.count()).select_from(Membership)) == 1
        session.execute(delete(Context))
        assert session.scalar(select(func.count()).select_from(Membership)) == 0, (
            "foreign keys are at work again"
        )


def test_an_upgrade_of_an_up_to_date_database_changes_nothing(database: Database) -> None:
    migrations.upgrade(database)
    assert migrations.is_current(database)


def test_tables_that_were_built_anew_still_refuse_what_is_no_status(database: Database) -> None:
    with database.transaction() as session:
        make_context(session)
    with pytest.raises(IntegrityError), database.write() as connection:
        connection.execute(text("UPDATE registrations SET status = 'whatever'"))


def test_a_threshold_that_a_course_had_becomes_its_first_version_and_back(database: Database) -> None:
    with database.transaction() as session:
        chosen = make_context(session).id
        usual = make_context(session, registration=session.get_one(Registration, 1), context_id="2").id
    migrations.downgrade(database, BEFORE_POLICIES)
    with database.write() as connection:
        connection.execute(text(f"UPDATE contexts SET threshold = 0.8 WHERE id = {chosen}"))
    migrations.upgrade(database)
    with database.transaction() as session:
        [kept] = session.scalars(select(CoursePolicy))
        assert (kept.context_id, kept.version, kept.choices) == (chosen, 1, {"threshold": 0.8})
        assert session.get_one(Context, usual).mode is Mode.WRITE_BACK
    migrations.downgrade(database, BEFORE_POLICIES)
    with database.write() as connection:
        found = connection.execute(text("SELECT threshold FROM contexts ORDER BY id")).scalars().all()
    assert found == [0.8, 0.7]
    migrations.upgrade(database)
