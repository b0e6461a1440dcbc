"""Which course's set-up a copy is offered."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.launch import vocab
from lti_tool.launch.claims import read_launch
from lti_tool.launch.copies import follow_copies, offer_original
from lti_tool.launch.platforms import record_deployment
from lti_tool.models.courses import Context, CopyState
from lti_tool.models.platforms import Registration
from lti_tool.usecases import adopted_map
from tests.factories import NOW, make_column, make_registration, ratios
from tests.launch.platform import SigningPlatform


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def registration(session: Session) -> Registration:
    return make_registration(session)


def course(
    session: Session,
    registration: Registration,
    context_id: str,
    *,
    school: str = "north",
    adopted: bool = True,
) -> Context:
    """A course of a school, which is a deployment of its own; by default with a skill map."""
    deployment = record_deployment(session, registration, school, NOW)
    made = Context(deployment_id=deployment.id, context_id=context_id, title=context_id, created_at=NOW)
    session.add(made)
    session.flush()
    if adopted:
        adopted_map.adopt(session, context=made, sample=ratios(), tags={}, teacher=None, now=NOW)
    return made


def offered(session: Session, copy: Context, *ancestors: str) -> str | None:
    """The id of the course that is offered to `copy` when the platform names these ancestors."""
    offer_original(session, context_key=copy.id, ancestors=ancestors)
    session.refresh(copy)
    original = copy.copied_from
    assert (original is not None) == (copy.copy_state == CopyState.OFFERED)
    return original.context_id if original else None


def test_the_nearest_ancestor_with_a_map_is_offered(session: Session, registration: Registration) -> None:
    course(session, registration, "far")
    course(session, registration, "near")
    course(session, registration, "nearest", adopted=False)
    course(session, registration, "no ancestor")
    other = course(session, registration, "other", adopted=False)
    copy = course(session, registration, "copy", adopted=False)
    assert offered(session, copy, "unknown", "nearest", "near", "far") == "near"
    session.refresh(other)
    assert (other.copied_from_id, other.copy_state) == (None, None)


def test_a_course_of_another_school_is_never_offered(session: Session, registration: Registration) -> None:
    course(session, registration, "old", school="south")
    copy = course(session, registration, "copy", adopted=False)
    assert offered(session, copy, "old") is None
    course(session, registration, "old")
    assert offered(session, copy, "old") == "old"
    assert copy.copied_from is not None
    assert copy.copied_from.deployment_id == copy.deployment_id


def test_a_course_with_a_map_is_offered_nothing_and_no_course_itself(
    session: Session, registration: Registration
) -> None:
    course(session, registration, "old")
    assert offered(session, course(session, registration, "own"), "own", "old") is None
    assert offered(session, course(session, registration, "copy", adopted=False), "copy") is None


@pytest.mark.parametrize("state", [CopyState.DECLINED, CopyState.TAKEN])
def test_a_teacher_is_asked_once(session: Session, registration: Registration, state: CopyState) -> None:
    course(session, registration, "old")
    copy = course(session, registration, "copy", adopted=False)
    copy.copy_state = state
    session.flush()
    offer_original(session, context_key=copy.id, ancestors=["old"])
    session.refresh(copy)
    assert (copy.copied_from_id, copy.copy_state) == (None, state)


def activity_of_link(
    session: Session, copy: Context, *, column_of: Context, link: str = "link-1"
) -> str | None:
    """The activity of `link-1` in `copy`, after a column of `link` was tagged in `column_of`."""
    for label, activity_id in (("a", None), ("m", "check-1"), ("z", None)):  # whichever is looked at first
        column = make_column(session, column_of, activity_id=activity_id, label=label)
        column.url, column.resource_link_id = f"https://lms.example/{link}/{label}", link
    session.flush()
    claims = {vocab.CUSTOM: {"context_history": "old"}}
    launch = read_launch(SigningPlatform("https://lms.example").claims("nonce", **claims))
    return follow_copies(session, launch, context_key=copy.id, activity_id=None)


def test_a_link_of_a_copy_belongs_to_the_activity_of_its_own_column_once_the_tags_are_taken(
    session: Session, registration: Registration
) -> None:
    copy = course(session, registration, "copy", adopted=False)
    copy.copy_state = CopyState.TAKEN
    assert activity_of_link(session, copy, column_of=copy) == "check-1"


@pytest.mark.parametrize("state", [None, CopyState.OFFERED, CopyState.DECLINED])
def test_until_a_teacher_takes_them_the_tags_of_a_copy_say_nothing(
    session: Session, registration: Registration, state: CopyState | None
) -> None:
    copy = course(session, registration, "copy", adopted=False)
    copy.copy_state = state
    assert activity_of_link(session, copy, column_of=copy) is None


def test_columns_of_other_links_and_courses_say_nothing(session: Session, registration: Registration) -> None:
    copy, other = (course(session, registration, name, adopted=False) for name in ("copy", "other"))
    copy.copy_state = other.copy_state = CopyState.TAKEN
    assert activity_of_link(session, copy, column_of=copy, link="link-2") is None
    assert activity_of_link(session, copy, column_of=other) is None
