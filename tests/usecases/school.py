"""A small class that works with the sample course."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.models.courses import Context, Person


@dataclass(frozen=True, slots=True)
class School:
    """Keys of a course with a teacher and two students, Ana (1) and Ben (2)."""

    database: Database
    context: int
    teacher: int
    ana: int
    ben: int

    def rows(self, session: Session) -> tuple[Context, Person, Person, Person]:
        """Course, teacher, Ana and Ben in this session."""
        return (
            session.get_one(Context, self.context),
            session.get_one(Person, self.teacher),
            session.get_one(Person, self.ana),
            session.get_one(Person, self.ben),
        )
