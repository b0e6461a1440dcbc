"""Whose work a submission review may open, by the roles of the launch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.errors import LaunchRefused
from lti_tool.launch import vocab
from lti_tool.launch.claims import Launch, read_launch
from lti_tool.launch.reviews import reviewed_activity, reviewed_learner
from lti_tool.models.courses import Context
from tests.factories import make_column, make_context, make_person, make_registration, make_teacher
from tests.launch.platform import MEMBERSHIP, SigningPlatform


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.transaction() as session:
        yield session


@pytest.fixture
def course(session: Session) -> Context:
    """A course with a teacher and a student, Ann; Ben is in another one of the same platform."""
    registration = make_registration(session)
    course = make_context(session, registration=registration)
    make_teacher(session, course)
    make_person(session, course, "ann")
    make_person(session, make_context(session, registration=registration, context_id="2"), "ben")
    return course


def review(
    of: str, more: dict[str, Any] | None = None, *, by: str = "teacher", role: str = "Instructor"
) -> Launch:
    claims = {
        "sub": by,
        vocab.MESSAGE_TYPE: vocab.SUBMISSION_REVIEW_REQUEST,
        vocab.ROLES: [MEMBERSHIP + role],
        vocab.FOR_USER: {"user_id": of},
    }
    return read_launch(SigningPlatform("https://lms.example").claims("nonce", **claims | (more or {})))


def refusal(session: Session, course: Context, launch: Launch) -> str:
    with pytest.raises(LaunchRefused) as refused:
        reviewed_learner(session, launch, context_key=course.id)
    return refused.value.code


def test_staff_see_a_learner_of_the_course_and_learners_see_themselves(
    session: Session, course: Context
) -> None:
    child = {vocab.ROLE_SCOPE_MENTOR: ["ann"]}
    for launch in (
        review("ann"),
        review("ann", by="ann", role="Learner"),
        review("ann", child, by="mia", role="Mentor"),
    ):
        assert reviewed_learner(session, launch, context_key=course.id)


@pytest.mark.parametrize("of", ["nobody", "ben", "teacher"])
def test_a_review_of_somebody_who_is_no_learner_here_is_refused_at_the_launch(
    session: Session, course: Context, of: str
) -> None:
    assert refusal(session, course, review(of)) == "review.user_not_found"


def test_nobody_else_may_name_another(session: Session, course: Context) -> None:
    other_child = {vocab.ROLE_SCOPE_MENTOR: ["cleo"]}
    assert refusal(session, course, review("ann", by="ben", role="Learner")) == "review.user_not_found"
    by_mentor = review("ann", other_child, by="mia", role="Mentor")
    assert refusal(session, course, by_mentor) == "review.user_not_found"
    no_mentor = replace(review("ann", by="ben", role="Learner"), mentee_user_ids=("ann",))
    assert refusal(session, course, no_mentor) == "review.user_not_found"
    assert refusal(session, course, review("ann", role="ContentDeveloper")) == "review.role"


def test_the_activity_of_a_review_is_that_of_its_own_column_in_its_own_course(
    session: Session, course: Context
) -> None:
    other = session.scalars(select(Context).where(Context.id != course.id)).one()
    own, foreign = (make_column(session, each, activity_id=f"check-{each.id}") for each in (course, other))
    for url, activity in ((own.url, own.activity_id), (foreign.url, None), ("https://lms.example/9", None)):
        launch = review("ann", {vocab.GRADE_ENDPOINT: {"lineitem": url}})
        assert reviewed_activity(session, launch, context_key=course.id) == activity
