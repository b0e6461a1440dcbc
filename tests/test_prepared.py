"""Prepared statements give and take exactly what SQLAlchemy does by itself, on both kinds of database."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import DeclarativeBase, Session

from lti_tool.db import Database
from lti_tool.models.courses import Context, Membership
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Deployment, PlatformNotice, Registration
from lti_tool.prepared import Prepared, plain
from tests.factories import NOW, make_context, make_person, make_registration

NOTICE = {"deployment_id": 1, "notice_id": "n", "notice_type": "t", "received_at": NOW}


def filled(session: Session) -> None:
    """Rows with every kind of column that launches read: text, numbers, moments, choices, lists, nothing."""
    registration = make_registration(session)
    registration.scopes, registration.service_hosts = ["a", "é"], []
    context = make_context(session, registration=registration)
    person = make_person(session, context, "1", is_test=True)
    session.add(
        LaunchSession(
            public_id="p",
            browser_hash="b",
            deployment_id=context.deployment_id,
            person_id=person.id,
            context_id=context.id,
            message_type="LtiResourceLinkRequest",
            roles=["learner"],
            deep_linking={"accept_types": ["ltiResourceLink"], "data": "♥"},
            created_at=NOW,
            last_seen_at=NOW,
            expires_at=datetime(2026, 3, 2, 21, 0, 0, 250000, tzinfo=UTC),
        )
    )


@pytest.mark.parametrize("model", [Registration, Deployment, Context, Membership, LaunchSession])
def test_a_query_gives_the_same_values_of_the_same_types(
    database: Database, model: type[DeclarativeBase]
) -> None:
    with database.transaction() as session:
        filled(session)
    query = select(*model.__table__.c)
    with database.connect() as connection:
        expected = [tuple(row) for row in connection.execute(query)]
        found = Prepared(query).all(connection, {})
    assert found == expected
    assert [[type(value) for value in row] for row in found] == [
        [type(value) for value in row] for row in expected
    ]


def test_parameters_go_in_by_name_and_constants_stay(database: Database) -> None:
    with database.transaction() as session:
        filled(session)
    query = Prepared(
        select(Membership.id, func.coalesce(Membership.is_learner, False))
        .where(Membership.seen_at == bindparam("seen_at", type_=Membership.seen_at.type))
        .limit(3)
    )
    with database.connect() as connection:
        assert query.first(connection, {"seen_at": NOW, "unused": 7}) == (1, True)
        assert query.first(connection, {"seen_at": NOW.replace(year=2025)}) is None


@pytest.mark.parametrize("value", ["'; DROP TABLE people; --", "%s %(issuer)s :issuer", "\\", "é\n\t"])
def test_no_value_is_ever_part_of_the_statement(database: Database, value: str) -> None:
    with database.transaction() as session:
        make_registration(session, issuer=value)
    query = Prepared(select(Registration.issuer).where(Registration.issuer == bindparam("issuer")))
    with database.connect() as connection:
        assert query.all(connection, {"issuer": value}) == [(value,)]


def notices(database: Database) -> Any:
    with database.read() as session:
        return session.scalars(select(PlatformNotice.received_at)).all()


def test_an_insertion_belongs_to_the_transaction_of_its_connection(database: Database) -> None:
    with database.transaction() as session:
        make_context(session)
    put = Prepared(insert(PlatformNotice).inline(), columns=list(NOTICE))
    with database.engine.connect() as connection, connection.begin() as transaction:
        put.all(connection, NOTICE)
        transaction.rollback()
    assert notices(database) == []
    with database.write() as connection:
        assert put.all(connection, NOTICE) == []
    assert notices(database) == [NOW]
    with pytest.raises(Exception, match=r"(?i)unique"), database.write() as connection:
        put.all(connection, NOTICE)


def test_a_missing_parameter_is_an_error_and_not_nothing(database: Database) -> None:
    query = Prepared(select(Registration.id).where(Registration.issuer == bindparam("issuer")))
    with database.connect() as connection, pytest.raises(Exception, match="issuer"):
        query.all(connection, {})


def test_a_plain_object_has_its_columns_and_no_session() -> None:
    made = plain(Registration, ("id", "issuer"), (7, "https://lms.example"))
    assert (made.id, made.issuer) == (7, "https://lms.example")
    with pytest.raises(ValueError, match="zip"):
        plain(Registration, ("id", "issuer"), (7,))


def test_a_plain_object_can_be_read_in_a_process_that_has_used_no_model_yet() -> None:
    """The first launch of a new process meets models that SQLAlchemy has not finished; opening finishes them."""
    program = (
        "from lti_tool.db import Database\n"
        "from lti_tool.models.launches import LaunchSession\n"
        "from lti_tool.prepared import plain\n"
        "Database('sqlite://')\n"
        "print(plain(LaunchSession, ['public_id'], ['p']).public_id)\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ran.stdout, ran.stderr) == ("p\n", "")
