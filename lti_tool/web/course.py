"""The course that a page is about, opened for one request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask import g
from sqlalchemy.orm import Session

from lti_tool.models.courses import Context, Person
from lti_tool.models.launches import LaunchSession
from lti_tool.web.services import services


@dataclass(frozen=True, slots=True)
class Course:
    """A course, the person at the screen, one database session and the time of the request."""

    session: Session
    context: Context
    person: Person
    now: datetime


@contextmanager
def open_course(*, write: bool = False) -> Iterator[Course]:
    """The course of the present launch; with `write`, its changes are committed together at the end.

    Pages note things as they are shown: a step that is planned, a step that was seen. While somebody acts
    as another person, the page is made in the same way and then all of that is dropped. `g.roster_read` tells
    the page whether "no students" was read or is merely not known.
    """
    launch: LaunchSession = g.launch
    database = services().database
    with database.transaction() if write else database.read() as session:
        context = session.get_one(Context, launch.context_id)
        g.roster_read = context.roster_read_at is not None
        yield Course(
            session=session,
            context=context,
            person=session.get_one(Person, launch.person_id),
            now=services().clock(),
        )
        if launch.is_masquerading:
            session.rollback()
