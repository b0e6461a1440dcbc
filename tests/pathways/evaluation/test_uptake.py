import pytest

from lti_tool.pathways.evaluation.trails import Ending
from lti_tool.pathways.evaluation.uptake import Funnel, Reached, Stage, funnel, funnels
from lti_tool.pathways.recommendation import ReasonCode
from tests.pathways.evaluation.factories import step

STEPS = [
    step(proposed=20.0, approved_at=19, seen_at=18, started_at=17, done_at=16),
    step(
        proposed=19.0, learner_id="ben", approved_at=19, done_at=12
    ),  # done in the LMS without being opened here
    step(proposed=18.0, learner_id="ben", seen_at=17),
    step(proposed=6.0, seen_at=5, ending=Ending.GAVE_WAY),  # seen, so it had its chance
    step(proposed=5.0, ending=Ending.GAVE_WAY),  # replaced before anybody saw it
    step(proposed=4.0, approved_at=3, ending=Ending.TURNED_DOWN),
    step(proposed=3.0, learner_id="cid", kind=ReasonCode.REFRESH),
]


def test_a_funnel_by_hand() -> None:
    found = funnel(STEPS, {STEPS[0].id: True, STEPS[1].id: False})
    assert {stage: (found[stage].steps, found[stage].learners) for stage in Stage} == {
        Stage.PROPOSED: (5, 3),
        Stage.APPROVED: (2, 2),
        Stage.SEEN: (3, 2),
        Stage.STARTED: (2, 2),
        Stage.DONE: (2, 2),
        Stage.TESTED: (2, 2),
        Stage.IMPROVED: (1, 1),
        Stage.TURNED_DOWN: (1, 1),
        Stage.GAVE_WAY: (1, 1),
    }
    assert found.share(Stage.DONE) == pytest.approx(2 / 5)
    assert found.share(Stage.IMPROVED) == pytest.approx(1 / 2)
    assert found.interval(Stage.DONE).holds(2 / 5)
    assert funnel([], {}).share(Stage.DONE) is None


def test_every_step_is_in_one_group_and_groups_add_up_to_the_whole() -> None:
    improved = {STEPS[0].id: True}
    whole = funnel(STEPS, improved)
    for group in (
        funnels(STEPS, improved, lambda each: each.week),
        funnels(STEPS, improved, lambda each: each.kind),
    ):
        assert len(group) > 1
        for stage in Stage:
            assert sum(part[stage].steps for part in group.values()) == whole[stage].steps


def test_courses_add_up_and_survive_being_written_down() -> None:
    found = funnel(STEPS, {})
    assert (found + found)[Stage.PROPOSED] == Reached(10, 6)
    assert Funnel.from_mapping(found.to_mapping())[Stage.DONE] == found[Stage.DONE]


def test_the_order_of_steps_does_not_matter() -> None:
    assert funnel(STEPS, {}) == funnel(STEPS[::-1], {})
