"""Launch sessions while they last: found again for each page, handed over once, touched, ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused
from lti_tool.launch.roles import STAFF, Role, is_staff
from lti_tool.launch.secrets import token_hash
from lti_tool.models.courses import Membership, Onlooker, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import (
    Deployment,
    DeploymentStatus,
    Registration,
    RegistrationStatus,
)
from lti_tool.pathways.wording import N_
from lti_tool.prepared import Prepared, plain

IDLE = timedelta(minutes=60)
_TOUCH_EVERY = timedelta(minutes=1)
_HAND_OVER_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class OpenSession:
    """An open launch session and the registration that it came by, as plain objects outside any session.

    `looks_on` says that a teacher of the course let this person look only.
    """

    launch: LaunchSession
    registration: Registration
    looks_on: bool = False


def find_launch_session(
    connection: Connection, public_id: str, browser_token: str | None, now: datetime
) -> OpenSession:
    """The open session `public_id` of this browser.

    Its `roles` are those of the launch that the person still has: a later launch or roster that takes a
    role away takes it from older sessions too. In the same way its `mentee_user_ids` are those of the
    newest launch of this person in this course. Who looks on holds no more than an assistant's role. Raises LaunchRefused: `session.missing` (401, no cookie
    came), `session.not_found` (404, unknown or another browser's: the same answer), `session.ended` (401).
    """
    if browser_token is None:
        raise LaunchRefused(
            "session.missing",
            N_(
                "Your browser did not say which launch this page belongs to. Open Waymark again from your course."
            ),
        )
    return find_session_of(connection, public_id, token_hash(browser_token), now)


def find_session_of(connection: Connection, public_id: str, browser_hash: str, now: datetime) -> OpenSession:
    """The same for a browser of which only the hash of its cookie is known, as a signed value told it."""
    row = _FIND.first(connection, {"public_id": public_id, "browser_hash": browser_hash})
    if row is None:
        raise LaunchRefused(
            "session.not_found",
            N_("This page does not exist. Open Waymark again from your course."),
            status=404,
        )
    *values, deployment_status, disabled_at, held_roles, active, seen_at, onlooker = row
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
    looks_on = onlooker is not None and is_staff(Role(role) for role in launch.roles)
    if looks_on:
        launch.roles = [Role.TEACHING_ASSISTANT.value, *(role for role in launch.roles if role not in STAFF)]
    return OpenSession(launch, registration, looks_on)


def _mentees_now(connection: Connection, launch: LaunchSession) -> list[str]:
    """The learners whom the newest signed launch of this mentor in this course named."""
    newest = connection.execute(
        _NEWEST_MENTEES, {"person_id": launch.person_id, "context_id": launch.context_id}
    ).scalar()
    return newest or []


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
_onlookers = Onlooker.__table__
_LAUNCH_NAMES = tuple(column.key for column in _launches.c)
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
        _onlookers.c.id,
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
    .outerjoin(
        _onlookers,
        and_(
            _onlookers.c.context_id == _launches.c.context_id,
            _onlookers.c.person_id == _launches.c.person_id,
        ),
    )
    .where(
        _launches.c.public_id == bindparam("public_id"), _launches.c.browser_hash == bindparam("browser_hash")
    )
)
_NEWEST_MENTEES = (
    select(_launches.c.mentee_user_ids)
    .where(_launches.c.person_id == bindparam("person_id"), _launches.c.context_id == bindparam("context_id"))
    .order_by(_launches.c.id.desc())
    .limit(1)
)


def _ended() -> LaunchRefused:
    return LaunchRefused(
        "session.ended",
        N_(
            "This page has been open for long, or your place in the course has changed. "
            "Open Waymark again from your course; nothing that you did is lost."
        ),
    )
