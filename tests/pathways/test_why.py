from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.recommender import Policy, ReasonCode, recommend
from lti_tool.pathways.skill_map import Prerequisite, PrerequisiteKind, Purpose
from lti_tool.pathways.why import REASON_TERM
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

ONE_GOAL = tuple(replace(skill, goal=skill.id == "adding") for skill in small_map().skills)


@settings(max_examples=150, deadline=None)
@given(course=st.integers(0, 100_000), student=st.integers(0, 100_000))
def test_every_fact_that_a_reason_names_is_true(course: int, student: int) -> None:
    skill_map = random_course(course)
    state = random_state(skill_map, student)
    policy = Policy()
    for option in recommend(state, skill_map, policy, now=NOW, rng=Random(student)).options:
        if option.activity_id is None:
            continue
        named, estimate = option.reason.params, state.estimates[str(option.skill_id)]
        assert (named["activity"], named["skill"]) == (option.activity_id, option.skill_id)
        if "last_percent" in named:
            told = (named["last_activity"], named["last_percent"], named["last_date"])
            assert told in {
                (e.activity_id, round(100 * e.fraction), e.occurred_at.date().isoformat())
                for e in state.evidence
            }
        if "waiting" in named:
            waiting = [
                goal
                for goal in skill_map.goals
                if goal in skill_map.leads_to(str(option.skill_id))
                and state.estimates[goal].probability < policy.threshold
            ]
            assert named["waiting"] == len(waiting)
            assert named["leads_to"] == waiting[0]
        for key in ("builds_on", "waived"):
            if key in named:
                before = {e.before: e.kind for e in skill_map.prerequisites_of(str(option.skill_id))}
                assert before[str(named[key])] is PrerequisiteKind.HARD
        if "refresh" in named:
            assert estimate.refresh_due
        if "interest" in named:
            assert named["interest"] in state.interests


@settings(max_examples=150, deadline=None)
@given(course=st.integers(0, 100_000), student=st.integers(0, 100_000))
def test_the_term_behind_a_reason_has_a_share_in_the_score(course: int, student: int) -> None:
    skill_map = random_course(course)
    state = random_state(skill_map, student)
    for option in recommend(state, skill_map, Policy(), now=NOW, rng=Random(student)).options:
        if option.reason.code in REASON_TERM:
            values = {term.name: term.value for term in option.terms}
            assert values[REASON_TERM[option.reason.code]] > 0
        if option.reason.code is ReasonCode.START_CHECK:
            assert not any(piece.informativeness for piece in state.evidence)
            assert skill_map.activity(str(option.activity_id)).purpose is Purpose.CHECK


def test_a_skill_on_which_nothing_waits_is_not_said_to_open_the_way() -> None:
    both = activity("both", {"multiplying": 0.6, "counting": 0.4}, informativeness=1.0)
    skill_map = small_map(
        prerequisites=(Prerequisite("counting", "adding"),), activities=(both,), skills=ONE_GOAL
    )
    estimates = {
        name: estimate(name, p) for name, p in (("multiplying", 0.69), ("counting", 0.5), ("adding", 0.3))
    }
    state = state_of(skill_map, evidence("both", 0.65, 30), estimates=estimates)
    option = recommend(state, skill_map, Policy(explore_share=0.0), now=NOW, rng=None).first
    values = {term.name: term.points for term in option.terms}
    assert option.skill_id == "multiplying"
    assert values["unlocks"] > values["gap"], "by the other skill"
    assert option.reason.code is ReasonCode.BUILD
