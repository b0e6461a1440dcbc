import json
import time
from dataclasses import replace
from math import ceil
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.accommodations import NONE, TIME_FACTORS, Accommodations
from lti_tool.pathways.filters import PIN_KEEPS, RELAXABLE, broken
from lti_tool.pathways.ledger import LedgerError
from lti_tool.pathways.mastery import Level, MasteryEstimate
from lti_tool.pathways.recommender import (
    LearnerState,
    Policy,
    ReasonCode,
    Recommendation,
    Weights,
    recommend,
    replay,
)
from lti_tool.pathways.situation import situation, step
from lti_tool.pathways.skill_map import Format, Mode, Prerequisite, PrerequisiteKind, SkillMap
from lti_tool.pathways.terms import TERMS
from tests.pathways.factories import (
    NOW,
    activity,
    days_ago,
    estimate,
    evidence,
    random_course,
    random_state,
    small_map,
    state_of,
)

CALM = Policy(explore_share=0.0)
SEEDS = st.integers(0, 100_000)


def ask(
    state: LearnerState, skill_map: SkillMap | None = None, policy: Policy = CALM, seed: int = 1
) -> Recommendation:
    return recommend(state, skill_map or small_map(), policy, now=NOW, rng=Random(seed))


def test_a_new_student_starts_with_a_check_on_an_early_skill() -> None:
    first = ask(state_of(small_map())).first
    assert (first.activity_id, first.reason.code) == ("check-counting", ReasonCode.START_CHECK)


def test_an_empty_map_says_talk_to_your_teacher_and_alerts() -> None:
    empty = small_map(activities=())
    answer = ask(state_of(empty), empty)
    assert answer.first.activity_id is None
    assert answer.first.reason.code is ReasonCode.TALK_TO_TEACHER
    assert [alert.code for alert in answer.alerts] == ["no_activity"]


def test_moving_on_does_not_wait_for_the_word_secure() -> None:
    state = state_of(small_map(), evidence("quiz-counting", 0.9, 3), evidence("check-counting", 0.8, 2))
    assert state.estimates["counting"].level is Level.GROWING
    assert ask(state).first.skill_id == "adding"


def test_an_unmet_prerequisite_keeps_what_rests_on_it_closed_until_waived() -> None:
    state = state_of(small_map(), evidence("quiz-counting", 0.2, 3))
    assert {option.skill_id for option in ask(state).options} == {"counting"}
    waived = replace(state, waived=frozenset({"counting"}))
    assert "adding" in {option.skill_id for option in ask(waived).options}


def test_a_reached_later_skill_shows_an_earlier_one_without_evidence() -> None:
    state = state_of(small_map(), *(evidence("quiz-adding", 0.95, days) for days in (4, 3, 2)))
    assert state.estimates["counting"].evidence_count == 0
    assert ask(state).first.skill_id == "multiplying"


def test_a_miss_is_followed_by_something_to_learn_from() -> None:
    first = ask(state_of(small_map(), evidence("check-counting", 0.2, 1))).first
    assert first.activity_id == "video-counting"
    assert first.reason.code is ReasonCode.TRY_AGAIN
    assert first.reason.params["last_percent"] == 20


def test_two_misses_in_a_row_take_another_route_and_never_the_missed_formats() -> None:
    state = state_of(small_map(), evidence("check-counting", 0.2, 2), evidence("quiz-counting", 0.3, 1))
    answer = ask(state, policy=replace(CALM, repeat_after_days=1))
    formats = {small_map().activity(option.activity_id or "").format for option in answer.options}
    assert formats.isdisjoint({Format.CHECK, Format.QUIZ})
    assert answer.first.reason.code is ReasonCode.ANOTHER_ROUTE
    assert answer.alerts == ()


def test_three_misses_in_a_row_alert_the_teacher_and_end_more_of_the_same() -> None:
    pieces = [
        evidence("check-counting", 0.2, 3),
        evidence("quiz-counting", 0.3, 2),
        evidence("game-counting", 0.1, 1),
    ]
    answer = ask(state_of(small_map(), *pieces))
    assert [(alert.code, alert.skill_id) for alert in answer.alerts] == [("stuck", "counting")]
    assert answer.first.activity_id == "video-counting"
    assert [option.activity_id for option in answer.options] == ["video-counting"]


