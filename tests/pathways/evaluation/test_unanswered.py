import pytest

from lti_tool.pathways.evaluation.trails import Ending, Trail
from lti_tool.pathways.evaluation.unanswered import unanswered_in
from lti_tool.pathways.evidence import Evidence
from tests.pathways.evaluation.factories import course_of, score, step
from tests.pathways.factories import NOW

LOW = score("quiz-counting", 0.3, 9.0)


def found(pieces: list[Evidence], *trails: Trail) -> list[tuple[str, str, float]]:
    course = course_of(pieces)
    return [
        (each.learner_id, each.skill_id, each.fraction)
        for each in unanswered_in(course, trails, miss_below=0.6, now=NOW)
    ]


def test_a_low_score_that_stands_alone_is_told_oldest_first() -> None:
    older = score("game-adding", 0.5, 20.0, "ben")
    assert found([LOW, older]) == [("ben", "adding", 0.5), ("ana", "counting", 0.3)]


@pytest.mark.parametrize(
    "other",
    [
        score("quiz-counting", 0.6, 9.0),
        score("quiz-counting", 0.3, 6.0),
        score("quiz-counting", 0.3, 61.0),
        score("video-counting", 0.0, 9.0),
    ],
)
def test_good_new_old_and_telling_nothing_are_not(other: Evidence) -> None:
    assert found([other]) == []


def test_a_later_score_or_a_step_that_was_taken_up_answers_it() -> None:
    assert found([LOW, score("game-counting", 0.2, 5.0)]) == []
    assert found([LOW], step(proposed=8.0, approved_at=7)) == []
    assert found([LOW], step(proposed=8.0, started_at=7)) == []
    assert found([LOW], step(proposed=8.0, done_at=7)) == []


def test_a_step_that_waits_was_turned_down_or_came_before_does_not() -> None:
    told = [("ana", "counting", 0.3)]
    assert found([LOW], step(proposed=8.0)) == told
    assert found([LOW], step(proposed=8.0, approved_at=7, ending=Ending.TURNED_DOWN)) == told
    assert found([LOW], step(proposed=30.0, done_at=20)) == told
    assert found([LOW], step("game-adding", proposed=8.0, done_at=7)) == told
    assert found([LOW, score("game-adding", 0.9, 5.0)]) == told
