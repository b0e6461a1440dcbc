"""Who came from where: the rows of a launch's deployment, context, person and membership.

Most launches say what the one before said. So one query reads what we know, and only what differs is
written: a lesson's beginning is mostly reading. Roles are replaced by each launch, never accumulated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from lti_tool.db import Base
from lti_tool.errors import LaunchRefused
from lti_tool.launch.addresses import may_call
from lti_tool.launch.claims import ContextClaim, Launch
from lti_tool.launch.platforms import launch_deployment
from lti_tool.launch.roles import Role
from lti_tool.models.courses import Context, Membership, Person, SyncState
from lti_tool.models.platforms import Deployment, DeploymentStatus, Registration
from lti_tool.models.policies import first_mode
from lti_tool.prepared import Prepared


@dataclass(frozen=True, slots=True)
class Arrival:
    """The rows that a launch is about. An anonymous launch has no person, one from outside a course no context."""

    deployment_key: int
    context_key: int | None
    person_key: int | None


def store_arrival(
    connection: Connection,
    registration: Registration,
    launch: Launch,
    *,
    local_origins: Collection[str],
    now: datetime,
) -> Arrival:
    """Bring the stored rows to what `launch` says; of an anonymous launch nothing is kept.

    Somebody who acts as another person changes nothing about that person.
    Raises LaunchRefused: `launch.deployment_unknown`, `launch.account_disabled`.
    """
    asked = {
        "registration_id": registration.id,
        "deployment_id": launch.deployment_id,
        "context_id": None if launch.context is None else launch.context.id,
        "user_id": launch.user_id,
    }
    row = _KNOWN.first(connection, asked)
    known = None if row is None else dict(zip(_KNOWN_NAMES, row, strict=True))
    if known is None or known["deployment_status"] is not DeploymentStatus.ACTIVE:
        with Session(connection) as session:
            deployment_key = launch_deployment(session, registration, launch.deployment_id, now).id
    else:
        deployment_key = known["deployment_key"]
    if launch.user_id is None:
        return Arrival(deployment_key, None, None)
    if known is not None and known["disabled_at"] is not None:
        raise LaunchRefused(
            "launch.account_disabled",
            "Waymark is switched off for you or your school; ask your administrator.",
            status=403,
        )
    context_key = None
    if launch.context is not None:
        wanted = _context(registration, launch, launch.context, local_origins, now)
        context_key = _key_if_same(known, "context", wanted)
        if context_key is None:
            context_key = _store_context(connection, deployment_key, launch.context, wanted, now)
    names = _names(launch)
    person_key = _key_if_same(known, "person", names)
    if person_key is None:
        person_key = _store_person(connection, registration.id, launch.user_id, names, launch)
    if context_key is not None:
        _store_membership(connection, known, launch, key=(context_key, person_key), now=now)
    return Arrival(deployment_key, context_key, person_key)


def _key_if_same(known: Mapping[str, Any] | None, name: str, wanted: dict[str, Any]) -> int | None:
    """The key of the row that we hold, when it says already what is wanted."""
    if known is None:
        return None
    key: int | None = known[f"{name}_key"]
    return key if all(known[f"{name}_{column}"] == value for column, value in wanted.items()) else None


def _context(
    registration: Registration,
    launch: Launch,
    claim: ContextClaim,
    local_origins: Collection[str],
    now: datetime,
) -> dict[str, Any]:
    """What the launch says about its course. Service addresses that this registration may not use are left out.

    An empty claim does not erase what an earlier launch gave: Moodle leaves out the roster address until the tool
    has a link in the course, Canvas where a placement has no grades, and links of the picker do not ask for the end.
    """
    wanted: dict[str, Any] = {"title": claim.title, "label": claim.label, "launched_on": now.date()}
    if launch.course_ends_on is not None:
        wanted["platform_ends_on"] = launch.course_ends_on
    if may_call(registration, launch.memberships_url, local_origins):
        wanted["memberships_url"] = launch.memberships_url
    if may_call(registration, launch.line_items_url, local_origins):
        wanted |= {"line_items_url": launch.line_items_url, "service_scopes": list(launch.service_scopes)}
    return wanted


def _store_context(
    connection: Connection, deployment_key: int, claim: ContextClaim, wanted: dict[str, Any], now: datetime
) -> int:
    first = {
        "created_at": now,
        "service_scopes": [],
        "sync_state": SyncState.NEVER,
        "sync_progress": "",
        "mode": first_mode(deployment_key),
    }
    key = {"deployment_id": deployment_key, "context_id": claim.id}
    return _upsert(connection, Context, key=key, fresh=wanted, first=first)


def _names(launch: Launch) -> dict[str, Any]:
    """The names to keep; none when the launch withholds them all, which does not erase those of the roster."""
    names = {"name": launch.name, "given_name": launch.given_name, "family_name": launch.family_name}
    return names if any(names.values()) and not launch.is_masquerading else {}


def _store_person(
    connection: Connection, registration_key: int, user_id: str, names: dict[str, Any], launch: Launch
) -> int:
    key = {"registration_id": registration_key, "user_id": user_id}
    first = {"name": launch.name, "given_name": launch.given_name, "family_name": launch.family_name}
    return _upsert(connection, Person, key=key, fresh=names, first=first)


def _store_membership(
    connection: Connection,
    known: Mapping[str, Any] | None,
    launch: Launch,
    *,
    key: tuple[int, int],
    now: datetime,
) -> None:
    wanted: dict[str, Any] = {
        "roles": [role.value for role in launch.roles],
        "is_learner": Role.LEARNER in launch.roles,
        "is_test": launch.is_test,
        "active": True,
    }
    if launch.is_masquerading and known is not None and known["membership_key"] is not None:
        return
    if _key_if_same(known, "membership", wanted) is None:
        keys = dict(zip(("context_id", "person_id"), key, strict=True))
        _upsert(connection, Membership, key=keys, fresh=wanted | {"seen_at": now}, first={})


def _upsert(
    connection: Connection,
    model: type[Base],
    *,
    key: dict[str, Any],
    fresh: dict[str, Any],
    first: dict[str, Any],
) -> int:
    """Insert or update the row with this unique key, whoever else does the same now; gives its id.

    `fresh` is written always, `first` only where the row is new.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).values({**first, **key, **fresh})
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=fresh or key)
    found: int = connection.execute(statement.returning(model.__table__.c.id)).scalar_one()
    return found


