from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.filters import foundations_met
from lti_tool.pathways.recommender import LearnerState, Policy, Recommendation, recommend
from lti_tool.pathways.situation import situation, step
from lti_tool.pathways.skill_map import Format, SkillMap
from tests.pathways.factories import (
    NOW,
    activity,
    estimate,
    evidence,
    random_course,
    random_state,
    small_map,
    state_of,
)

BOTH = activity("both", {"adding": 0.5, "counting": 0.5}, format=Format.GAME)
UNWRITTEN = small_map(prerequisites=(), activities=(*small_map().activities, BOTH))
"""A map that forgot to say that adding rests on counting; a game on both shows it."""


def ask(state: LearnerState, skill_map: SkillMap) -> Recommendation:
    return recommend(state, skill_map, Policy(explore_share=0.0), now=NOW, rng=None)


def test_work_on_two_skills_shows_that_the_later_one_uses_the_earlier() -> None:
    assert UNWRITTEN.foundations_of("adding") == ("counting",)
    assert UNWRITTEN.foundations_of("counting") == ()
    assert UNWRITTEN.leads_to("counting") == {"adding"}


def test_what_the_map_says_already_and_mixed_work_show_nothing() -> None:
    assert small_map(activities=(BOTH,)).foundations_of("adding") == ()
    mixed = activity("mixed", {"counting": 1.0, "adding": 1.0, "multiplying": 1.0})
    assert small_map(prerequisites=(), activities=(mixed,)).foundations_of("adding") == ()


def test_what_a_goal_is_built_on_is_needed_for_it() -> None:
    goal = tuple(replace(skill, goal=skill.id == "adding") for skill in UNWRITTEN.skills)
    assert replace(UNWRITTEN, skills=goal).needed == {"adding", "counting"}


def test_foundations_come_first_and_another_skill_is_not_kept_waiting() -> None:
    state = state_of(UNWRITTEN, evidence("quiz-counting", 0.2, 3))
    skills = {option.skill_id for option in ask(state, UNWRITTEN).options}
    assert "adding" not in skills
    known = {**state.estimates, "counting": estimate("counting", 0.9)}
    at = situation(replace(state, estimates=known), UNWRITTEN, Policy(), NOW)
    assert foundations_met(step(UNWRITTEN.activity("quiz-adding"), at))


def test_a_skill_that_goes_well_does_not_wait_for_its_foundations() -> None:
    state = state_of(UNWRITTEN, evidence("quiz-counting", 0.2, 3))
    fine = {**state.estimates, "adding": estimate("adding", 0.75)}
    at = situation(replace(state, estimates=fine), UNWRITTEN, Policy(), NOW)
    assert foundations_met(step(UNWRITTEN.activity("quiz-adding"), at))


def test_when_nothing_else_is_open_the_rule_is_relaxed_and_said_so() -> None:
    others = frozenset(each.id for each in UNWRITTEN.activities if "adding" not in each.skills)
    answer = ask(state_of(UNWRITTEN, evidence("quiz-counting", 0.2, 3), vetoed=others), UNWRITTEN)
    assert answer.first.skill_id == "adding"
    assert answer.relaxed == ("foundations",)


@settings(max_examples=100, deadline=None)
@given(course=st.integers(0, 100_000), student=st.integers(0, 100_000))
def test_a_step_past_its_foundations_is_never_silent(course: int, student: int) -> None:
    skill_map = random_course(course)
    state = replace(random_state(skill_map, student), pinned=None)
    answer = ask(state, skill_map)
    at = situation(state, skill_map, Policy(), NOW)
    for option in answer.options:
        if option.activity_id and not foundations_met(step(skill_map.activity(option.activity_id), at)):
            assert "foundations" in answer.relaxed
