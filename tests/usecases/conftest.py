"""A small class that works with the sample course."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from lti_tool.db import Database
from lti_tool.usecases import adopted_map
from lti_tool.usecases.after_sync import after_sync
from tests.factories import NOW, make_column, make_context, make_person, make_results, make_teacher, ratios
from tests.filled_once import filled_once
from tests.usecases.connected import Connected, connected_school
from tests.usecases.school import School


@pytest.fixture
def school(database: Database) -> School:
    """The sample course in use; Ana does well on two quizzes, Ben does not."""
    return School(database, *filled_once(database, "two students", _two_students))


@pytest.fixture
def connected(school: School) -> Iterator[Connected]:
    """The same class, whose course is on a Canvas."""
    with connected_school(school) as connected:
        yield connected


def _two_students(session: Session) -> tuple[int, int, int, int]:
    sample = ratios()
    context = make_context(session)
    teacher = make_teacher(session, context)
    ana, ben = make_person(session, context, "1"), make_person(session, context, "2")
    adopted_map.adopt(session, context=context, sample=sample, tags={}, teacher=teacher, now=NOW)
    quizzes = [a for a in sample.skill_map.activities if a.format == "quiz"][:2]
    for quiz in quizzes:
        column = make_column(session, context, activity_id=quiz.id, label=quiz.title)
        make_results(session, column, {ana.id: 9.0, ben.id: 3.0})
    after_sync(session, context, NOW)
    return context.id, teacher.id, ana.id, ben.id
