"""A verified launch -> a launch session: context, person and membership as the platform says, one transaction.

Roles are replaced by each launch, never accumulated. Only what the models name is stored.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, and_, bindparam, cast, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused
from lti_tool.launch import deep_linking, vocab
from lti_tool.launch.addresses import may_call
from lti_tool.launch.arrivals import store_arrival
from lti_tool.launch.claims import Launch
from lti_tool.launch.copies import follow_copies
from lti_tool.launch.notice_services import note_service
from lti_tool.launch.reviews import reviewed_activity, reviewed_learner
from lti_tool.launch.roles import Role
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.launch.state import LoginState, spend_state
from lti_tool.models.courses import Membership, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    Registration,
    RegistrationStatus,
)
from lti_tool.prepared import Prepared, plain

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
_TOUCH_EVERY = timedelta(minutes=1)
_HAND_OVER_WITHIN = timedelta(minutes=5)


def open_launch(
    connection: Connection,
    login: LoginState,
    registration: Registration,
    launch: Launch,
    *,
    browser_token: str,
    local_origins: Collection[str],
    now: datetime,
) -> LaunchSession:
    """Spend the state, store who launched where, and open a session for the browser.

    `registration` is the one that the login began with, as a plain object; so is the answer, which only says
    what was stored. Raises LaunchRefused: `launch.state_used`, `launch.deployment_unknown`,
    `launch.account_disabled`, `deeplink.role`, `deeplink.return_refused`, `review.role`,
    `review.user_not_found`; the caller's transaction then stores nothing.
    """
    spend_state(connection, login)
    if registration.status is not RegistrationStatus.ACTIVE:
        raise _disabled()
    settings = None
    if launch.deep_linking is not None:
        settings = deep_linking.settings_of(launch, registration, local_origins)
    arrival = store_arrival(connection, registration, launch, local_origins=local_origins, now=now)
    for_person_key, activity_id = None, launch.activity_id
    if _says_more(launch):
        with Session(connection) as session:
            note_service(
                session, registration, arrival.deployment_key, launch, local_origins=local_origins, now=now
            )
            if arrival.context_key is not None:
                if launch.message_type == vocab.SUBMISSION_REVIEW_REQUEST:
                    for_person_key = reviewed_learner(session, launch, context_key=arrival.context_key)
                    activity_id = reviewed_activity(session, launch, context_key=arrival.context_key)
                activity_id = follow_copies(
                    session, launch, context_key=arrival.context_key, activity_id=activity_id
                )
            session.flush()
    values: dict[str, Any] = {
        "public_id": random_token(bits=128),
        "browser_hash": token_hash(browser_token),
        "deployment_id": arrival.deployment_key,
        "person_id": arrival.person_key,
        "for_person_id": for_person_key,
        "context_id": arrival.context_key,
        "message_type": launch.message_type,
        "roles": [role.value for role in launch.roles],
        "is_test": launch.is_test,
        "is_masquerading": launch.is_masquerading,
        "mentee_user_ids": list(launch.mentee_user_ids),
        "activity_id": activity_id,
        "deep_linking": settings,
        "locale": launch.locale,
        "return_url": launch.return_url if may_call(registration, launch.return_url, local_origins) else None,
        "created_at": now,
        "last_seen_at": now,
        "expires_at": now + ABSOLUTE,
    }
    if _is_ordinary_learner(launch) and not login.is_new_browser:
        _end_other_learners(connection, values, registration_key=registration.id)
    _OPEN.all(connection, values)
    return plain(LaunchSession, values.keys(), values.values())


@dataclass(frozen=True, slots=True)
class OpenSession:
    """An open launch session and the registration that it came by, as plain objects outside any session."""

    launch: LaunchSession
    registration: Registration


def find_launch_session(
    connection: Connection, public_id: str, browser_token: str | None, now: datetime
) -> OpenSession:
    """The open session `public_id` of this browser.

    Its `roles` are those of the launch that the person still has: a later launch or roster that takes a
    role away takes it from older sessions too. In the same way its `mentee_user_ids` are those of the
    newest launch of this person in this course. Raises LaunchRefused: `session.missing` (401, no cookie
    came), `session.not_found` (404, unknown or another browser's: the same answer), `session.ended` (401).
    """
    if browser_token is None:
        raise LaunchRefused(
            "session.missing",
            "Your browser did not say which launch this page belongs to. Open Waymark again from your course.",
        )
    row = _FIND.first(connection, {"public_id": public_id, "browser_hash": token_hash(browser_token)})
    if row is None:
        raise LaunchRefused(
            "session.not_found", "This page does not exist. Open Waymark again from your course.", status=404
        )
    *values, deployment_status, disabled_at, held_roles, active, seen_at = row
    launch = plain(LaunchSession, _LAUNCH_NAMES, values[: len(_LAUNCH_NAMES)])
    registration = plain(Registration, _REGISTRATION_NAMES, values[len(_LAUNCH_NAMES) :])
    if (
        launch.expires_at <= now
        or launch.last_seen_at + IDLE <= now
        or deployment_status is not DeploymentStatus.ACTIVE
        or registration.status is not RegistrationStatus.ACTIVE
        or disabled_at is not None
    ):
        raise _ended()
    # Without a person or a course the launch's own word is all that there is.
    if launch.person_id is not None and launch.context_id is not None:
        roles = [role for role in launch.roles if role in (held_roles or ())]
        # Rosters leave out people who may come in all the same: Moodle's site administrators, families. So a
        # roster that never named somebody after the launch does not end the session of anyone but a learner.
        unnamed = held_roles and seen_at <= launch.created_at and Role.LEARNER not in roles
        if not roles or not (active or unnamed):
            raise _ended()
        launch.roles = roles
        launch.mentee_user_ids = _mentees_now(connection, launch) if Role.MENTOR in roles else []
    return OpenSession(launch, registration)


def _mentees_now(connection: Connection, launch: LaunchSession) -> list[str]:
    """The learners whom the newest signed launch of this mentor in this course named."""
    newest = connection.execute(
        _NEWEST_MENTEES, {"person_id": launch.person_id, "context_id": launch.context_id}
    ).scalar()
    return newest or []


def _says_more(launch: Launch) -> bool:
    """Whether a launch is about more than a person in a course: the most of them are not."""
    return bool(
        launch.notice_service
        or launch.activity_id
        or launch.context_history
        or launch.resource_link_history
        or launch.message_type == vocab.SUBMISSION_REVIEW_REQUEST
    )


def _is_ordinary_learner(launch: Launch) -> bool:
    """A learner in person: nobody's view of the student's pages, no teacher who learns as well."""
    return launch.roles == (Role.LEARNER,) and not launch.is_test and not launch.is_masquerading


def _end_other_learners(connection: Connection, opened: dict[str, Any], *, registration_key: int) -> None:
    """On a shared computer the next learner's launch ends what earlier learners left open in this browser.

    A teacher's pages beside a student view stay open, so do those of a test student and of somebody who
    acts as a learner, and all those of other platforms.
    """
    connection.execute(
        _END_OTHERS,
        {
            "browser": opened["browser_hash"],
            "person": opened["person_id"],
            "now": opened["created_at"],
            "learner": json.dumps([Role.LEARNER.value]),
            "registration": registration_key,
        },
    )


def hand_over(session: Session, public_id: str, *, code: str, browser_token: str, now: datetime) -> str:
    """Bind a session that was just opened to another cookie jar of the same person, once; gives its id.

    A launch that was verified without a cookie goes on in a new window by this. `code` is the value that
    bound the launch; binding the session to `browser_token` instead makes it worthless.
    Raises LaunchRefused (`session.ended`).
    """
    taken = session.execute(
        update(LaunchSession)
        .where(
            LaunchSession.public_id == public_id,
            LaunchSession.browser_hash == token_hash(code),
            LaunchSession.created_at > now - _HAND_OVER_WITHIN,
        )
        .values(browser_hash=token_hash(browser_token))
        .returning(LaunchSession.public_id)
    ).scalar()
    if taken is None:
        raise _ended()
    return taken


def is_touch_due(launch_session: LaunchSession, now: datetime) -> bool:
    """Whether the time of last use should be written again; not at every request."""
    return now - launch_session.last_seen_at >= _TOUCH_EVERY


def touch(session: Session, launch_session: LaunchSession, now: datetime) -> None:
    """Note that the session was used at `now`."""
    session.execute(
        update(LaunchSession).where(LaunchSession.id == launch_session.id).values(last_seen_at=now)
    )


_launches, _registrations = LaunchSession.__table__, Registration.__table__
_deployments, _people, _memberships = Deployment.__table__, Person.__table__, Membership.__table__
_LAUNCH_NAMES = tuple(column.key for column in _launches.c)
_LATER = ("id", "deep_linking_used_at")
_OPEN = Prepared(
    insert(LaunchSession).inline(), columns=[name for name in _LAUNCH_NAMES if name not in _LATER]
)
_REGISTRATION_NAMES = tuple(column.key for column in _registrations.c)
_FIND = Prepared(
    select(
        *_launches.c,
        *_registrations.c,
        _deployments.c.status,
        _people.c.disabled_at,
        _memberships.c.roles,
        _memberships.c.active,
        _memberships.c.seen_at,
    )
    .select_from(_launches)
    .join(_deployments, _deployments.c.id == _launches.c.deployment_id)
    .join(_registrations, _registrations.c.id == _deployments.c.registration_id)
    .outerjoin(_people, _people.c.id == _launches.c.person_id)
    .outerjoin(
        _memberships,
        and_(
            _memberships.c.context_id == _launches.c.context_id,
            _memberships.c.person_id == _launches.c.person_id,
        ),
    )
    .where(
        _launches.c.public_id == bindparam("public_id"), _launches.c.browser_hash == bindparam("browser_hash")
    )
)
_END_OTHERS = (
    update(LaunchSession)
    .where(
        _launches.c.browser_hash == bindparam("browser"),
        _launches.c.person_id != bindparam("person"),
        _launches.c.expires_at > bindparam("now"),
        _launches.c.is_test.is_(False),
        _launches.c.is_masquerading.is_(False),
        cast(_launches.c.roles, Text) == bindparam("learner"),
        _launches.c.deployment_id.in_(
            select(_deployments.c.id).where(_deployments.c.registration_id == bindparam("registration"))
        ),
    )
    .values(expires_at=bindparam("now"))
)
_NEWEST_MENTEES = (
    select(_launches.c.mentee_user_ids)
    .where(_launches.c.person_id == bindparam("person_id"), _launches.c.context_id == bindparam("context_id"))
    .order_by(_launches.c.id.desc())
    .limit(1)
)


def _disabled() -> LaunchRefused:
    return LaunchRefused(
        "launch.account_disabled",
        "Waymark is switched off for you or your school; ask your administrator.",
        status=403,
    )


def _ended() -> LaunchRefused:
    return LaunchRefused(
        "session.ended",
        "This page has been open for long, or your place in the course has changed. "
        "Open Waymark again from your course; nothing that you did is lost.",
    )
