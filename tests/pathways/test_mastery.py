from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.mastery import (
    DEFAULT_PARAMETERS,
    Level,
    MasteryEstimate,
    estimate_mastery,
    expected_success,
    probability_after,
)
from tests.pathways.factories import NOW, days_ago, evidence, random_course, random_evidence, small_map

QUIZ, CHECK, SHEET = "quiz-counting", "check-counting", "worksheet-counting"


def counting(*pieces: Evidence, **values: Any) -> MasteryEstimate:
    return estimate_mastery(pieces, small_map(), now=values.pop("now", NOW), **values)["counting"]


def test_without_evidence_nothing_is_started_and_the_estimate_is_a_little_below_even() -> None:
    empty = counting()
    assert empty.level is Level.NOT_STARTED
    assert not empty.enough_evidence
    assert empty.evidence_count == 0
    # intercept 0.1, and -0.3 while nothing was right yet: 1 / (1 + e^0.2)
    assert empty.probability == pytest.approx(0.4502, abs=1e-4)
    assert empty.lower < empty.probability < empty.upper


def test_one_perfect_quiz_gives_the_number_worked_out_by_hand() -> None:
    # 4 answers right where a usual learner has log-odds 0.1, so p = 0.52498 and each surprise is 4 * 0.47502 = 1.90008.
    # Moved by 1 - (1 - rate)^4 of it: course .01 -> .07487, .05 -> .35245, .3 -> 1.44387; skill .1 -> .65344, .35 -> 1.56090.
    # Weighted: .00374 + .05287 + .07219 + .13069 + .62436 = .88385; wins 0.10 ln5 + 0.20 ln5 = .48283; intercept 0.1; fresh.
    # Together 1.46668: p = 0.8126
    assert counting(evidence(QUIZ, 1.0, 0)).probability == pytest.approx(0.8126, abs=1e-4)


def test_three_good_quizzes_make_a_skill_secure() -> None:
    result = counting(evidence(QUIZ, 0.9, 9), evidence(CHECK, 0.85, 5), evidence(QUIZ, 0.95, 0))
    assert result.level is Level.SECURE
    assert result.lower >= 0.70
    assert result.enough_evidence
    assert result.secure_since == NOW


def test_two_middling_scores_are_growing_and_not_enough_evidence() -> None:
    result = counting(evidence(QUIZ, 0.4, 4), evidence(CHECK, 0.5, 1))
    assert result.level is Level.GROWING
    assert not result.enough_evidence
    assert 0.4 < result.probability < 0.55


def test_scores_of_eighty_percent_are_secure_after_four_and_not_after_three() -> None:
    pieces = [evidence(QUIZ, 0.8, days) for days in (3, 2, 1, 0)]
    assert counting(*pieces[1:]).level is Level.GROWING
    assert counting(*pieces).level is Level.SECURE


def test_many_scores_of_sixty_percent_never_make_a_skill_secure() -> None:
    assert counting(*(evidence(QUIZ, 0.6, days) for days in range(30))).level is Level.GROWING


def test_a_steady_score_is_predicted_to_go_on() -> None:
    for fraction in (0.3, 0.5, 0.7, 0.9):
        steady = counting(*(evidence(QUIZ, fraction, days / 10) for days in range(20)))
        assert steady.probability == pytest.approx(fraction, abs=0.08)


def test_shown_again_a_week_later_on_another_activity_is_lasting() -> None:
    early = [evidence(QUIZ, 0.95, 12), evidence(QUIZ, 0.95, 11), evidence(QUIZ, 0.95, 10)]
    assert counting(*early, evidence(CHECK, 0.9, 4)).level is Level.SECURE, "six days later is too soon"
    assert counting(*early, evidence(QUIZ, 0.9, 2)).level is Level.SECURE, (
        "the same activity again is not enough"
    )
    assert counting(*early, evidence(CHECK, 0.9, 2)).level is Level.LASTING


def test_a_failed_review_keeps_the_word_and_asks_for_a_refresh() -> None:
    early = [evidence(QUIZ, 0.95, 12), evidence(CHECK, 0.95, 11), evidence(QUIZ, 0.95, 10)]
    failed = counting(*early, evidence(CHECK, 0.3, 1))
    assert failed.level is Level.SECURE
    assert failed.refresh_due
    assert failed.probability < counting(*early).probability
    assert not counting(*early, evidence(CHECK, 0.3, 1), evidence(QUIZ, 0.9, 0)).refresh_due


def test_time_lowers_the_estimate_and_widens_its_bounds() -> None:
    pieces = [evidence(QUIZ, 0.9, days) for days in (3, 2, 1)]
    today, later = counting(*pieces), counting(*pieces, now=NOW + timedelta(days=60))
    assert later.probability < today.probability
    assert later.upper - later.lower > today.upper - today.lower
    assert later.level is Level.SECURE


def test_the_estimate_ahead_is_what_the_model_gives_then() -> None:
    pieces = [evidence(QUIZ, 0.9, days) for days in range(200, 0, -5)]
    ahead = probability_after(counting(*pieces), days=14, now=NOW)
    then = counting(*pieces, now=NOW + timedelta(days=14)).probability
    assert ahead == pytest.approx(then, abs=0.002)


