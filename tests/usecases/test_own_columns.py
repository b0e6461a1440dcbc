"""A map of the course's own columns: parts become skills, every column counts, and every student has a step."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from lti_tool.db import Database
from lti_tool.errors import Fixable
from lti_tool.models.gradebook import LineItem
from lti_tool.models.learning import AdoptedSkillMap, Proposal
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.own_columns import adopt_own_columns
from tests.factories import NOW, make_column, make_context, make_person, make_results, make_teacher


def test_parts_become_skills_and_a_column_without_one_is_its_own(database: Database) -> None:
    with database.transaction() as session:
        context = make_context(session)
        learner = make_person(session, context, "learner")
        labels = ("Cells quiz", "Cells poster", "Field trip\x07", " ")
        columns = [make_column(session, context, activity_id=None, label=label) for label in labels]
        columns[0].module, columns[1].module = "Cells", " cells "
        make_results(session, columns[0], {learner.id: 4.0}, at=NOW)
        adopt_own_columns(session, context=context, grade=7, teacher=make_teacher(session, context), now=NOW)
        adopted = adopted_map(session, context)
        assert adopted is not None
        skills = {skill.title.casefold(): skill for skill in adopted.skill_map.skills}
        assert skills.keys() == {"cells", "field trip", f"column {columns[3].id}"}
        assert all(skill.goal and skill.grade == 7 for skill in skills.values())
        tags = [str(column.activity_id) for column in columns]
        first, second = (adopted.skill_map.activity(tag) for tag in tags[:2])
        assert first.skills == second.skills
        assert set(tags) == {activity.id for activity in adopted.skill_map.activities}
        learned = session.scalars(select(Proposal.person_id).where(Proposal.is_current)).all()
        assert learned == [learner.id]


@pytest.mark.parametrize(
    ("columns", "grade", "code"),
    [(0, 7, "own_columns.none"), (1, -1, "own_columns.grade"), (501, 7, "own_columns.too_many")],
)
def test_what_no_map_can_be_made_of_changes_nothing(
    database: Database, columns: int, grade: int, code: str
) -> None:
    with database.transaction() as session:
        context = make_context(session)
        for number in range(columns):
            make_column(session, context, activity_id=None, label=f"Column {number}")
        teacher = make_teacher(session, context)
        with pytest.raises(Fixable) as refused:
            adopt_own_columns(session, context=context, grade=grade, teacher=teacher, now=NOW)
        assert refused.value.code == code
        assert adopted_map(session, context) is None
        assert not session.scalars(select(LineItem).where(LineItem.activity_id.is_not(None))).all()


def test_a_map_in_use_is_not_replaced(database: Database) -> None:
    with database.transaction() as session:
        context = make_context(session)
        make_column(session, context, activity_id=None, label="Cells quiz")
        teacher = make_teacher(session, context)
        adopt_own_columns(session, context=context, grade=7, teacher=teacher, now=NOW)
        with pytest.raises(Fixable) as refused:
            adopt_own_columns(session, context=context, grade=8, teacher=teacher, now=NOW)
        assert (refused.value.code, refused.value.status) == ("own_columns.in_use", 409)
        assert len(session.scalars(select(AdoptedSkillMap)).all()) == 1
