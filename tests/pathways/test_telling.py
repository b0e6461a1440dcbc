import math
from datetime import timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest

from lti_tool.pathways.answers import Answer
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.record import Record
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.tasks import Task
from lti_tool.pathways.telling import SPREAD, STEEPEST, Slopes, slopes_in
from tests.pathways.factories import NOW

TASKS = {name: Task(name, (("s", 1.0, 1.0),)) for name in ("telling", "usual", "luck")}


def answer(learner_id: str, name: str, fraction: float = 1.0) -> Answer:
    return Answer(learner_id, TASKS[name], fraction, 1.0, NOW)


def found(learners: int) -> Slopes:
    """Learners from weak to strong on three activities of slope 2.5, 1 and 0, where the model expects slope 1."""
    rng, answers, abilities = Random(6), [], []
    for number in range(learners):
        can = rng.gauss(0.0, 1.5)
        for name, slope in (("telling", 2.5), ("usual", 1.0), ("luck", 0.0)):
            right = rng.random() < 1.0 / (1.0 + math.exp(-slope * can))
            answers.append(answer(f"{number:03d}", name, float(right)))
            abilities.append(can)
    ability = np.array(abilities)
    p = 1.0 / (1.0 + np.exp(-ability))
    fractions = np.array([each.fraction for each in answers])
    return slopes_in(answers, ability, np.zeros(len(answers)), fractions - p, p * (1.0 - p))


def test_where_ability_decides_is_more_telling_than_where_luck_does() -> None:
    slopes = found(400).by_activity
    assert slopes["telling"] > 0.3 > abs(slopes["usual"])
    assert slopes["luck"] < -0.3


def test_few_answers_leave_an_activity_as_usual() -> None:
    assert max(abs(slope) for slope in found(3).by_activity.values()) < 0.15


def test_slopes_are_worked_out_without_the_learners_own_answers() -> None:
    answers = [answer("ana", "usual"), answer("ben", "usual")]
    slopes = slopes_in(
        answers, np.array([1.0, 2.0]), np.zeros(2), np.array([0.5, 0.1]), np.array([0.25, 0.25])
    )
    # what ben's answer says for ana is 2 * 0.1 / (4 * 0.25 + 1 / spread^2), and the other way round
    assert slopes.said[0] == pytest.approx(1.0 * 0.2 / (1.0 + SPREAD**-2))
    assert slopes.said[1] == pytest.approx(2.0 * 0.5 / (0.25 + SPREAD**-2))
    assert slopes.by_activity["usual"] == pytest.approx(0.7 / (1.25 + SPREAD**-2))


def test_where_easy_activities_tell_more_an_easy_one_that_few_have_met_does_too() -> None:
    rng = Random(8)
    answers, abilities, eases = [], [], []
    for number in range(600):
        can = rng.gauss(0.0, 1.0)
        for name, easier, slope in (("telling", 1.5, 1.4), ("luck", -1.5, 0.6)):
            right = rng.random() < 1.0 / (1.0 + math.exp(-slope * can - easier))
            answers.append(answer(f"{number:03d}", name, float(right)))
            abilities.append(can)
            eases.append(easier)
    answers.append(answer("one in the middle, of whom an answer says nothing of slopes", "usual"))
    ability, ease = np.array([*abilities, 0.0]), np.array([*eases, 1.5])
    p = 1.0 / (1.0 + np.exp(-ability - ease))
    fractions = np.array([each.fraction for each in answers])
    slopes = slopes_in(answers, ability, ease, fractions - p, p * (1.0 - p)).by_activity
    assert min(slopes["telling"], slopes["usual"]) > 0.2 > -0.2 > slopes["luck"]


def test_a_learner_in_the_middle_finds_telling_activities_as_usual() -> None:
    record, task = Record(), TASKS["telling"]
    middle = DEFAULT_PARAMETERS.staleness  # all that the learner's own work adds before there is any
    parameters = DEFAULT_PARAMETERS.with_weights({"ability": middle}, version="middle")
    with_slope, without = (ResponseModel(parameters, slopes=slopes) for slopes in ({"telling": 0.5}, {}))
    assert with_slope.logit(record, task, learner_id=None, now=NOW) == pytest.approx(
        without.logit(record, task, learner_id=None, now=NOW)
    )


def test_however_little_telling_one_more_right_answer_never_lowers_the_chance_on_an_activity() -> None:
    parameters = DEFAULT_PARAMETERS.with_weights({"telling": 5.0}, version="steep")
    model, record, chances = ResponseModel(parameters, slopes={"luck": -STEEPEST}), Record(), []
    for minute in range(6):
        now = NOW + timedelta(minutes=minute)
        chances.append(model.logit(record, TASKS["luck"], learner_id="ana", now=now))
        model.add(record, answer("ana", "usual"))
    assert all(after >= before - 1e-12 for before, after in pairwise(chances))
