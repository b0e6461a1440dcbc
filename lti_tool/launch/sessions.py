"""A verified launch -> a launch session: context, person and membership as the platform says, one transaction.

Roles are replaced by each launch, never accumulated. Only what the models name is stored.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, cast, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from lti_tool.db import Base
from lti_tool.errors import LaunchRefused
from lti_tool.launch import deep_linking, vocab
from lti_tool.launch.addresses import may_call
from lti_tool.launch.claims import ContextClaim, Launch
from lti_tool.launch.copies import follow_copies
from lti_tool.launch.notice_services import note_service
from lti_tool.launch.platforms import launch_deployment
from lti_tool.launch.reviews import reviewed_activity, reviewed_learner
from lti_tool.launch.roles import Role
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.launch.state import spend_state
from lti_tool.models.courses import Context, Membership, Mode, Person, SyncState
from lti_tool.models.launches import LaunchSession, LoginState
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    Registration,
    RegistrationStatus,
)

IDLE = timedelta(minutes=60)
ABSOLUTE = timedelta(hours=12)
_TOUCH_EVERY = timedelta(minutes=1)
_HAND_OVER_WITHIN = timedelta(minutes=5)


def open_launch(
    session: Session,
    login: LoginState,
    launch: Launch,
    *,
    browser_token: str,
    local_origins: Collection[str],
    now: datetime,
) -> LaunchSession:
    """Spend the state, store who launched where, and open a session for the browser.

    Raises LaunchRefused: `launch.state_used`, `launch.deployment_unknown`, `launch.account_disabled`,
    `deeplink.role`, `deeplink.return_refused`, `review.role`, `review.user_not_found`; the caller's transaction then stores nothing.
    """
    spend_state(session, login, now)
    registration = session.get_one(Registration, login.registration_id)
    if registration.status is not RegistrationStatus.ACTIVE:
        raise _disabled()
    deployment = launch_deployment(session, registration, launch.deployment_id, now)
    settings = None
    if launch.deep_linking is not None:
        settings = deep_linking.settings_of(launch, registration, local_origins)
    note_service(session, deployment, launch, local_origins=local_origins, now=now)
    context_key, person_key = _store(session, deployment, launch, local_origins=local_origins, now=now)
    for_person_key, activity_id = None, launch.activity_id
    if launch.message_type == vocab.SUBMISSION_REVIEW_REQUEST and context_key is not None:
        for_person_key = reviewed_learner(session, launch, context_key=context_key)
        activity_id = reviewed_activity(session, launch, context_key=context_key)
    if context_key is not None:
        activity_id = follow_copies(session, launch, context_key=context_key, activity_id=activity_id)
    opened = LaunchSession(
        public_id=random_token(bits=128),
        browser_hash=token_hash(browser_token),
        deployment_id=deployment.id,
        person_id=person_key,
        for_person_id=for_person_key,
        context_id=context_key,
        message_type=launch.message_type,
        roles=[role.value for role in launch.roles],
        is_test=launch.is_test,
        is_masquerading=launch.is_masquerading,
        mentee_user_ids=list(launch.mentee_user_ids),
        activity_id=activity_id,
        deep_linking=settings,
        locale=launch.locale,
        return_url=launch.return_url if may_call(registration, launch.return_url, local_origins) else None,
        created_at=now,
        last_seen_at=now,
        expires_at=now + ABSOLUTE,
    )
    session.add(opened)
    session.flush()
    if _is_ordinary_learner(launch):
        _end_other_learners(session, opened, now)
    return opened


def find_launch_session(
    session: Session, public_id: str, browser_token: str | None, now: datetime
) -> LaunchSession:
    """The open session `public_id` of this browser, with person, context, deployment and registration.

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
    found = session.scalar(
        select(LaunchSession)
        .where(LaunchSession.public_id == public_id, LaunchSession.browser_hash == token_hash(browser_token))
        .options(
            joinedload(LaunchSession.person),
            joinedload(LaunchSession.context),
            joinedload(LaunchSession.deployment).joinedload(Deployment.registration),
        )
    )
    if found is None:
        raise LaunchRefused(
            "session.not_found", "This page does not exist. Open Waymark again from your course.", status=404
        )
    if found.expires_at <= now or found.last_seen_at + IDLE <= now:
        raise _ended()
    deployment = found.deployment
    if (
        deployment.status is not DeploymentStatus.ACTIVE
        or deployment.registration.status is not RegistrationStatus.ACTIVE
        or (found.person is not None and found.person.disabled_at is not None)
    ):
        raise _ended()
    if found.person_id is None or found.context_id is None:
        # Nothing of a person or a course is behind these; the launch's own word is all that there is.
        session.expunge(found)
        return found
    roles = _roles_now(session, found)
    if not roles:
        raise _ended()
    mentees = _mentees_now(session, found) if Role.MENTOR in roles else []
    session.expunge(found)
    found.roles, found.mentee_user_ids = roles, mentees
    return found


def _roles_now(session: Session, launch_session: LaunchSession) -> list[str]:
    """The roles of the launch that the person still holds in the course; none once taken out of it.

    Rosters leave out people who may come in all the same: Moodle's site administrators, families. So a
    roster that never named somebody after the launch does not end the session of anyone but a learner.
    """
    membership = session.execute(
        select(Membership.roles, Membership.active, Membership.seen_at).where(
            Membership.context_id == launch_session.context_id,
            Membership.person_id == launch_session.person_id,
        )
    ).first()
    if membership is None:
        return []
    roles = [role for role in launch_session.roles if role in membership.roles]
    unnamed = membership.seen_at <= launch_session.created_at and Role.LEARNER not in roles
    return roles if membership.active or unnamed else []


