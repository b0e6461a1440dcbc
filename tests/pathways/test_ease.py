from datetime import timedelta

import numpy as np
import pytest

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.ease import Ease, EaseSearch
from lti_tool.pathways.fitting import ease_for
from lti_tool.pathways.tasks import Task
from tests.pathways.factories import NOW

TASKS = {
    name: Task(name, ((skill, 1.0, 1.0),))
    for name, skill in (("easy", "adding"), ("hard", "adding"), ("other", "counting"))
}


def answer(learner_id: str, name: str, fraction: float, minutes: int = 0) -> Answer:
    return Answer(learner_id, TASKS[name], fraction, 4.0, NOW + timedelta(minutes=minutes))


def ease_of(*answers: Answer) -> Ease:
    return ease_for(answers)


CLASS = [
    each
    for number in range(12)
    for each in (answer(f"other-{number}", "easy", 0.9), answer(f"other-{number}", "hard", 0.3, 1))
]


def test_what_others_get_right_is_easy_and_what_nobody_answered_is_as_usual() -> None:
    ease = ease_of(*CLASS)
    assert ease.of_activity("easy") > 0.5 > -0.5 > ease.of_activity("hard")
    assert ease.of_activity("other") == ease.of_skill("counting") == 0.0


def test_a_single_learner_finds_nothing_easy_or_hard() -> None:
    ease = ease_of(*(answer("ana", "hard", 0.0, minute) for minute in range(5)))
    assert ease.of_activity("hard") < 0.0
    assert ease.of_activity("hard", without="ana") == pytest.approx(0.0, abs=1e-12)
    assert ease.of_skill("adding", without="ana") == pytest.approx(0.0, abs=1e-12)


def test_leaving_a_learner_out_is_nearly_the_ease_without_that_learner() -> None:
    mine = [answer("ana", "easy", 0.0), answer("ana", "hard", 0.0, 1)]
    ease, others = ease_of(*CLASS, *mine), ease_of(*CLASS)
    for name in ("easy", "hard"):
        assert ease.of_activity(name, without="ana") == pytest.approx(others.of_activity(name), abs=0.15)
        assert ease.of_activity(name, without="ben") == ease.of_activity(name)


def test_few_answers_say_less_than_many() -> None:
    assert 0.0 < ease_of(*CLASS[:2]).of_activity("easy") < ease_of(*CLASS).of_activity("easy")


def test_the_order_of_learners_does_not_matter() -> None:
    backwards = sorted(CLASS, key=lambda each: each.learner_id, reverse=True)
    assert ease_of(*CLASS) == ease_of(*backwards)


def test_of_nobody_nothing_is_known() -> None:
    assert ease_of() == Ease()


def test_a_fit_and_a_page_leave_a_learner_out_alike() -> None:
    search = EaseSearch(CLASS, activity_spread=1.0, skill_spread=0.6)
    search.improve(np.zeros(len(CLASS)))
    ease, (of_activity, of_skills) = search.found(), search.left_out()
    for row, each in enumerate(CLASS):
        name, learner_id = each.task.activity_id, each.learner_id
        assert of_activity[row] == pytest.approx(ease.of_activity(name, without=learner_id), abs=1e-12)
        assert of_skills[row] == pytest.approx(ease.of_skills(each.task, without=learner_id), abs=1e-12)
