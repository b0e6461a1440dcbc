"""Who arrives from where: each school by itself, and names that are kept."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.launch import vocab
from lti_tool.launch.arrivals import Arrival, store_arrival
from lti_tool.launch.claims import read_launch
from lti_tool.launch.platforms import record_deployment
from lti_tool.models.courses import Context, Person
from lti_tool.models.platforms import Registration
from tests.factories import NOW, make_registration
from tests.launch.platform import MISSING, SigningPlatform

NAMELESS = {"name": MISSING, "given_name": MISSING, "family_name": MISSING}
OTHER_NAME = {"name": "Tess Teacher", "given_name": "Tess", "family_name": "Teacher"}


def schools(database: Database, *deployments: tuple[str, str]) -> dict[str, Registration]:
    """Registrations by client id, with these deployments."""
    found: dict[str, Registration] = {}
    with database.transaction() as session:
        for client_id, deployment_id in deployments:
            if client_id not in found:
                found[client_id] = make_registration(session, client_id=client_id)
            record_deployment(session, found[client_id], deployment_id, NOW)
        session.flush()
        session.expunge_all()
    return found


def arrive(database: Database, registration: Registration, **claims: Any) -> Arrival:
    launch = read_launch(SigningPlatform("https://lms.example").claims("nonce", **claims))
    with database.write() as connection:
        return store_arrival(connection, registration, launch, local_origins=(), now=NOW)


def test_the_same_ids_of_two_schools_are_two_deployments_courses_and_people(database: Database) -> None:
    known = schools(database, ("north", "deployment-1"), ("south", "deployment-1"))
    for _ in range(2):  # new, then known
        north, south = (arrive(database, known[name]) for name in ("north", "south"))
        assert north.deployment_key != south.deployment_key
        assert north.context_key != south.context_key
        assert north.person_key != south.person_key


def test_the_same_course_id_in_two_deployments_of_a_school_is_two_courses(database: Database) -> None:
    known = schools(database, ("north", "deployment-1"), ("north", "deployment-2"))
    for _ in range(2):
        first, second = (
            arrive(database, known["north"], **{vocab.DEPLOYMENT_ID: deployment})
            for deployment in ("deployment-1", "deployment-2")
        )
        assert first.deployment_key != second.deployment_key
        assert first.context_key != second.context_key
        assert first.person_key == second.person_key


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        (NAMELESS, "Ann Alpha"),
        (OTHER_NAME, "Tess Teacher"),
        (OTHER_NAME | {vocab.CUSTOM: {"masquerader": "42"}}, "Ann Alpha"),
    ],
)
def test_a_name_is_replaced_by_a_name_that_the_person_brings(
    database: Database, claims: dict[str, Any], name: str
) -> None:
    known = schools(database, ("north", "deployment-1"))["north"]
    arrive(database, known)
    arrive(database, known, **claims)
    with database.read() as session:
        assert session.scalars(select(Person.name)).one() == name


def test_a_course_keeps_the_end_that_its_platform_last_said(database: Database) -> None:
    known = schools(database, ("north", "deployment-1"))["north"]
    for said, kept in (("2027-06-11", 11), ("", 11), ("2027-06-18", 18), ("soon", 18)):
        arrive(database, known, **{vocab.CUSTOM: {"course_end": said}})
        with database.read() as session:
            assert session.scalars(select(Context.platform_ends_on)).one() == date(2027, 6, kept)
