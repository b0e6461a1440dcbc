import pytest

from lti_tool.pathways.evaluation.improvement import improvements
from lti_tool.pathways.evaluation.trails import Ending
from tests.pathways.evaluation.factories import course_of, score, step

BEFORE = [score("quiz-counting", 0.3, 30.0), score("game-counting", 0.4, 25.0)]
DONE = step(proposed=20.0, done_at=18)


@pytest.mark.parametrize(("later", "rose"), [(1.0, True), (0.0, False)])
def test_the_next_score_on_the_skill_decides(later: float, rose: bool) -> None:
    course = course_of([*BEFORE, score("check-counting", later, 10.0)])
    assert improvements(course, [DONE]) == {DONE.id: rose}


def test_the_steps_own_score_does_not_count() -> None:
    own = score("worksheet-counting", 1.0, 18.0)
    assert improvements(course_of([*BEFORE, own]), [DONE]) == {}
    again = score("worksheet-counting", 1.0, 10.0)
    assert improvements(course_of([*BEFORE, own, again]), [DONE]) == {}
    missed = score("check-counting", 0.0, 10.0)
    assert improvements(course_of([*BEFORE, own, missed]), [DONE]) == {DONE.id: False}


def test_a_check_is_evidence_of_its_own() -> None:
    check = step("check-counting", proposed=20.0, done_at=18)
    course = course_of([*BEFORE, score("check-counting", 1.0, 18.0)])
    assert improvements(course, [check]) == {check.id: True}


def test_other_skills_and_much_later_scores_say_nothing() -> None:
    elsewhere = score("check-adding", 1.0, 10.0)
    assert improvements(course_of([*BEFORE, elsewhere]), [DONE]) == {}
    long_ago = step(proposed=60.0, done_at=55)
    assert improvements(course_of([score("check-counting", 1.0, 10.0)]), [long_ago]) == {}


def test_steps_that_were_not_done_did_not_help() -> None:
    course = course_of([*BEFORE, score("check-counting", 1.0, 10.0)])
    assert improvements(course, [step(proposed=20.0)]) == {}
    assert improvements(course, [step(proposed=20.0, done_at=18, ending=Ending.TURNED_DOWN)]) == {}