def test_the_same_activity_waits_for_the_days_of_the_policy() -> None:
    state = state_of(small_map(), evidence("video-counting", 1.0, 6, informativeness=0.0))
    assert "video-counting" not in {option.activity_id for option in ask(state).options}
    assert ask(state).ledger["held_back"]["repeat"] == 1
    assert ask(state, policy=replace(CALM, repeat_after_days=5)).ledger["held_back"]["repeat"] == 0


def test_time_is_relaxed_when_nothing_short_is_left_and_said_so() -> None:
    answer = ask(state_of(small_map(), minutes=5))
    assert answer.first.activity_id is not None
    assert answer.relaxed == ("time",)


def test_accommodations_and_vetoes_are_never_relaxed() -> None:
    everything = frozenset(entry.id for entry in small_map().activities)
    assert ask(state_of(small_map(), vetoed=everything)).first.activity_id is None
    nothing = Accommodations(frozenset(Format))
    assert ask(state_of(small_map(), accommodations=nothing)).first.activity_id is None


def test_a_pin_goes_first_whatever_the_score_and_names_the_rules_it_breaks() -> None:
    state = state_of(small_map(), pinned="quiz-multiplying")
    answer = ask(state)
    assert answer.first.activity_id == "quiz-multiplying"
    assert answer.first.reason.code is ReasonCode.PINNED
    assert answer.relaxed == ("prerequisites",)
    assert len(answer.options) == 3


def test_a_pin_does_not_lift_accommodations() -> None:
    state = state_of(
        small_map(), pinned="quiz-counting", accommodations=Accommodations(frozenset({Format.QUIZ}))
    )
    assert ask(state).first.activity_id != "quiz-counting"


def test_what_the_class_does_together_is_nobodys_own_step_not_even_pinned() -> None:
    alone = state_of(small_map(), pinned="quiz-counting")
    assert ask(alone).first.activity_id == "quiz-counting"
    together = replace(alone, together=frozenset({"quiz-counting"}))
    assert "quiz-counting" not in [option.activity_id for option in ask(together).options]
    everything = replace(alone, together=frozenset(entry.id for entry in small_map().activities))
    assert ask(everything).first.activity_id is None


def test_an_activity_counts_with_the_time_that_it_takes_this_learner() -> None:
    quiz = small_map().activity("quiz-counting")
    for factor in TIME_FACTORS:
        needs = ceil(quiz.minutes * factor)
        for minutes in (needs - 1, needs):
            state = state_of(small_map(), minutes=minutes, accommodations=Accommodations(time_factor=factor))
            at = situation(state, small_map(), Policy(), NOW)
            assert ("time" in broken(step(quiz, at))) is (minutes < needs)
            assert term(state, "fit", "quiz-counting", small_map()) == min(1.0, minutes / needs)


def test_no_other_time_factor_is_known() -> None:
    with pytest.raises(ValueError, match="time factor"):
        Accommodations(time_factor=3.0)


def test_options_differ_in_skill_or_format() -> None:
    options = ask(state_of(small_map())).options
    kinds = {(option.skill_id, small_map().activity(option.activity_id or "").format) for option in options}
    assert len(kinds) == 3


def test_all_goals_secure_gives_further_work() -> None:
    secure = {s: estimate(s, 0.9, Level.SECURE) for s in ("counting", "adding", "multiplying")}
    pieces = (evidence("check-multiplying", 0.9, 1),)
    first = ask(state_of(small_map(), *pieces, estimates=secure)).first
    assert first.reason.code is ReasonCode.EXTEND


def test_a_fading_secure_skill_comes_up_for_a_refresh() -> None:
    skills = {s: estimate(s, 0.9, Level.SECURE) for s in ("adding", "multiplying")}
    skills["counting"] = estimate(
        "counting", 0.65, Level.SECURE, refresh_due=True, last_evidence_at=days_ago(40)
    )
    first = ask(state_of(small_map(), evidence("quiz-counting", 0.9, 40), estimates=skills)).first
    assert (first.skill_id, first.reason.code) == ("counting", ReasonCode.REFRESH)


