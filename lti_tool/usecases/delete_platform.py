"""A school leaves: its registration goes with everything that hangs on it, and nothing else does.

The database's own foreign keys decide what hangs on it, and delete it. What stays is one entry in the audit log, with
numbers and the platform's identifiers, without names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.db import Base
from lti_tool.errors import Fixable
from lti_tool.launch import audit
from lti_tool.launch.registration import find_registration_by_key
from lti_tool.models.platforms import Registration, RegistrationStatus
from lti_tool.usecases.words import ENGLISH, Words

_REGISTRATIONS = Registration.__table__


@dataclass(frozen=True, slots=True)
class Leaving:
    """A registration and how many rows of each table go with it; tables without any are not named."""

    registration: Registration
    rows: Mapping[str, int]

    def lines(self, words: Words = ENGLISH) -> tuple[tuple[str, int], ...]:
        """What goes, in words: (what, how many). Small things are one line, and what there is none of has no line."""
        _ = words.gettext
        said = {
            "contexts": _("Courses"),
            "people": _("People"),
            "results": _("Results of students"),
            "evidence": _("Pieces of evidence"),
            "check_responses": _("Answers in checks"),
            "proposals": _("Next steps"),
            "decisions": _("Decisions of teachers"),
            "outbox_entries": _("Deliveries"),
            "deployments": _("Deployments"),
            "tool_keys": _("Signing keys"),
        }
        others = sum(number for table, number in self.rows.items() if table not in said)
        numbers = [
            *((text, self.rows.get(table, 0)) for table, text in said.items()),
            (_("Other records"), others),
        ]
        always = {said["contexts"], said["people"]}
        return tuple((text, number) for text, number in numbers if number or text in always)


def look_at_leaving(session: Session, registration_key: int) -> Leaving:
    """What deleting would take away.

    Raises NotVisible `registration.not_found`, Fixable `registration.not_disabled`.
    """
    registration = find_registration_by_key(session, registration_key)
    if registration.status is not RegistrationStatus.DISABLED:
        raise Fixable(
            "registration.not_disabled",
            "A platform that is in use cannot be deleted. Switch it off first, so that nobody is at work in it.",
        )
    counts = {
        table.name: session.scalar(select(func.count()).select_from(table).where(condition)) or 0
        for table, condition in _hanging_on(registration_key).items()
        if table is not _REGISTRATIONS
    }
    return Leaving(registration, {name: number for name, number in counts.items() if number})


def delete_platform(
    session: Session, registration_key: int, *, typed_name: str, actor: str, now: datetime
) -> Leaving:
    """Delete the registration with everything that hangs on it; gives back what went.

    Raises NotVisible `registration.not_found`, Fixable: `registration.not_disabled`, `registration.name_differs`.
    """
    session.execute(select(Registration.id).where(Registration.id == registration_key).with_for_update())
    leaving = look_at_leaving(session, registration_key)
    registration = leaving.registration
    if typed_name.strip() != registration.label.strip():
        raise Fixable(
            "registration.name_differs",
            "That is not the name of this platform. Nothing was deleted; type it exactly as it stands there.",
        )
    session.execute(delete(Registration).where(Registration.id == registration_key))
    audit.record(
        session,
        actor=actor,
        action="registration.deleted",
        subject=f"registration {registration_key}",
        now=now,
        issuer=registration.issuer,
        client_id=registration.client_id,
        **{name: str(number) for name, number in leaving.rows.items()},
    )
    return leaving


def _hanging_on(registration_key: int) -> dict[Table, ColumnElement[bool]]:
    """The rows that go with the registration, by table: those whose foreign keys say that they do."""
    found: dict[Table, ColumnElement[bool]] = {}
    for table in Base.metadata.sorted_tables:  # what others point at comes first
        if table is _REGISTRATIONS:
            found[table] = table.c.id == registration_key
            continue
        ways = [
            key.parent.in_(select(key.column).where(found[key.column.table]))
            for key in table.foreign_keys
            if key.ondelete == "CASCADE" and key.column.table in found
        ]
        if ways:
            found[table] = or_(*ways)
    return found
