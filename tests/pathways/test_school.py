from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lti_tool.pathways.answers import answers_of
from lti_tool.pathways.companions import Companions
from lti_tool.pathways.ease import AS_USUAL, Ease
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.fitting import ease_for
from lti_tool.pathways.mastery import standing_of
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.record import Record
from lti_tool.pathways.school import AS_SHIPPED, SchoolModel
from lti_tool.pathways.tasks import task_of
from tests.pathways.factories import NOW, evidence, small_map

QUIZ, CHECK = "quiz-counting", "check-counting"
COURSE = small_map()
TOGETHER = SchoolModel(companions=Companions({CHECK: {QUIZ: 0.8}}))
CLASS = [replace(evidence(QUIZ, 0.3, 1), learner_id=f"other-{number}") for number in range(6)]
EASE = ease_for(answers_of(CLASS, COURSE, DEFAULT_PARAMETERS))


def ease_of(fraction: float, school: SchoolModel = TOGETHER) -> dict[str, float]:
    return asked_of(school, EASE, evidence(QUIZ, fraction, 1))


def asked_of(school: SchoolModel, ease: Ease, piece: Evidence, now: datetime = NOW) -> dict[str, float]:
    record = standing_of([piece], COURSE, model=school.with_ease(ease), now=now).record
    return school.ease_of_activities(record, COURSE, learner_id=piece.learner_id, ease=ease, now=now)


def test_a_better_result_than_expected_makes_its_companion_easier_and_nothing_else() -> None:
    good, bad, plain = ease_of(1.0), ease_of(0.0), ease_of(1.0, AS_SHIPPED)
    assert bad[CHECK] < plain[CHECK] < good[CHECK]
    assert {**good, CHECK: 0.0} == {**plain, CHECK: 0.0}


def test_activities_are_as_easy_as_the_response_model_says() -> None:
    parameters = replace(DEFAULT_PARAMETERS, activity_ease=0.8, companions=1.5, ability=0.3)
    together, alone = SchoolModel(parameters, TOGETHER.companions, {CHECK: 0.4}), SchoolModel(parameters)
    piece = evidence(QUIZ, 1.0, 1)
    task = task_of(COURSE.activity(CHECK), parameters)
    logits = []
    for school in (together, alone):
        model, record = school.with_ease(AS_USUAL), Record()
        for answer in answers_of([piece], COURSE, parameters):
            model.add(record, answer)
        logits.append(model.logit(record, task, learner_id=piece.learner_id, now=NOW))
    ease = asked_of(together, AS_USUAL, piece)
    assert 0.8 * ease[CHECK] == pytest.approx(logits[0] - logits[1])


def test_a_telling_activity_is_easier_for_those_who_can_and_harder_for_those_who_cannot() -> None:
    telling = SchoolModel(slopes={CHECK: 0.5})
    good, bad, plain = ease_of(1.0, telling), ease_of(0.0, telling), ease_of(1.0, AS_SHIPPED)
    assert bad[CHECK] < plain[CHECK] < good[CHECK]
    assert {**bad, CHECK: 0.0} == {**plain, CHECK: 0.0}


def test_results_still_to_come_say_nothing_yet() -> None:
    before = asked_of(TOGETHER, AS_USUAL, evidence(QUIZ, 1.0, 1), NOW - timedelta(days=2))
    assert set(before.values()) == {0.0}