def test_one_step_in_four_is_mixed_review_once_four_skills_are_secure() -> None:
    names = ("a", "b", "c", "d", "e")
    course = SkillMap(
        id="five",
        title="Five",
        grade=3,
        version="1",
        skills=tuple(replace(small_map().skills[0], id=name, title=name, goal=name == "e") for name in names),
        activities=tuple(
            activity(f"{name}-{kind.value}", name, format=kind, informativeness=1.0)
            for name in names
            for kind in (Format.QUIZ, Format.CHECK, Format.WORKSHEET, Format.GAME)
        ),
    )
    secure = {
        n: estimate(n, 0.9, Level.SECURE, secure_since=days_ago(20), last_evidence_at=days_ago(20))
        for n in names
    }
    secure["e"] = estimate("e", 0.4)
    lately = [evidence(f"e-{kind}", 0.5, days) for kind, days in (("quiz", 3), ("check", 2), ("game", 1))]
    answer = ask(state_of(course, *lately, estimates=secure), course)
    assert answer.first.reason.code is ReasonCode.MIXED_REVIEW
    assert answer.first.skill_id in {"a", "b", "c", "d"}
    due = replace(secure["c"], probability=0.65, refresh_due=True)
    assert ask(state_of(course, *lately, estimates={**secure, "c": due}), course).first.skill_id == "c"
    rests_on_d = replace(course, prerequisites=(Prerequisite("d", "e"),))
    useful = ask(state_of(rests_on_d, *lately, estimates=secure), rests_on_d).first
    assert (useful.reason.code, useful.skill_id) == (ReasonCode.MIXED_REVIEW, "d"), "the goal rests on it"
    reviewed = [*lately[:2], evidence("a-quiz", 0.9, 1)]
    assert ask(state_of(course, *reviewed, estimates=secure), course).first.skill_id == "e"


def test_interests_break_near_ties_only_and_the_reason_says_so() -> None:
    twins = small_map(
        activities=(
            activity("plain", "counting", format=Format.CHECK, informativeness=1.0),
            activity(
                "space-trip", "counting", format=Format.CHECK, informativeness=1.0, interests=("space",)
            ),
            activity(
                "space-group", "counting", format=Format.CHECK, mode=Mode.SMALL_GROUP, interests=("space",)
            ),
        )
    )
    assert ask(state_of(twins), twins).first.activity_id == "plain"
    first = ask(state_of(twins, interests=frozenset({"space"})), twins).first
    assert (first.activity_id, first.reason.params["interest"]) == ("space-trip", "space")
    far = replace(twins, activities=(twins.activities[0], twins.activities[2]))
    first = ask(state_of(far, interests=frozenset({"space"})), far).first
    assert first.activity_id == "plain"
    assert "interest" not in first.reason.params


def test_soft_prerequisites_only_lower_the_score() -> None:
    hard = small_map()
    soft = small_map(prerequisites=tuple(replace(e, kind=PrerequisiteKind.SOFT) for e in hard.prerequisites))
    free = small_map(prerequisites=())

    def score(course: SkillMap) -> float | None:
        state = state_of(course, evidence("quiz-counting", 0.3, 10))
        ids = {
            o["activity_id"]: o["score"]
            for o in ask(state, course, replace(CALM, weights=Weights(unlocks=0))).ledger["best"]
        }
        return ids.get("video-multiplying")

    soft_score, free_score = score(soft), score(free)
    assert score(hard) is None
    assert soft_score is not None
    assert free_score is not None
    assert soft_score < free_score


def test_exploration_stays_among_near_equals_and_logs_its_probability() -> None:
    curious = Policy(explore_share=1.0)
    state = state_of(small_map())
    seen = {}
    for seed in range(40):
        answer = ask(state, policy=curious, seed=seed)
        seen[answer.first.activity_id] = answer.ledger["probability"]
        assert answer.first.score >= answer.ledger["best"][0]["score"] - curious.explore_within
    assert len(seen) > 1
    assert sum(seen.values()) == pytest.approx(1.0)


def test_the_ledger_names_the_runner_up_and_where_it_lost() -> None:
    answer = ask(state_of(small_map(), evidence("check-counting", 0.2, 1)))
    runner_up = answer.ledger["runner_up"]
    assert runner_up["score"] <= answer.first.score
    assert runner_up["lost_by"][0]["points"] > 0
    assert answer.ledger["model_version"] == "prior-3"


def test_a_ledger_of_another_map_version_is_not_replayed() -> None:
    ledger = ask(state_of(small_map())).ledger
    with pytest.raises(LedgerError, match="version 1"):
        replay(ledger, small_map(version="2"))


# ---- each reason's named input moves the score in the stated direction


def score_of(state: LearnerState, activity_id: str) -> float:
    scores = {entry["activity_id"]: entry["score"] for entry in ask(state).ledger["best"]}
    return float(scores.get(activity_id, 0.0))


def test_closing_the_gap_that_a_reason_names_lowers_the_score() -> None:
    state = state_of(small_map(), evidence("check-counting", 0.2, 1))
    first = ask(state).first
    closed = replace(
        state, estimates={**state.estimates, "counting": estimate("counting", 0.9, Level.SECURE)}
    )
    assert score_of(closed, first.activity_id or "") < first.score


