from dataclasses import replace

from lti_tool.pathways.accommodations import Accommodations
from lti_tool.pathways.leverage import class_leverage
from lti_tool.pathways.mini_lesson import USUAL_MINUTES, mini_lesson
from lti_tool.pathways.skill_map import Format, Mode
from tests.factories import ratios
from tests.pathways.classes import made_up_class

COURSE = ratios().skill_map
CLASS = made_up_class(COURSE, 14)


def test_the_lesson_is_the_one_that_serves_most_with_an_activity_that_all_of_them_may_do() -> None:
    lesson = mini_lesson(CLASS)
    leverage = class_leverage(
        {key: at.state.estimates for key, at in CLASS.items()}, COURSE, next(iter(CLASS.values())).policy
    )
    assert lesson is not None
    assert leverage is not None
    assert (lesson.skill_id, lesson.learner_ids) == (leverage.skill_id, leverage.learner_ids)
    if lesson.activity_id is not None:
        activity = COURSE.activity(lesson.activity_id)
        assert activity.mode in (Mode.WHOLE_CLASS, Mode.TEACHER_TABLE)
        assert activity.minutes == lesson.minutes


def test_an_activity_that_does_not_suit_everybody_is_not_named() -> None:
    blocked = {
        key: replace(at, state=replace(at.state, accommodations=Accommodations(frozenset(Format))))
        for key, at in CLASS.items()
    }
    lesson = mini_lesson(blocked)
    assert lesson is not None
    assert (lesson.activity_id, lesson.minutes) == (None, USUAL_MINUTES)


def test_an_empty_class_has_no_lesson() -> None:
    assert mini_lesson({}) is None
