"""Judgements of one skill in a piece of work from elsewhere."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lti_tool.pathways.evidence import Evidence, Source
from lti_tool.pathways.learner_state import LearnerState
from lti_tool.pathways.mastery import Level, estimate_mastery
from lti_tool.pathways.observations import observation_id, observed_skill
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.recommender import recommend
from lti_tool.pathways.wins import WinKind, wins_of_the_week
from tests.factories import NOW, ratios

MAP = ratios().skill_map
SKILL = "ratio-language"


def judged(work: str, fraction: float, *, days: float = 0.0) -> Evidence:
    activity = observation_id(SKILL, work)
    return Evidence(work, "1", activity, fraction, NOW - timedelta(days=days), Source.OUTCOME)


def test_its_id_says_which_skill_also_where_that_has_a_colon() -> None:
    assert observed_skill(observation_id("ccss:6.RP", "canvas-3")) == "ccss:6.RP"
    assert observed_skill("ratio-quiz") == ""
    with pytest.raises(ValueError, match="colon"):
        observation_id(SKILL, "canvas:3")


def test_the_map_resolves_it_and_offers_it_nowhere() -> None:
    activity = observation_id(SKILL, "canvas-3")
    assert MAP.activity(activity).skills == {SKILL: 1.0}
    assert MAP.has_activity(activity)
    assert not MAP.offers(activity)
    assert activity not in {each.id for each in MAP.activities}
    assert not MAP.has_activity(observation_id("no-such-skill", "canvas-3"))
    with pytest.raises(KeyError):
        MAP.activity(observation_id("no-such-skill", "canvas-3"))


def test_judgements_in_several_works_make_a_skill_secure_and_their_skill_alone() -> None:
    evidence = [judged(f"w{n}", 1.0, days=5 - n) for n in range(5)]
    estimates = estimate_mastery(evidence, MAP, now=NOW)
    assert estimates[SKILL].evidence_count == 5
    assert estimates[SKILL].level is Level.SECURE
    assert {s for s, each in estimates.items() if each.evidence_count} == {SKILL}


def test_no_option_is_an_observation_and_none_counts_as_something_the_student_did() -> None:
    evidence = tuple(judged(f"w{n}", 0.2, days=1) for n in range(3))
    estimates = estimate_mastery(evidence, MAP, now=NOW)
    state = LearnerState(learner_id="1", estimates=estimates, evidence=evidence)
    found = recommend(state, MAP, Policy(), now=NOW, rng=None)
    assert all(option.activity_id is None or MAP.offers(option.activity_id) for option in found.options)
    kinds = {win.kind for win in wins_of_the_week(estimates, evidence, MAP, now=NOW)}
    assert WinKind.STARTED in kinds
    assert WinKind.WORKED not in kinds
