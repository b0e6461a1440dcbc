from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from lti_tool.pathways.evaluation.predictions import FIRST_EASE, InUse, predict_in_order
from lti_tool.pathways.features import sigmoid
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from tests.pathways.factories import NOW
from tests.pathways.test_fitting import school


def test_the_two_plain_ways_by_hand() -> None:
    first, second, third = sorted(school(1, 1, each=3), key=lambda answer: answer.at)
    answers = [replace(first, fraction=1.0), replace(second, fraction=0.5), replace(third, fraction=0.0)]
    found = predict_in_order(answers)
    # The course starts at 1 of 2; after 1.0 it is 2 of 3, after 0.5 it is 2.5 of 4.
    assert [each.by_course for each in found] == pytest.approx([0.5, 2 / 3, 0.625])
    # The student: the course as one score, then (1 + 2/3) / 2, then (0.8 + 0.5 + 0.625) / (0.8 + 1 + 1).
    assert [each.by_student for each in found] == pytest.approx([0.5, 5 / 6, 1.925 / 2.8])
    # Of somebody of whom nothing is known: intercept 0.1, not yet right -0.3.
    assert found[0].expected == pytest.approx(sigmoid(0.1 - 0.3))


def test_what_comes_later_changes_nothing_that_was_predicted_before() -> None:
    answers = sorted(school(6, 2, each=12), key=lambda answer: (answer.at, answer.learner_id))
    whole = predict_in_order(answers)
    for cut in (5, FIRST_EASE, 37, 60):
        moment = answers[cut].at
        early = [answer for answer in answers if answer.at < moment]
        flipped = [replace(a, fraction=1.0 - a.fraction) if a.at >= moment else a for a in answers]
        assert predict_in_order(early) == whole[: len(early)]
        assert predict_in_order(flipped)[: len(early)] == whole[: len(early)]


def test_scores_of_one_moment_do_not_predict_each_other() -> None:
    at_once = [replace(answer, at=NOW) for answer in school(4, 3, each=10)]
    assert {each.by_course for each in predict_in_order(at_once)} == {0.5}
    assert {each.expected for each in predict_in_order(at_once)} == {sigmoid(0.1 - 0.3)}


def test_the_class_teaches_how_easy_things_are() -> None:
    answers = school(12, 4, each=20)
    found = predict_in_order(answers)
    blind = predict_in_order(
        [replace(a, task=replace(a.task, activity_id=f"{n}")) for n, a in enumerate(answers)]
    )
    assert found[: FIRST_EASE // 2] == blind[: FIRST_EASE // 2]
    assert found != blind


def test_weights_count_from_when_they_came_into_use() -> None:
    answers = school(3, 5, each=10)
    sure = replace(DEFAULT_PARAMETERS, intercept=2.0, version="sure")
    plain = predict_in_order(answers)
    found = predict_in_order(answers, [InUse(NOW + timedelta(minutes=5), sure)])
    # Fifteen scores by the fifth minute, which comes before the weights are used.
    assert found[:18] == plain[:18]
    assert all(new.expected > old.expected for new, old in zip(found[18:], plain[18:], strict=True))


def test_the_order_in_which_scores_are_given_does_not_matter() -> None:
    answers = school(5, 6, each=10)
    shuffled = list(answers)
    Random(1).shuffle(shuffled)
    assert predict_in_order(shuffled) == predict_in_order(answers)
