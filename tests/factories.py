"""The smallest valid rows that tests build on; a test names only what it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.gradebook import LineItem, Result
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    Registration,
    RegistrationStatus,
)
from lti_tool.usecases.adopted_map import Sample, read_samples

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SKILL_MAPS = Path(__file__).resolve().parent.parent / "configs" / "skill_maps"


def make_registration(
    session: Session, *, issuer: str = "https://lms.example", client_id: str = "c1"
) -> Registration:
    """An active registration."""
    registration = Registration(
        label="Example LMS",
        issuer=issuer,
        client_id=client_id,
        auth_login_url=f"{issuer}/auth",
        auth_token_url=f"{issuer}/token",
        key_set_url=f"{issuer}/keys",
        status=RegistrationStatus.ACTIVE,
        created_at=NOW,
    )
    session.add(registration)
    session.flush()
    return registration


def make_context(
    session: Session, *, registration: Registration | None = None, context_id: str = "1"
) -> Context:
    """A course with a gradebook service."""
    registration = registration or make_registration(session)
    deployment = Deployment(
        registration_id=registration.id,
        deployment_id=f"d-{context_id}",
        status=DeploymentStatus.ACTIVE,
        created_at=NOW,
    )
    session.add(deployment)
    session.flush()
    context = Context(
        deployment_id=deployment.id,
        context_id=context_id,
        title="Ratios",
        memberships_url=f"{registration.issuer}/{context_id}/members",
        line_items_url=f"{registration.issuer}/{context_id}/lineitems",
        created_at=NOW,
    )
    session.add(context)
    session.flush()
    return context


def make_person(
    session: Session,
    context: Context,
    user_id: str,
    *,
    roles: Sequence[str] = ("learner",),
    is_test: bool = False,
    active: bool = True,
) -> Person:
    """A person with a membership in `context`; by default a student."""
    person = Person(
        registration_id=context.deployment.registration_id,
        user_id=user_id,
        name=f"Given{user_id} Family{user_id}",
        given_name=f"Given{user_id}",
        family_name=f"Family{user_id}",
    )
    session.add(person)
    session.flush()
    session.add(
        Membership(
            context_id=context.id,
            person_id=person.id,
            roles=list(roles),
            is_learner="learner" in roles,
            is_test=is_test,
            active=active,
            seen_at=NOW,
        )
    )
    session.flush()
    return person


def make_teacher(session: Session, context: Context, user_id: str = "teacher") -> Person:
    """A teacher of `context`."""
    return make_person(session, context, user_id, roles=("instructor",))


def make_column(
    session: Session,
    context: Context,
    *,
    activity_id: str | None,
    label: str = "",
    score_maximum: float = 10.0,
) -> LineItem:
    """A column of the platform, tagged with an activity."""
    line_item = LineItem(
        context_id=context.id,
        url=f"{context.line_items_url}/{activity_id or label}",
        label=label or activity_id or "",
        score_maximum=score_maximum,
        activity_id=activity_id,
        read_at=NOW,
    )
    session.add(line_item)
    session.flush()
    return line_item


def make_results(
    session: Session,
    line_item: LineItem,
    scores: Mapping[int, float | None],
    *,
    at: datetime = NOW - timedelta(days=3),
) -> None:
    """Results as read from the platform: person keys to scores."""
    for person_id, score in scores.items():
        session.add(
            Result(
                line_item_id=line_item.id,
                person_id=person_id,
                result_score=score,
                result_maximum=line_item.score_maximum,
                platform_time=at,
                read_at=NOW,
            )
        )
    session.flush()


def ratios() -> Sample:
    """The sample skill map that ships with the tool."""
    return next(sample for sample in read_samples(SKILL_MAPS) if sample.id == "grade6-ratios")
