"""Who of a course's staff looks on only: a coach, or a colleague from another class, reads everything and changes nothing.

No platform says of somebody that they look on: a coach arrives as teacher or assistant like all others. So the teachers
of the course say it, and it holds for every launch from then on, until one of them takes it back. It only ever takes
rights away: what the platform does not give, nobody has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch import audit
from lti_tool.launch.roles import Role, is_staff
from lti_tool.models.courses import Context, Membership, Onlooker, Person
from lti_tool.usecases.names import full_name
from lti_tool.usecases.words import Words


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody on the staff of the course."""

    person_key: int
    name: str
    is_reader: bool
    looks_on: bool


def staff_of(session: Session, *, context: Context, reader: Person, words: Words) -> tuple[StaffMember, ...]:
    """The staff by name; `is_reader` is the one at the screen."""
    looking = set(session.scalars(select(Onlooker.person_id).where(Onlooker.context_id == context.id)))
    return tuple(
        sorted(
            (
                StaffMember(person.id, full_name(person, words), person.id == reader.id, person.id in looking)
                for person in _staff(session, context)
            ),
            key=lambda member: (member.name.casefold(), member.person_key),
        )
    )


def set_looks_on(
    session: Session, *, context: Context, person_key: int, looks_on: bool, teacher: Person, now: datetime
) -> None:
    """Let a colleague look on only, or decide again.

    Raises NotVisible `staff.not_found` and Fixable `staff.oneself`, `staff.looks_on`: somebody has to remain who can take it
    back, also where two colleagues say it of each other at the same moment.
    """
    if person_key not in {person.id for person in _staff(session, context)}:
        raise NotVisible("staff.not_found", "There is no such colleague in this course.")
    session.refresh(context, with_for_update=True)
    if person_key == teacher.id:
        raise Fixable(
            "staff.oneself",
            "You cannot take your own rights away. Ask a colleague to do it, if it is meant so.",
        )
    looking = {
        row.person_id: row
        for row in session.scalars(select(Onlooker).where(Onlooker.context_id == context.id))
    }
    if teacher.id in looking:
        raise Fixable(
            "staff.looks_on",
            "A colleague has just let you look on only, so you can change nothing.",
            status=409,
        )
    known = looking.get(person_key)
    if (known is not None) is looks_on:
        return
    if known is not None:
        session.delete(known)
    else:
        session.add(Onlooker(context_id=context.id, person_id=person_key, said_by_id=teacher.id, said_at=now))
    audit.record(
        session,
        actor=audit.person_name(teacher.id),
        action="staff.looks_on" if looks_on else "staff.decides",
        subject=audit.person_name(person_key),
        now=now,
        course=str(context.id),
    )
    session.flush()


def _staff(session: Session, context: Context) -> list[Person]:
    memberships = session.scalars(
        select(Membership)
        .options(joinedload(Membership.person))
        .where(Membership.context_id == context.id, Membership.active, Membership.is_test.is_(False))
    )
    return [
        membership.person
        for membership in memberships
        if is_staff(Role(role) for role in membership.roles) and membership.person.disabled_at is None
    ]