def _mentees_now(session: Session, launch_session: LaunchSession) -> list[str]:
    """The learners whom the newest signed launch of this mentor in this course named."""
    newest = session.scalar(
        select(LaunchSession.mentee_user_ids)
        .where(
            LaunchSession.person_id == launch_session.person_id,
            LaunchSession.context_id == launch_session.context_id,
        )
        .order_by(LaunchSession.id.desc())
        .limit(1)
    )
    return newest or []


def _is_ordinary_learner(launch: Launch) -> bool:
    """A learner in person: nobody's view of the student's pages, no teacher who learns as well."""
    return launch.roles == (Role.LEARNER,) and not launch.is_test and not launch.is_masquerading


def _end_other_learners(session: Session, opened: LaunchSession, now: datetime) -> None:
    """On a shared computer the next learner's launch ends what earlier learners left open in this browser.

    A teacher's pages beside a student view stay open, so do those of a test student and of somebody who
    acts as a learner, and all those of other platforms.
    """
    session.execute(
        update(LaunchSession)
        .where(
            LaunchSession.browser_hash == opened.browser_hash,
            LaunchSession.person_id != opened.person_id,
            LaunchSession.expires_at > now,
            LaunchSession.is_test.is_(False),
            LaunchSession.is_masquerading.is_(False),
            cast(LaunchSession.roles, Text) == json.dumps([Role.LEARNER.value]),
            LaunchSession.deployment_id.in_(
                select(Deployment.id).where(Deployment.registration_id == opened.deployment.registration_id)
            ),
        )
        .values(expires_at=now)
        .execution_options(synchronize_session=False)
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


def _store(
    session: Session, deployment: Deployment, launch: Launch, *, local_origins: Collection[str], now: datetime
) -> tuple[int | None, int | None]:
    """The rows of context and person, as far as the launch has them, and the membership that joins them.

    Of an anonymous launch nothing is kept. Raises LaunchRefused `launch.account_disabled`.
    """
    if launch.user_id is None:
        return None, None
    context_key = None
    if launch.context is not None:
        context_key = _store_context(
            session, deployment, launch, launch.context, local_origins=local_origins, now=now
        )
    person_key = _store_person(session, deployment.registration_id, launch, launch.user_id)
    if session.scalar(select(Person.disabled_at).where(Person.id == person_key)) is not None:
        raise _disabled()
    if context_key is not None:
        _store_membership(session, context_key, person_key, launch, now)
    return context_key, person_key


def _store_context(
    session: Session,
    deployment: Deployment,
    launch: Launch,
    claim: ContextClaim,
    *,
    local_origins: Collection[str],
    now: datetime,
) -> int:
    """The context's row. Service addresses that this registration may not use are left empty.

    An empty claim does not erase an address that an earlier launch gave: Moodle leaves out the roster
    address until the tool has a link in the course, and Canvas where a placement has no grades.
    """
    registration = deployment.registration
    allowed = {
        name: url
        for name, url in (
            ("memberships_url", launch.memberships_url),
            ("line_items_url", launch.line_items_url),
        )
        if may_call(registration, url, local_origins)
    }
    fresh: dict[str, Any] = {"title": claim.title, "label": claim.label, **allowed}
    if "line_items_url" in allowed:
        fresh["service_scopes"] = list(launch.service_scopes)
    first = {
        "created_at": now,
        "service_scopes": [],
        "sync_state": SyncState.NEVER,
        "sync_progress": "",
        "mode": Mode.WRITE_BACK,
        "threshold": Context.__table__.c.threshold.default.arg,
    }
    key = {"deployment_id": deployment.id, "context_id": claim.id}
    return _upsert(session, Context, key=key, fresh=fresh, first=first)


def _store_person(session: Session, registration_key: int, launch: Launch, user_id: str) -> int:
    """The person's row. A launch that withholds all names does not erase those of the roster.

    Somebody who acts as this person changes nothing about the person.
    """
    names = {"name": launch.name, "given_name": launch.given_name, "family_name": launch.family_name}
    key = {"registration_id": registration_key, "user_id": user_id}
    if any(names.values()) and not launch.is_masquerading:
        return _upsert(session, Person, key=key, fresh=names, first={})
    return _upsert(session, Person, key=key, fresh={}, first=names)


def _store_membership(
    session: Session, context_key: int, person_key: int, launch: Launch, now: datetime
) -> None:
    fresh = {
        "roles": [role.value for role in launch.roles],
        "is_learner": Role.LEARNER in launch.roles,
        "is_test": launch.is_test,
        "active": True,
        "seen_at": now,
    }
    key = {"context_id": context_key, "person_id": person_key}
    if launch.is_masquerading:
        _upsert(session, Membership, key=key, fresh={}, first=fresh)
    else:
        _upsert(session, Membership, key=key, fresh=fresh, first={})


def _upsert(
    session: Session, model: type[Base], *, key: dict[str, Any], fresh: dict[str, Any], first: dict[str, Any]
) -> int:
    """Insert or update the row with this unique key, whoever else does the same now; gives its id.

    `fresh` is written always, `first` only where the row is new.
    """
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(model).values({**first, **key, **fresh})
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=fresh or key)
    found: int = session.execute(statement.returning(model.__table__.c.id)).scalar_one()
    return found


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
