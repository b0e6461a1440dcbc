import math
from datetime import timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.fitting import PRECISION, fit, weights_for
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS, NEVER_ABOVE_ZERO, NEVER_BELOW_ZERO, WEIGHTS
from lti_tool.pathways.tasks import Task
from tests.pathways.factories import NOW

TASKS = [Task(f"a{number}", ((f"s{number % 4}", 1.0, 1.0),)) for number in range(12)]


def school(learners: int, seed: int, *, chance: float = 0.5, each: int = 20) -> list[Answer]:
    """Learners of differing ability on tasks of differing ease, `chance` right in the middle."""
    rng = Random(seed)
    ease = [rng.gauss(0.0, 0.8) for _ in TASKS]
    answers = []
    for learner in range(learners):
        ability = rng.gauss(math.log(chance / (1 - chance)), 1.0)
        for number in range(each):
            task = rng.randrange(len(TASKS))
            right = rng.random() < 1 / (1 + math.exp(-ability - ease[task]))
            at = NOW + timedelta(minutes=number)
            answers.append(Answer(f"learner-{learner:03d}", TASKS[task], float(right), 1.0, at))
    return answers


def test_a_fit_is_the_same_to_the_last_bit() -> None:
    answers = school(20, 1)
    assert fit(answers) == fit(answers)


def test_little_evidence_moves_the_weights_little_and_much_moves_them_more() -> None:
    def moved(learners: int) -> float:
        found = fit(school(learners, 2)).parameters
        return max(
            float(abs(getattr(found, name) - getattr(DEFAULT_PARAMETERS, name)))
            for name in WEIGHTS
            if name != "intercept"
        )

    few, many = moved(2), moved(60)
    assert few < 0.2 < many


def test_the_intercept_follows_the_course() -> None:
    hard, easy = (fit(school(40, 3, chance=chance)).parameters for chance in (0.3, 0.8))
    assert hard.intercept < 0.0 < easy.intercept
    assert hard.usual < 0.0 < easy.usual


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), learners=st.integers(1, 12))
def test_no_evidence_turns_the_sign_of_a_weight(seed: int, learners: int) -> None:
    rng = Random(seed)
    backwards = [
        Answer(a.learner_id, a.task, rng.choice([0.0, 1.0, 1.0 - a.fraction]), 4.0, a.at)
        for a in school(learners, seed)
    ]
    found = fit(backwards).parameters
    assert all(getattr(found, name) >= 0.0 for name in NEVER_BELOW_ZERO)
    assert all(getattr(found, name) <= 0.0 for name in NEVER_ABOVE_ZERO)


def test_weights_are_where_the_slope_is_zero() -> None:
    rng = np.random.default_rng(4)
    seen = rng.normal(size=(400, len(WEIGHTS)))
    middle = np.array([getattr(DEFAULT_PARAMETERS, name) for name in WEIGHTS])
    right = (rng.random(400) < 1 / (1 + np.exp(-seen @ middle))).astype(float)
    weights = weights_for(seen, right, np.ones(400), DEFAULT_PARAMETERS, middle)
    slope = seen.T @ (right - 1 / (1 + np.exp(-seen @ weights))) - PRECISION * (weights - middle)
    free = np.array([name != "intercept" for name in WEIGHTS]) & (weights != 0.0)
    assert np.abs(slope[free]).max() == pytest.approx(0.0, abs=1e-6)


def test_ease_is_learnt_from_the_others_alone() -> None:
    alone, class_of_many = fit(school(1, 4)).parameters, fit(school(40, 4)).parameters
    assert alone.activity_ease == pytest.approx(DEFAULT_PARAMETERS.activity_ease, abs=1e-9)
    assert abs(class_of_many.activity_ease - DEFAULT_PARAMETERS.activity_ease) > 0.01