def test_a_score_below_half_does_not_keep_a_skill_fresh() -> None:
    assert counting(evidence(QUIZ, 0.4, 1)).last_right_at is None
    assert counting(evidence(QUIZ, 0.9, 9), evidence(CHECK, 0.4, 1)).last_right_at == days_ago(9)


def test_watching_starts_a_skill_and_shows_nothing() -> None:
    watched = counting(evidence("video-counting", 1.0, 1, informativeness=0.0))
    assert watched.level is Level.GROWING
    assert watched.evidence_count == 0
    assert watched.probability == counting().probability


def test_a_less_informative_score_moves_the_estimate_less() -> None:
    quiz, sheet = counting(evidence(QUIZ, 1.0)), counting(evidence(SHEET, 1.0, informativeness=0.3))
    assert counting().probability < sheet.probability < quiz.probability


def test_repeated_attempts_count_less() -> None:
    first = [evidence(QUIZ, 0.6, 2)]
    again, fresh = evidence(QUIZ, 1.0, 1, attempt=3), evidence(QUIZ, 1.0, 1)
    assert counting(*first, again).probability < counting(*first, fresh).probability


def test_harder_levels_are_predicted_to_go_less_well() -> None:
    course = small_map()
    estimates = estimate_mastery([evidence(QUIZ, 0.8)], course, now=NOW)
    game, quiz = (course.task(name, DEFAULT_PARAMETERS) for name in ("game-counting", "quiz-counting"))
    assert expected_success(game, estimates) > expected_success(quiz, estimates)
    assert expected_success(quiz, estimates) == pytest.approx(estimates["counting"].probability)


def test_evidence_from_the_future_or_outside_the_map_is_left_aside() -> None:
    assert counting(evidence(QUIZ, 1.0, -1)) == counting()
    assert counting(evidence("unknown", 1.0)) == counting()


@settings(max_examples=200, deadline=None)
@given(
    course=st.integers(0, 10_000),
    history=st.integers(0, 10_000),
    pick=st.integers(0, 99),
    told=st.sampled_from([0.05, 0.3, 1.0]),
    days=st.floats(0, 60),
)
def test_one_more_right_answer_never_lowers_the_estimate_of_its_skills(
    course: int, history: int, pick: int, told: float, days: float
) -> None:
    skill_map = random_course(course)
    if not skill_map.activities:
        return
    pieces = random_evidence(skill_map, history)
    chosen = skill_map.activities[pick % len(skill_map.activities)]
    more = evidence(chosen.id, 1.0, days, id="more", informativeness=told)
    before = estimate_mastery(pieces, skill_map, now=NOW)
    after = estimate_mastery([*pieces, more], skill_map, now=NOW)
    for skill_id in chosen.skills:
        assert after[skill_id].probability >= before[skill_id].probability - 1e-12


@settings(max_examples=40, deadline=None)
@given(
    course=st.integers(0, 10_000), history=st.integers(0, 10_000), shuffle=st.randoms(use_true_random=False)
)
def test_estimates_do_not_depend_on_the_order_of_arrival(course: int, history: int, shuffle: Random) -> None:
    skill_map = random_course(course)
    pieces = list(random_evidence(skill_map, history))
    shuffled = pieces[:]
    shuffle.shuffle(shuffled)
    assert estimate_mastery(pieces, skill_map, now=NOW) == estimate_mastery(shuffled, skill_map, now=NOW)


@settings(max_examples=40, deadline=None)
@given(course=st.integers(0, 10_000), history=st.integers(0, 10_000))
def test_more_time_and_more_evidence_never_take_a_word_away(course: int, history: int) -> None:
    skill_map = random_course(course)
    pieces = random_evidence(skill_map, history)
    order = list(Level)
    earlier = estimate_mastery(pieces, skill_map, now=days_ago(20))
    later = estimate_mastery(pieces, skill_map, now=NOW)
    for skill_id, estimate in earlier.items():
        assert order.index(later[skill_id].level) >= order.index(estimate.level)
        assert later[skill_id].lower <= later[skill_id].probability <= later[skill_id].upper


@settings(max_examples=60, deadline=None)
@given(course=st.integers(0, 10_000), history=st.integers(0, 10_000), pick=st.integers(0, 99))
def test_one_more_wrong_answer_never_raises_the_estimate_of_its_skills(
    course: int, history: int, pick: int
) -> None:
    skill_map = random_course(course)
    if not skill_map.activities:
        return
    pieces = random_evidence(skill_map, history)
    chosen = skill_map.activities[pick % len(skill_map.activities)]
    more = evidence(chosen.id, 0.0, 0.0, id="more")
    before = estimate_mastery(pieces, skill_map, now=NOW)
    after = estimate_mastery([*pieces, more], skill_map, now=NOW)
    for skill_id in chosen.skills:
        assert after[skill_id].probability <= before[skill_id].probability + 1e-12
