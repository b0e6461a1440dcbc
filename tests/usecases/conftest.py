"""A small class that works with the sample course."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.models.courses import Context, Person
from lti_tool.usecases import adopted_map
from lti_tool.usecases.after_sync import after_sync
from tests.factories import NOW, make_column, make_context, make_person, make_results, make_teacher, ratios


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


@pytest.fixture
def school(database: Database) -> School:
    """The sample course in use; Ana does well on two quizzes, Ben does not."""
    sample = ratios()
    with database.transaction() as session:
        context = make_context(session)
        teacher = make_teacher(session, context)
        ana, ben = make_person(session, context, "1"), make_person(session, context, "2")
        adopted_map.adopt(session, context=context, sample=sample, tags={}, teacher=teacher, now=NOW)
        quizzes = [a for a in sample.skill_map.activities if a.format == "quiz"][:2]
        for quiz in quizzes:
            column = make_column(session, context, activity_id=quiz.id, label=quiz.title)
            make_results(session, column, {ana.id: 9.0, ben.id: 3.0})
        after_sync(session, context, NOW)
        return School(database, context.id, teacher.id, ana.id, ben.id)
