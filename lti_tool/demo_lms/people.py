"""Who is who in the course."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.demo_lms.platform import Platform
from lti_tool.demo_lms.tables import Guardianship, PersonRow

ROLE_NAMES = {
    "teacher": "Teacher",
    "co_teacher": "Co-teacher",
    "student": "Student",
    "family": "Family",
    "administrator": "LMS administrator",
    "test_student": "Test student",
}
STAFF = frozenset({"teacher", "co_teacher"})


def test_student(session: Session, platform: Platform) -> PersonRow:
    """The student whom teachers become to see the course as students do; made when first needed.

    LTI Core 1.3, appendix A.2.4: a person of the platform's own making, marked as such in every message.
    """
    found = session.scalars(select(PersonRow).where(PersonRow.role == "test_student")).first()
    if found is None:
        number = len(session.scalars(select(PersonRow.id)).all()) + 1
        found = PersonRow(
            public_id=platform.profile.person_id(number),
            key="test-student",
            given="Test",
            family="Student",
            email="test-student@example.org",
            role="test_student",
        )
        session.add(found)
        session.flush()
    return found


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
