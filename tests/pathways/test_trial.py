from dataclasses import replace
from zlib import crc32

from lti_tool.pathways.school import AS_SHIPPED
from lti_tool.pathways.trial import HELD_OUT_ONE_IN, try_model
from tests.pathways.test_fitting import school


def test_weights_that_predict_held_out_learners_better_are_better() -> None:
    trial = try_model(school(60, 5, chance=0.85), AS_SHIPPED, version="new")
    assert trial is not None
    assert trial.better
    assert trial.loss_fitted < trial.loss_in_use
    assert (trial.learners, trial.answers, trial.model.parameters.version) == (60, 1200, "new")


def test_a_fit_does_not_replace_one_that_is_as_good() -> None:
    answers = school(60, 5, chance=0.85)
    first = try_model(answers, AS_SHIPPED, version="first")
    assert first is not None
    again = try_model(answers, first.model, version="again")
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
        trial = try_model(changed, AS_SHIPPED, version="new")
        assert trial is not None
        fits.add(trial.model.parameters)
    assert len(fits) == 1 + sum(crc32(f"learner-{n:03d}".encode()) % HELD_OUT_ONE_IN != 0 for n in range(60))


def test_too_few_learners_make_no_trial() -> None:
    assert try_model(school(3, 1, each=200), AS_SHIPPED, version="new") is None
    assert try_model(school(60, 1, each=2), AS_SHIPPED, version="new") is None
    assert try_model([], AS_SHIPPED, version="new") is None
