import json
import math
from random import Random

import pytest

from lti_tool.pathways.evaluation.calibration import Calibration, Verdict, calibration_of, log_loss
from lti_tool.pathways.evaluation.predictions import Prediction


def seen(expected: float, observed: float, learner: int = 0, student: float = 0.5) -> Prediction:
    return Prediction(f"learner-{learner}", observed, expected, student, 0.5)


def test_bands_gap_and_losses_by_hand() -> None:
    found = calibration_of([seen(0.72, 1.0), seen(0.78, 0.5), seen(0.2, 0.0, learner=1)])
    band = found.bands[7]
    assert (band.scores, band.learners) == (2, 1)
    assert (band.mean_expected, band.mean_observed) == pytest.approx((0.75, 0.75))
    # The first learner is 0.28 above and 0.28 below, the second 0.2 below.
    assert (found.gap.count, found.gap.mean) == pytest.approx((2, -0.1))
    assert found.model.brier == pytest.approx(0.28**2 + 0.28**2 + 0.2**2)
    assert found.by_course.log == pytest.approx(3 * math.log(2))
    half_right = -(math.log(0.78) + math.log(0.22)) / 2
    assert found.model.log == pytest.approx(-math.log(0.72) + half_right - math.log(0.8))
    own = math.log(2) - (-math.log(0.72) + half_right) / 2, math.log(2) + math.log(0.8)
    assert found.over_student.total == pytest.approx(sum(own))


def test_a_certain_mistake_is_a_large_loss_and_not_an_endless_one() -> None:
    assert log_loss(1.0, 0.0) == pytest.approx(-math.log(1e-6))


def test_a_model_that_is_right_is_said_to_be_right_and_one_that_is_off_to_be_off() -> None:
    rng = Random(2)
    chances = [(learner, rng.random()) for learner in range(20) for _ in range(30)]
    scores = [(learner, p, float(rng.random() < p)) for learner, p in chances]
    right = calibration_of(seen(p, y, learner) for learner, p, y in scores)
    assert right.verdict(right.gap) is Verdict.NO_DIFFERENCE
    assert right.verdict(right.over_course) is Verdict.HIGHER
    off = calibration_of(seen(min(p + 0.2, 0.99), y, learner) for learner, p, y in scores)
    assert off.verdict(off.gap) is Verdict.LOWER
    assert off.bands[5].verdict is Verdict.LOWER


def test_little_evidence_says_so() -> None:
    few_learners = calibration_of(seen(0.9, 0.0, n % 4) for n in range(100))
    assert few_learners.verdict(few_learners.gap) is Verdict.TOO_FEW
    assert few_learners.bands[9].verdict is Verdict.TOO_FEW
    few_scores = calibration_of(seen(0.9, 0.0, n) for n in range(9))
    assert few_scores.verdict(few_scores.gap) is Verdict.TOO_FEW
    assert few_scores.bands[9].verdict is Verdict.TOO_FEW
    assert calibration_of([]).learners == 0


def test_courses_add_up_and_survive_being_written_down() -> None:
    some = calibration_of(seen(0.6, 0.8, n) for n in range(6))
    others = calibration_of(seen(0.3, 0.5, n) for n in range(4))
    both = some + others
    assert (both.scores, both.learners) == (10, 10)
    assert Calibration.from_mapping(json.loads(json.dumps(both.to_mapping()))) == both
    assert Calibration() + some == some


def test_the_order_of_scores_does_not_matter() -> None:
    rng = Random(3)
    scores = [seen(rng.random(), rng.random(), n % 7, rng.random()) for n in range(60)]
    assert calibration_of(scores) == calibration_of(reversed(scores))
