from datetime import timedelta

import numpy as np
import pytest

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.companions import KEPT, REACH, SHRINK, Companions, companions_in
from lti_tool.pathways.tasks import Task
from tests.pathways.factories import NOW

TASKS = {name: Task(name, (("s", 1.0, 1.0),)) for name in ("first", "second", "apart")}


def answers(*names: str, learner_id: str = "ana") -> list[Answer]:
    return [
        Answer(learner_id, TASKS[name], 1.0, 1.0, NOW + timedelta(minutes=n)) for n, name in enumerate(names)
    ]


def test_results_that_go_together_make_companions_and_others_do_not() -> None:
    sequence, surprises = [], []
    for number in range(40):
        sequence += answers("first", "second", "apart", learner_id=f"{number:02d}")
        sign = 1.0 if number % 2 else -1.0
        surprises += [0.5 * sign, 0.5 * sign, 0.5 if number % 4 < 2 else -0.5]
    found, _ = companions_in(sequence, np.array(surprises))
    # 40 products of 0.25 over 40 squares of 0.25 and the shrinkage: 10 / 18
    assert found.links["second"]["first"] == pytest.approx(10.0 / (10.0 + SHRINK))
    assert "first" not in found.links.get("apart", {}), "so weak a link is not kept"
    assert found.say("second", [("first", 0.5)]) > 0.25
    assert found.say("first", [("second", 0.5)]) == 0.0, "the later one says nothing of the earlier one"


def test_an_answer_says_nothing_of_itself() -> None:
    _, said = companions_in(answers("first", "second"), np.array([0.5, 0.5]))
    assert said.tolist() == [0.0, 0.0]


def test_learners_are_kept_apart() -> None:
    alone = [each for n in range(20) for each in answers(("first", "second")[n % 2], learner_id=f"{n:02d}")]
    assert companions_in(alone, np.full(20, 0.9))[0] == Companions()


def test_a_companion_further_back_says_less_and_one_out_of_reach_nothing() -> None:
    companions = Companions({"second": {"first": 1.0}})
    near, far = [("first", 1.0)], [("apart", 1.0), ("first", 1.0)]
    assert companions.say("second", far) == pytest.approx(KEPT * companions.say("second", near))
    sequence = answers("first", *["apart"] * REACH, "second")
    assert (
        companions_in(sequence, np.full(len(sequence), 0.9))[0].links.get("second", {}).get("first") is None
    )