_deployments, _contexts = Deployment.__table__, Context.__table__
_people, _memberships = Person.__table__, Membership.__table__
_QUERY = (
    select(
        _deployments.c.id.label("deployment_key"),
        _deployments.c.status.label("deployment_status"),
        _contexts.c.id.label("context_key"),
        *(
            _contexts.c[name].label(f"context_{name}")
            for name in (
                "title",
                "label",
                "launched_on",
                "platform_ends_on",
                "memberships_url",
                "line_items_url",
                "service_scopes",
            )
        ),
        _people.c.id.label("person_key"),
        _people.c.disabled_at,
        *(_people.c[name].label(f"person_{name}") for name in ("name", "given_name", "family_name")),
        _memberships.c.id.label("membership_key"),
        *(
            _memberships.c[name].label(f"membership_{name}")
            for name in ("roles", "is_learner", "is_test", "active")
        ),
    )
    .select_from(_deployments)
    .outerjoin(
        _contexts,
        and_(
            _contexts.c.deployment_id == _deployments.c.id, _contexts.c.context_id == bindparam("context_id")
        ),
    )
    .outerjoin(
        _people,
        and_(
            _people.c.registration_id == _deployments.c.registration_id,
            _people.c.user_id == bindparam("user_id"),
        ),
    )
    .outerjoin(
        _memberships,
        and_(_memberships.c.context_id == _contexts.c.id, _memberships.c.person_id == _people.c.id),
    )
    .where(
        _deployments.c.registration_id == bindparam("registration_id"),
        _deployments.c.deployment_id == bindparam("deployment_id"),
    )
)
_KNOWN = Prepared(_QUERY)
_KNOWN_NAMES = tuple(column.name for column in _QUERY.selected_columns)
