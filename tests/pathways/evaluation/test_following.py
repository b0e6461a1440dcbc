import pytest

from lti_tool.pathways.evaluation.calibration import Verdict
from lti_tool.pathways.evaluation.following import Week, following_of, weeks_of
from lti_tool.pathways.evaluation.trails import monday
from lti_tool.pathways.features import sigmoid
from tests.pathways.evaluation.factories import course_of, score, step
from tests.pathways.factories import NOW


def test_each_learner_is_compared_with_the_same_learner() -> None:
    weeks = [
        *(Week("ana", 1, 0.2), Week("ana", 2, 0.4), Week("ana", 0, 0.1)),  # 0.3 - 0.1
        *(Week("ben", 5, 0.0), Week("ben", 0, 0.1)),  # 0.0 - 0.1
        Week("cid", 0, 0.9),
    ]
    found = following_of(weeks)
    assert (found.difference.count, found.difference.mean) == pytest.approx((2, 0.05))
    assert {steps: (sample.count, round(sample.mean, 3)) for steps, sample in found.by_steps.items()} == {
        0: (3, 0.367),
        1: (1, 0.2),
        2: (1, 0.4),
        3: (1, 0.0),
    }
    assert found.learners_by_steps[0] == 3
    assert found.verdict is Verdict.TOO_FEW
    assert following_of(weeks[::-1]) == found


@pytest.mark.parametrize(
    ("differences", "verdict"),
    [
        ([0.1, -0.1, 0.05, -0.05, 0.0], Verdict.NO_DIFFERENCE),
        ([0.1, 0.12, 0.11, 0.09, 0.1], Verdict.HIGHER),
        ([-0.1, -0.12, -0.11, -0.09, -0.1], Verdict.LOWER),
        ([0.1, 0.12, 0.11, 0.09], Verdict.TOO_FEW),
    ],
)
def test_a_difference_is_told_only_where_chance_would_not_make_it(
    differences: list[float], verdict: Verdict
) -> None:
    weeks = [
        week
        for number, difference in enumerate(differences)
        for week in (Week(f"{number}", 1, difference), Week(f"{number}", 0, 0.0))
    ]
    assert following_of(weeks).verdict is verdict


def test_progress_is_beyond_what_was_expected_on_monday() -> None:
    assert NOW.weekday() == 0
    # Thursday and Saturday of last week: neither helps to expect the other; nothing was known on Monday.
    scores = [score("quiz-counting", 1.0, 4.0), score("quiz-adding", 0.5, 2.0)]
    [week] = weeks_of(course_of(scores), [step("video-adding", proposed=6.0, done_at=3)])
    assert week.followed == 1
    assert week.progress == pytest.approx(0.75 - sigmoid(-0.2))


def test_the_scores_of_followed_steps_count_only_where_they_are_checks() -> None:
    own = step("game-counting", proposed=6.0, done_at=4)
    assert weeks_of(course_of([score("game-counting", 1.0, 4.0)]), [own]) == []
    check = step("check-counting", proposed=6.0, done_at=4)
    [week] = weeks_of(course_of([score("check-counting", 1.0, 4.0)]), [check])
    assert week.followed == 1
    assert week.progress == pytest.approx(1.0 - sigmoid(-0.2))
    assert monday(check.proposed_at) == monday(NOW.replace(day=1))
