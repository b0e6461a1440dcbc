"""One-time permissions to register a platform: without one, nobody makes us call an address."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool.errors import LaunchRefused
from lti_tool.launch.secrets import random_token, token_hash
from lti_tool.models.platforms import Invitation, Registration

LIFETIME = timedelta(days=7)


def create_invitation(
    session: Session, label: str, now: datetime, *, registration: Registration | None = None
) -> str:
    """Make an invitation and give its token, which is shown once and never stored.

    With `registration` it permits updating that one, and nothing else.
    """
    token = random_token()
    session.add(
        Invitation(
            token_hash=token_hash(token),
            label=label[:200],
            registration_id=None if registration is None else registration.id,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )
    session.flush()
    return token


def check_invitation(session: Session, token: str, now: datetime) -> Invitation:
    """The open invitation of `token`. Raises LaunchRefused (`registration.not_invited`)."""
    found = session.scalar(
        select(Invitation).where(
            Invitation.token_hash == token_hash(token),
            Invitation.used_at.is_(None),
            Invitation.expires_at > now,
        )
    )
    if found is None:
        raise _not_invited()
    return found


def use_invitation(session: Session, token: str, now: datetime) -> Invitation:
    """Use the invitation up; of several simultaneous callers one succeeds.

    Raises LaunchRefused (`registration.not_invited`).
    """
    found = check_invitation(session, token, now)
    used = session.execute(
        update(Invitation)
        .where(Invitation.id == found.id, Invitation.used_at.is_(None))
        .values(used_at=now)
        .returning(Invitation.id)
    ).first()
    if used is None:
        raise _not_invited()
    return found


def give_back_invitation(session: Session, invitation: Invitation) -> None:
    """Open a used invitation again, because the platform failed and the administrator will try once more."""
    session.execute(update(Invitation).where(Invitation.id == invitation.id).values(used_at=None))


def _not_invited() -> LaunchRefused:
    return LaunchRefused(
        "registration.not_invited",
        "To connect a learning platform, use the one-time address that Waymark's administration pages give "
        "under “Invite a platform”. This one is missing its invitation, was used already, or is too old.",
        status=403,
    )
