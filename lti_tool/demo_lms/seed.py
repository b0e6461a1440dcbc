"""Filling an empty database from the sample course."""

import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.demo_lms.keys import make_key
from lti_tool.demo_lms.profiles import Profile
from lti_tool.demo_lms.tables import (
    Column,
    Comment,
    CourseRow,
    Grade,
    Guardianship,
    ItemRow,
    ModuleRow,
    PersonRow,
    Site,
)

if TYPE_CHECKING:
    from lti_tool.demo_lms.course import Course


class ProfileMismatchError(Exception):
    """The database was made with another profile."""


def site_of(session: Session, profile: Profile) -> Site | None:
    """The site row, or None in an empty database. Error: `ProfileMismatchError`."""
    site = session.scalars(select(Site)).first()
    if site is not None and site.profile != profile.name:
        raise ProfileMismatchError(
            f"This database was made with the profile {site.profile!r}: start with --profile {site.profile}, "
            "or name another database file."
        )
    return site


def seed(session: Session, course: "Course", profile: Profile, *, now: datetime) -> Site:
    """Write the course, its people and scores, a signing key and the site row."""
    site = Site(profile=profile.name, cookie_secret=secrets.token_urlsafe(32))
    session.add(site)
    make_key(session, now=now)
    course_row = CourseRow(public_id=profile.context_id(1), title=course.title, label=course.label)
    session.add(course_row)
    session.flush()
    people = _seed_people(session, course, profile)
    columns = _seed_modules(session, course, course_row)
    for score in course.scores:
        grade = Grade(
            column_id=columns[score.item_id].id,
            person_id=people[score.person_id].id,
            score=score.score_given,
            timestamp=score.timestamp,
        )
        if score.comment:
            grade.comments.append(Comment(text=score.comment))
        session.add(grade)
    session.flush()
    return site


def _seed_people(session: Session, course: "Course", profile: Profile) -> dict[str, PersonRow]:
    rows: dict[str, PersonRow] = {}
    for number, person in enumerate(course.people, start=1):
        rows[person.id] = PersonRow(
            public_id=profile.person_id(number),
            key=person.id,
            given=person.given,
            family=person.family,
            email=person.email,
            role=person.role,
        )
        session.add(rows[person.id])
    session.flush()
    for person in course.people:
        for child in person.children:
            session.add(Guardianship(adult_id=rows[person.id].id, child_id=rows[child].id))
    return rows


def _seed_modules(session: Session, course: "Course", course_row: CourseRow) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for module_position, module in enumerate(course.modules):
        module_row = ModuleRow(course_id=course_row.id, title=module.title, position=module_position)
        session.add(module_row)
        session.flush()
        for position, item in enumerate(module.items):
            row = ItemRow(
                module_id=module_row.id,
                position=position,
                kind=item.kind,
                title=item.title,
                body=item.body,
                points=item.points,
            )
            session.add(row)
            session.flush()
            if item.points:
                columns[item.id] = Column(
                    course_id=course_row.id,
                    label=item.title,
                    score_maximum=item.points,
                    resource_id=item.resource_id,
                    item_id=row.id,
                )
                session.add(columns[item.id])
    session.flush()
    return columns