def test_reaching_the_goals_that_wait_lowers_the_score_of_what_unlocks_them() -> None:
    state = state_of(small_map(), evidence("check-counting", 0.5, 1))
    first = ask(state).first
    done = {s: estimate(s, 0.9, Level.SECURE) for s in ("adding", "multiplying")}
    assert (
        score_of(replace(state, estimates={**state.estimates, **done}), first.activity_id or "") < first.score
    )


def test_a_fresh_result_lowers_the_score_of_a_refresh() -> None:
    skills = {s: estimate(s, 0.9, Level.SECURE) for s in ("adding", "multiplying")}
    skills["counting"] = estimate(
        "counting", 0.65, Level.SECURE, refresh_due=True, last_evidence_at=days_ago(40)
    )
    state = state_of(small_map(), evidence("quiz-counting", 0.9, 40), estimates=skills)
    first = ask(state).first
    fresh = {**skills, "counting": estimate("counting", 0.9, Level.SECURE)}
    assert score_of(replace(state, estimates=fresh), first.activity_id or "") < first.score


def test_knowing_the_student_lowers_the_score_of_a_first_check() -> None:
    unknown = state_of(small_map())
    first = ask(unknown).first
    known = replace(unknown, evidence=(evidence("quiz-multiplying", 0.5, 1),))
    assert score_of(known, first.activity_id or "") < first.score


# ---- and so does each term that weighs one skill or activity against another


def term(state: LearnerState, name: str, activity_id: str, skill_map: SkillMap) -> float:
    chosen = step(skill_map.activity(activity_id), situation(state, skill_map, CALM, NOW))
    return TERMS[name](chosen)


@pytest.mark.parametrize("nearer", [0.5, 0.65])
def test_a_skill_nearer_to_done_is_finished_before_another_until_it_is_done(nearer: float) -> None:
    state = state_of(small_map(), evidence("check-multiplying", 0.4, 1))

    def finish(probability: float) -> float:
        estimates = {**state.estimates, "multiplying": estimate("multiplying", probability)}
        return term(replace(state, estimates=estimates), "finish", "quiz-multiplying", small_map())

    assert finish(0.45) < finish(nearer)
    assert finish(0.70) == 0.0


def test_a_step_on_the_way_is_done_when_it_carries_what_rests_on_it() -> None:
    state = state_of(small_map(), evidence("check-counting", 0.6, 1))
    met = replace(state, estimates={**state.estimates, "counting": estimate("counting", 0.62)})
    assert term(met, "finish", "quiz-counting", small_map()) == 0.0
    assert term(met, "unlocks", "quiz-counting", small_map()) == 0.0
    assert term(met, "gap", "quiz-counting", small_map()) > 0.0


def test_a_step_on_the_way_has_had_its_turn_when_its_goals_are_reached_until_a_review_is_due() -> None:
    state = state_of(small_map(), evidence("check-counting", 0.9, 40))

    def turn(counting: MasteryEstimate, goal: float = 0.75) -> float:
        known = {**state.estimates, "counting": counting, "multiplying": estimate("multiplying", goal)}
        return term(replace(state, estimates=known), "spread", "quiz-counting", small_map())

    secure = estimate("counting", 0.9, Level.SECURE)
    assert turn(secure) == 0.0
    assert turn(secure, goal=0.6) > 0.0
    assert turn(estimate("counting", 0.4)) > 0.0
    assert turn(replace(secure, refresh_due=True, last_evidence_at=days_ago(40))) > 0.0


def test_when_all_goals_just_hold_the_next_step_is_on_a_goal() -> None:
    holding = {s: estimate(s, 0.75) for s in ("counting", "adding", "multiplying")}
    pieces = (evidence("quiz-multiplying", 0.8, 20), evidence("check-multiplying", 0.8, 10))
    answer = ask(state_of(small_map(), *pieces, estimates=holding))
    assert small_map().goals == ("multiplying",)
    assert answer.first.skill_id == "multiplying"


def test_each_try_on_a_skill_and_each_repeat_of_an_activity_makes_room_for_others() -> None:
    once = state_of(small_map(), evidence("quiz-counting", 0.4, 20))
    twice = state_of(
        small_map(), evidence("quiz-counting", 0.4, 20), evidence("quiz-counting", 0.4, 10, attempt=2)
    )
    for name in ("spread", "fresh"):
        values = [
            term(state, name, "quiz-counting", small_map()) for state in (state_of(small_map()), once, twice)
        ]
        assert values == sorted(set(values), reverse=True), name
    assert term(twice, "fresh", "check-counting", small_map()) == 1.0


