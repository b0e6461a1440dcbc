"""Who is who in the course."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.demo_lms.tables import Guardianship, PersonRow

ROLE_NAMES = {
    "teacher": "Teacher",
    "co_teacher": "Co-teacher",
    "student": "Student",
    "family": "Family",
    "administrator": "LMS administrator",
}
STAFF = frozenset({"teacher", "co_teacher"})


def children_of(session: Session, person: PersonRow) -> list[PersonRow]:
    """The students whose family this person is."""
    return list(
        session.scalars(
            select(PersonRow)
            .join(Guardianship, Guardianship.child_id == PersonRow.id)
            .where(Guardianship.adult_id == person.id)
            .order_by(PersonRow.id)
        )
    )


def students(session: Session) -> list[PersonRow]:
    """All students, by family name."""
    return list(
        session.scalars(
            select(PersonRow)
            .where(PersonRow.role == "student")
            .order_by(PersonRow.family, PersonRow.given, PersonRow.id)
        )
    )


def visible_students(session: Session, person: PersonRow) -> list[PersonRow]:
    """The students whose grades a person may see: all for staff, oneself, one's own children."""
    if person.role in STAFF or person.role == "administrator":
        return students(session)
    if person.role == "family":
        return children_of(session, person)
    return [person]
