import pytest

from lti_tool.pathways.evaluation.gains import gains_of
from lti_tool.pathways.features import sigmoid
from tests.pathways.evaluation.factories import course_of, score, step


def test_the_next_score_is_held_against_what_was_expected_before_the_activity() -> None:
    course = course_of([score("worksheet-counting", 1.0, 20.0), score("quiz-counting", 0.9, 15.0)])
    [gain] = gains_of(course, [])
    # Nothing was known before the worksheet: intercept 0.1, not yet right -0.3. Its full marks take no part.
    assert gain.expected == pytest.approx(sigmoid(-0.2))
    assert gain.gain == pytest.approx(0.9 - sigmoid(-0.2))
    assert (gain.activity_id, gain.skill_id) == ("worksheet-counting", "counting")


def test_a_video_that_a_student_says_was_seen_counts_and_only_the_first_time() -> None:
    course = course_of([score("quiz-counting", 0.9, 15.0), score("game-counting", 0.2, 4.0)])
    seen = [
        step("video-counting", proposed=22.0, done_at=21),
        step("video-counting", proposed=9.0, done_at=8),
    ]
    assert [(g.activity_id, round(g.gain, 3)) for g in gains_of(course, seen)] == [
        ("video-counting", round(0.9 - sigmoid(-0.2), 3)),
        ("quiz-counting", gains_of(course, [])[0].gain.__round__(3)),
    ]


def test_the_same_activity_another_skill_and_long_after_are_not_independent() -> None:
    again = [score("quiz-counting", 0.1, 20.0), score("quiz-counting", 1.0, 15.0)]
    elsewhere = [score("quiz-adding", 1.0, 16.0)]
    late = [score("game-counting", 1.0, -10.0)]
    assert gains_of(course_of([*again, *elsewhere, *late]), []) == []
