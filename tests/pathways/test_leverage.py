from lti_tool.pathways.leverage import class_leverage
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.policy import Policy
from tests.pathways.factories import NOW, evidence, small_map

COURSE = small_map()
LOW = estimate_mastery([evidence("quiz-counting", 0.3)], COURSE, now=NOW)
HIGH = estimate_mastery([evidence("quiz-counting", 1.0)], COURSE, now=NOW)
NOTHING = estimate_mastery([], COURSE, now=NOW)


def test_the_mini_lesson_serves_those_who_tried_and_are_not_there_yet() -> None:
    learners = {f"low{n}": LOW for n in range(5)} | {"high": HIGH, "new": NOTHING}
    best = class_leverage(learners, COURSE, Policy())
    assert best is not None
    assert best.skill_id == "counting"
    assert best.learner_ids == ("low0", "low1", "low2", "low3", "low4")
    assert best.goal_ids == ("multiplying",)


def test_too_few_students_are_no_class_matter() -> None:
    assert class_leverage({f"low{n}": LOW for n in range(3)}, COURSE, Policy()) is None
    many = {f"high{n}": HIGH for n in range(30)} | {f"low{n}": LOW for n in range(5)}
    assert class_leverage(many, COURSE, Policy()) is None


def test_an_empty_class_has_no_mini_lesson() -> None:
    assert class_leverage({}, COURSE, Policy()) is None
