"""What a person's export holds: everything of the schema that is about the person, and nobody else's."""

from __future__ import annotations

from sqlalchemy import Table

from lti_tool.db import Base, Database
from lti_tool.models.courses import Person
from lti_tool.models.learning import CheckResponse
from lti_tool.usecases.learner_records import read_learner_records
from lti_tool.usecases.personal_inventory import (
    LEFT_OUT,
    NOT_ABOUT_PEOPLE,
    WITHHELD,
    column_labels,
    inventory,
)
from tests.every_table import fill_every_table
from tests.factories import NOW, ratios

PLACES = (
    "registrations",
    "deployments",
    "administrators",
    "lanes",
    "platform_key_sets",
    "platform_policies",
    "notice_services",
)


def about_people() -> set[str]:
    """Tables whose rows belong to a person, or to something that does."""
    found = {"people"}
    while True:
        more = {table.name for table in Base.metadata.sorted_tables if targets(table) & found} - found
        if not more:
            return found
        found |= more


def targets(table: Table) -> set[str]:
    return {key.column.table.name for key in table.foreign_keys}


def test_every_column_that_hangs_on_a_person_is_in_the_export_or_has_a_reason_not_to_be() -> None:
    exported = {
        f"{records.table.name}.{name}"
        for records in inventory()
        for name in (*records.columns, records.by[0])
    }
    columns = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name in about_people() - WITHHELD.keys()
        for column in table.columns
    }
    assert columns - exported - LEFT_OUT.keys() == set()
    assert LEFT_OUT.keys() - columns == set(), "a reason for what is not there"
    assert LEFT_OUT.keys() & exported == set(), "a reason for what is in the export"


def test_every_other_table_has_a_reason_to_be_without_people() -> None:
    known = {records.table.name for records in inventory()} | NOT_ABOUT_PEOPLE.keys() | WITHHELD.keys()
    assert {table.name for table in Base.metadata.sorted_tables} ^ known == set()
    assert about_people() & NOT_ABOUT_PEOPLE.keys() == set()


def test_a_note_about_two_students_is_in_no_export() -> None:
    assert set(WITHHELD) == {"pair_wishes"}
    assert not {records.table.name for records in inventory()} & WITHHELD.keys()


def test_every_column_that_leads_to_a_person_is_followed() -> None:
    leading = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        if table.name not in WITHHELD
        for column in table.columns
        if any(key.column.table.name == "people" for key in column.foreign_keys)
    }
    followed = {f"{records.table.name}.{records.by[0]}" for records in inventory()}
    assert leading - followed == set()


def test_every_column_has_a_name_for_people_and_none_is_left_over() -> None:
    exported = {name for records in inventory() for name in records.columns}
    assert exported ^ column_labels().keys() == set()


def test_everything_that_is_stored_comes_out_and_nothing_of_anybody_else(database: Database) -> None:
    with database.transaction() as session:
        ana = fill_every_table(session, "ana")
        ben = fill_every_table(session, "ben", like=ana, shared=PLACES)
        fill_every_table(session, "cyd")
    with database.read() as session:
        records = read_learner_records(session, session.get_one(Person, ana.person), now=NOW)
    said = str([section.rows for section in records.sections])
    tables = {records.table.name for records in inventory()}
    for name, text in ana.texts.items():
        if name.split(".")[0] in tables:
            assert (text in said) == (name not in LEFT_OUT), name
    everything = str(records)
    assert not [text for text in ben.texts.values() if text in everything]
    assert "ben " not in everything
    assert "cyd " not in everything
    assert "somebody else" not in everything
    for section in records.sections:
        if section.key != "conclusions":
            assert len(section.rows) == 1, section.key


def test_numbers_are_told_by_their_titles_and_skills_by_their_words(database: Database) -> None:
    with database.transaction() as session:
        ana = fill_every_table(session, "ana")
    with database.read() as session:
        records = read_learner_records(session, session.get_one(Person, ana.person), now=NOW)
    assert records.names["context_id"] == {str(ana.keys["contexts"]): "ana contexts.title"}
    assert records.names["line_item_id"] == {str(ana.keys["line_items"]): "ana line_items.label"}
    assert records.names["column_id"] == {str(ana.keys["gradebook_columns"]): "ana gradebook_columns.label"}
    [conclusions] = [section for section in records.sections if section.key == "conclusions"]
    assert {row["level"] for row in conclusions.rows} == {"Not started"}
    assert {row["skill_id"] for row in conclusions.rows} == records.names["skill_id"].keys()


def test_answers_stand_beside_the_words_of_their_question(database: Database) -> None:
    question = next(iter(ratios().checks.values())).questions[0]
    with database.transaction() as session:
        ana = fill_every_table(session, "ana")
        session.get_one(CheckResponse, ana.keys["check_responses"]).question_id = question.id
    with database.read() as session:
        records = read_learner_records(session, session.get_one(Person, ana.person), now=NOW)
    assert records.names["question_id"] == {question.id: question.prompt}
