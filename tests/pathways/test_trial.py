from dataclasses import replace
from zlib import crc32

from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.trial import HELD_OUT_ONE_IN, try_weights
from tests.pathways.test_fitting import school


def test_weights_that_predict_held_out_learners_better_are_better() -> None:
    trial = try_weights(school(60, 5, chance=0.85), DEFAULT_PARAMETERS, version="new")
    assert trial is not None
    assert trial.better
    assert trial.loss_fitted < trial.loss_in_use
    assert (trial.learners, trial.answers, trial.parameters.version) == (60, 1200, "new")


def test_a_fit_does_not_replace_one_that_is_as_good() -> None:
    answers = school(60, 5, chance=0.85)
    first = try_weights(answers, DEFAULT_PARAMETERS, version="first")
    assert first is not None
    again = try_weights(answers, first.parameters, version="again")
    assert again is not None
    assert not again.better


def test_learners_held_out_have_no_say_in_the_fit() -> None:
    answers = school(60, 8)
    fits = set()
    for flipped in range(60):
        changed = [
            replace(each, fraction=1.0 - each.fraction)
            if each.learner_id == f"learner-{flipped:03d}"
            else each
            for each in answers
        ]
        trial = try_weights(changed, DEFAULT_PARAMETERS, version="new")
        assert trial is not None
        fits.add(trial.parameters)
    assert len(fits) == 1 + sum(crc32(f"learner-{n:03d}".encode()) % HELD_OUT_ONE_IN != 0 for n in range(60))


def test_too_few_learners_make_no_trial() -> None:
    assert try_weights(school(3, 1, each=200), DEFAULT_PARAMETERS, version="new") is None
    assert try_weights(school(60, 1, each=2), DEFAULT_PARAMETERS, version="new") is None
    assert try_weights([], DEFAULT_PARAMETERS, version="new") is None
