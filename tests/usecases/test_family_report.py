"""A family sees its own child and nobody else's."""

from __future__ import annotations

import pytest

from lti_tool.errors import NotVisible
from lti_tool.usecases.family_report import children, own_child, report_of
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW
from tests.usecases.school import School


def test_the_report_has_three_facts_a_next_step_and_something_to_do_together(school: School) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        assert children(session, context=context, mentee_user_ids=["1"], words=ENGLISH) == (
            (school.ana, "Given1"),
        )
        child = own_child(session, context=context, person_key=school.ana, mentee_user_ids=["1"])
        view = report_of(session, context=context, child=child, now=NOW, words=ENGLISH)
    assert len(view.facts) == 3
    assert view.next_title
    assert view.home_activity
    assert view.family_question.endswith("?")
    assert not any(word in " ".join(view.facts).lower() for word in ("behind", "weak", "at risk"))


@pytest.mark.parametrize("named", [[], ["1"], ["somebody-else"]])
def test_a_child_that_the_launch_did_not_name_looks_like_a_missing_one(
    school: School, named: list[str]
) -> None:
    with school.database.transaction() as session:
        context, *_ = school.rows(session)
        answers = []
        for person_key in (school.ben, 10_000):
            with pytest.raises(NotVisible) as refusal:
                own_child(session, context=context, person_key=person_key, mentee_user_ids=named)
            answers.append(str(refusal.value))
        assert answers[0] == answers[1]


def test_a_teacher_named_as_a_child_is_no_child(school: School) -> None:
    with school.database.read() as session:
        context, *_ = school.rows(session)
        assert children(session, context=context, mentee_user_ids=["teacher"], words=ENGLISH) == ()