# ---- properties on random courses


@settings(max_examples=150, deadline=None)
@given(course=SEEDS, student=SEEDS, seed=SEEDS)
def test_every_answer_keeps_the_rules(course: int, student: int, seed: int) -> None:
    skill_map = random_course(course)
    state = random_state(skill_map, student)
    policy = Policy()
    answer = recommend(state, skill_map, policy, now=NOW, rng=Random(seed))
    assert 1 <= len(answer.options) <= 3
    assert len({option.activity_id for option in answer.options}) == len(answer.options)
    pinned = answer.first.reason.code is ReasonCode.PINNED
    assert set(answer.relaxed) <= set(RELAXABLE) or pinned
    assert not PIN_KEEPS.intersection(answer.relaxed)
    for option in answer.options:
        if option.activity_id is not None:
            assert option.activity_id not in state.together
            assert state.accommodations.suits(skill_map.activity(option.activity_id))
    for option in answer.options[pinned:]:
        if option.activity_id is None:
            assert len(answer.options) == 1
            assert answer.alerts[0].code == "no_activity"
            continue
        chosen = skill_map.activity(option.activity_id)
        assert option.activity_id not in state.vetoed | state.closed
        done = [e.occurred_at for e in state.evidence if e.activity_id == chosen.id]
        done += [state.done[chosen.id]] if chosen.id in state.done else []
        assert all((NOW - at).days >= policy.repeat_after_days for at in done)
        for skill_id in chosen.skills:
            assert skill_map.skill(skill_id).grade <= skill_map.grade
            for edge in skill_map.prerequisites_of(skill_id):
                before = state.estimates[edge.before]
                shown = before.evidence_count == 0 and any(
                    state.estimates[later].probability >= policy.threshold
                    for later in skill_map.dependents_of(edge.before)
                )
                assert (
                    edge.kind is PrerequisiteKind.SOFT
                    or edge.before in state.waived
                    or before.level.at_least_secure
                    or before.probability >= policy.threshold - policy.prerequisite_margin
                    or shown
                )
        assert all(0.0 <= term.value <= 1.0 for term in option.terms)
        assert tuple(term.name for term in option.terms) == tuple(TERMS)
        assert option.score == pytest.approx(sum(term.points for term in option.terms))


@settings(max_examples=60, deadline=None)
@given(course=SEEDS, student=SEEDS)
def test_without_its_cause_a_rule_holds_nothing_back(course: int, student: int) -> None:
    """Accommodations and shared activities taken away: what only they forbade may be done, and nothing else changes."""
    skill_map = random_course(course)
    state = random_state(skill_map, student)
    free = replace(state, accommodations=NONE, together=frozenset())
    before, after = (situation(each, skill_map, Policy(), NOW) for each in (state, free))
    for each in skill_map.activities:
        held, released = set(broken(step(each, before))), set(broken(step(each, after)))
        assert released <= held
        assert held - released <= {"accommodations", "together", "time"}
        assert ("accommodations" in held) is not state.accommodations.suits(each)
        assert ("together" in held) is (each.id in state.together)


@settings(max_examples=60, deadline=None)
@given(course=SEEDS, student=SEEDS, seed=SEEDS)
def test_answers_repeat_replay_and_survive_json(course: int, student: int, seed: int) -> None:
    skill_map = random_course(course)
    state = random_state(skill_map, student)
    answer = recommend(state, skill_map, Policy(), now=NOW, rng=Random(seed))
    assert answer == recommend(state, skill_map, Policy(), now=NOW, rng=Random(seed))
    restored = Recommendation.from_mapping(json.loads(json.dumps(answer.to_mapping())))
    assert restored == answer
    assert replay(restored.ledger, skill_map) == answer


def test_a_class_of_thirty_with_sixty_activities_takes_well_under_a_second() -> None:
    skill_map = next(course for course in map(random_course, range(1000)) if len(course.activities) >= 28)
    twice = replace(
        skill_map,
        activities=tuple(replace(a, id=f"{a.id}-{n}") for a in skill_map.activities for n in range(3))[:60],
    )
    states = [random_state(twice, seed) for seed in range(30)]
    start = time.process_time()
    for state in states:
        recommend(state, twice, Policy(), now=NOW, rng=Random(1))
    assert time.process_time() - start < 1.0
