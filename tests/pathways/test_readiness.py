"""Before a shared activity: who lacks what, as far down as something is missing, and which step helps most."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.group_seats import rules_against
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.readiness import first_missing, missing_before
from lti_tool.pathways.situation import situation
from tests.pathways.factories import NOW, estimate, random_course, random_state, small_map, state_of


def test_who_has_everything_needs_nothing() -> None:
    skill_map = small_map()
    last = skill_map.activities[-1]
    met = {skill.id: estimate(skill.id, 0.95) for skill in skill_map.skills}
    ready = situation(replace(state_of(skill_map), estimates=met), skill_map, Policy(), NOW)
    new = situation(state_of(skill_map), skill_map, Policy(), NOW)
    assert missing_before(last, {"ready": ready}) is None
    missing = missing_before(last, {"ready": ready, "new": new})
    assert missing is not None
    assert missing.learner_ids == ("new",)


@settings(max_examples=80, deadline=None)
@given(course=st.integers(0, 100_000), student=st.integers(0, 100_000))
def test_what_is_named_is_missing_and_can_be_begun_and_its_step_keeps_every_rule(
    course: int, student: int
) -> None:
    skill_map = random_course(course)
    learners = {
        str(number): situation(random_state(skill_map, student + number), skill_map, Policy(), NOW)
        for number in range(4)
    }
    for shared in skill_map.activities:
        lacking = {key for key, at in learners.items() if any(at.skills[s].unmet for s in shared.skills)}
        for key, at in learners.items():
            first = first_missing(shared.skills, at)
            assert bool(first) is (key in lacking)
            for skill_id in first:
                assert not at.skills[skill_id].unmet
        missing = missing_before(shared, learners)
        assert (missing is None) is (not lacking)
        if missing is None:
            continue
        counts = [
            sum(skill.id in first_missing(shared.skills, at) for at in learners.values())
            for skill in skill_map.skills
        ]
        assert len(missing.learner_ids) == max(counts)
        if missing.activity_id is not None:
            step = skill_map.activity(missing.activity_id)
            assert missing.skill_id in step.skills
            assert any(not rules_against(step, learners[key]) for key in missing.learner_ids)
