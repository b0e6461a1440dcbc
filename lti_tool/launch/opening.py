"""A verified launch -> a launch session, with who came from where, in one transaction.

Only what the models name is stored; roles are replaced by each launch, never accumulated.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, cast, insert, select, update
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
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import Deployment, Registration, RegistrationStatus
from lti_tool.prepared import Prepared, plain

ABSOLUTE = timedelta(hours=12)


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
    [(key,)] = _OPEN.all(connection, values)
    values |= {"id": key, "deep_linking_used_at": None}
    return plain(LaunchSession, values.keys(), values.values())


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


_launches, _deployments = LaunchSession.__table__, Deployment.__table__
_LATER = ("id", "deep_linking_used_at")
_OPEN = Prepared(
    insert(LaunchSession).returning(_launches.c.id),
    columns=[column.key for column in _launches.c if column.key not in _LATER],
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


def _disabled() -> LaunchRefused:
    return LaunchRefused(
        "launch.account_disabled",
        "Waymark is switched off for you or your school; ask your administrator.",
        status=403,
    )
