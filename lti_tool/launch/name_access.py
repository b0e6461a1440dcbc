"""Seeing names of people in courses: an administrator's own, for one platform, for a while, with a reason.

All other pages of the administration have numbers only. Each access stands in the audit log; what was asked for
there is named by the number of the request in the school's files, so that the log has no names either.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import Fixable, NotAllowed
from lti_tool.launch import audit
from lti_tool.launch.registration import find_registration_by_key
from lti_tool.models.platforms import Administrator
from lti_tool.models.privacy import AccessReason, NameAccess

LASTS = timedelta(minutes=30)
LONGEST_REFERENCE = 40
# A number as schools give to requests, such as 2026-014 or FERPA/17: no spaces and one digit at least, so that
# nobody writes a name there.
_REFERENCE = re.compile(rf"(?=[^\d]*\d)[A-Za-z0-9._/#-]{{1,{LONGEST_REFERENCE}}}", re.ASCII)


def open_name_access(
    session: Session,
    administrator: Administrator,
    registration_key: int,
    *,
    reason: str,
    reference: str,
    now: datetime,
) -> NameAccess:
    """Let this administrator see names of this platform's people for half an hour.

    Raises NotVisible `registration.not_found`, Fixable: `names.reason`, `names.reference`.
    """
    registration = find_registration_by_key(session, registration_key)
    if reason not in [one.value for one in AccessReason]:
        raise Fixable("names.reason", "Choose why you need to see names.")
    reference = reference.strip()
    if not _REFERENCE.fullmatch(reference):
        raise Fixable(
            "names.reference",
            f"Give the number of the request in your school's files, such as 2026-014: up to {LONGEST_REFERENCE} "
            "letters, digits and - . / _ # without spaces, one digit at least, and no name.",
        )
    access = NameAccess(
        administrator_id=administrator.id,
        registration_id=registration.id,
        reason=AccessReason(reason),
        reference=reference,
        opened_at=now,
        expires_at=now + LASTS,
    )
    session.add(access)
    session.flush()
    _note(session, administrator, access, "names.access_opened", now)
    return access


def open_accesses(session: Session, administrator_id: int, now: datetime) -> Sequence[NameAccess]:
    """What this administrator may see at present, with the platforms; the newest first."""
    return session.scalars(
        select(NameAccess)
        .options(joinedload(NameAccess.registration))
        .where(NameAccess.administrator_id == administrator_id, NameAccess.expires_at > now)
        .order_by(NameAccess.id.desc())
    ).all()


def require_name_access(
    session: Session, administrator_id: int, registration_key: int, now: datetime
) -> NameAccess:
    """The open access to this platform's names. Raises NotAllowed `names.no_access`."""
    for access in open_accesses(session, administrator_id, now):
        if access.registration_id == registration_key:
            return access
    raise NotAllowed(
        "names.no_access",
        "Names are not shown here without a reason. Say why under “People”; then you can see them for "
        f"{LASTS // timedelta(minutes=1)} minutes.",
    )


def close_name_access(
    session: Session, administrator: Administrator, registration_key: int, now: datetime
) -> None:
    """End the access before its time."""
    for access in open_accesses(session, administrator.id, now):
        if access.registration_id == registration_key:
            access.expires_at = now
            _note(session, administrator, access, "names.access_closed", now)


def _note(
    session: Session, administrator: Administrator, access: NameAccess, action: str, now: datetime
) -> None:
    audit.record(
        session,
        actor=administrator.login,
        action=action,
        subject=f"registration {access.registration_id}",
        now=now,
        reason=access.reason.value,
        reference=access.reference,
    )
