"""Promises of the model that hold for any weights a fit may find, not only for the shipped ones."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.answers import Answer, answers_of
from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.features import STALE_DAYS
from lti_tool.pathways.fitting import ease_for
from lti_tool.pathways.mastery import MasteryEstimate, estimate_mastery, probability_after
from lti_tool.pathways.parameters import (
    DEFAULT_PARAMETERS,
    NEVER_ABOVE_ZERO,
    NEVER_BELOW_ZERO,
    WEIGHTS,
    Parameters,
)
from lti_tool.pathways.record import Record
from lti_tool.pathways.response import ResponseModel
from lti_tool.pathways.skill_map import SkillMap
from lti_tool.pathways.tasks import Task
from tests.pathways.factories import NOW, evidence, random_course, random_evidence

SEEDS = st.integers(0, 10_000)
QUESTION, OTHER = (Task(name, (("adding", 1.0, 1.0),)) for name in ("question", "other"))


def any_parameters(seed: int) -> Parameters:
    rng = Random(seed)
    weights = {name: rng.uniform(-2.0, 2.0) for name in WEIGHTS}
    weights |= {name: abs(weights[name]) for name in NEVER_BELOW_ZERO}
    weights |= {name: -abs(weights[name]) for name in NEVER_ABOVE_ZERO}
    return DEFAULT_PARAMETERS.with_weights(weights, version="any")


def settings_of(skill_map: SkillMap, seed: int) -> dict[str, Any]:
    """Any weights, and the ease that some class gives the course."""
    others = [replace(piece, learner_id="ben") for piece in random_evidence(skill_map, seed + 1)]
    parameters = any_parameters(seed)
    ease = ease_for(answers_of(others, skill_map, parameters), parameters)
    return {"now": NOW, "parameters": parameters, "ease": ease}


@settings(max_examples=120, deadline=None)
@given(course=SEEDS, history=SEEDS, weights=SEEDS, pick=st.integers(0, 99), days=st.floats(0, 90))
def test_one_more_right_answer_never_lowers_and_one_more_wrong_one_never_raises(
    course: int, history: int, weights: int, pick: int, days: float
) -> None:
    skill_map = random_course(course)
    if not skill_map.activities:
        return
    chosen = skill_map.activities[pick % len(skill_map.activities)]
    pieces, given_to_all = random_evidence(skill_map, history), settings_of(skill_map, weights)

    def with_one_of(fraction: float) -> dict[str, MasteryEstimate]:
        more = evidence(chosen.id, fraction, days, id="more")
        return estimate_mastery([*pieces, more], skill_map, **given_to_all)

    before = estimate_mastery(pieces, skill_map, **given_to_all)
    right, middling, wrong = (with_one_of(fraction) for fraction in (1.0, 0.7, 0.0))
    for skill_id in chosen.skills:
        assert right[skill_id].probability >= before[skill_id].probability - 1e-12
        assert wrong[skill_id].probability <= before[skill_id].probability + 1e-12
        assert wrong[skill_id].probability <= middling[skill_id].probability <= right[skill_id].probability


@settings(max_examples=40, deadline=None)
@given(course=SEEDS, history=SEEDS, weights=SEEDS, shuffle=st.randoms(use_true_random=False))
def test_rebuilding_gives_the_same_bits_also_for_scores_of_one_moment(
    course: int, history: int, weights: int, shuffle: Random
) -> None:
    skill_map, given_to_all = random_course(course), settings_of(random_course(course), weights)
    pieces = [replace(piece, occurred_at=NOW) for piece in random_evidence(skill_map, history)]
    shuffled = pieces[:]
    shuffle.shuffle(shuffled)
    built = estimate_mastery(pieces, skill_map, **given_to_all)
    assert built == estimate_mastery(shuffled, skill_map, **given_to_all)


@settings(max_examples=40, deadline=None)
@given(course=SEEDS, history=SEEDS, pick=st.integers(0, 40))
def test_a_correction_leaves_nothing_of_the_old_score(course: int, history: int, pick: int) -> None:
    skill_map = random_course(course)
    pieces = list(random_evidence(skill_map, history))
    if not pieces:
        return
    old = pieces.pop(pick % len(pieces))
    corrected = replace(old, fraction=1.0 - old.fraction)
    assert estimate_mastery([old, *pieces, corrected], skill_map, now=NOW) == estimate_mastery(
        [corrected, *pieces], skill_map, now=NOW
    )


@settings(max_examples=60, deadline=None)
@given(course=SEEDS, history=SEEDS, weights=SEEDS, days=st.floats(0, 120))
def test_the_estimate_ahead_is_what_the_model_gives_then_and_never_higher(
    course: int, history: int, weights: int, days: float
) -> None:
    skill_map = random_course(course)
    pieces, given_to_all = random_evidence(skill_map, history), settings_of(skill_map, weights)
    then = estimate_mastery(pieces, skill_map, **{**given_to_all, "now": NOW + timedelta(days=days)})
    for skill_id, today in estimate_mastery(pieces, skill_map, **given_to_all).items():
        ahead = probability_after(today, days=days, now=NOW)
        assert abs(ahead - then[skill_id].probability) < 3e-6
        assert ahead <= today.probability + 3e-6


def chance_on(
    task: Task, *fractions: float, days: float = 0.0, parameters: Parameters = DEFAULT_PARAMETERS
) -> float:
    """Log-odds of success on a task, so many days after these results on the same question."""
    model, record = ResponseModel(parameters), Record()
    for fraction in fractions:
        model.add(record, Answer("ana", QUESTION, fraction, 1.0, NOW))
    return model.logit(record, task, learner_id="ana", now=NOW + timedelta(days=days))


@settings(max_examples=60, deadline=None)
@given(weights=SEEDS, before=st.lists(st.floats(0, 1), max_size=4), days=st.floats(0, 120))
def test_a_better_result_never_lowers_the_chance_on_the_same_question(
    weights: int, before: list[float], days: float
) -> None:
    of_question = {name: getattr(any_parameters(weights), name) for name in ("repeated", "repeated_rating")}
    parameters = DEFAULT_PARAMETERS.with_weights(dict.fromkeys(WEIGHTS, 0.0) | of_question, version="alone")
    wrong, middling, right = (
        chance_on(QUESTION, *before, last, days=days, parameters=parameters) for last in (0.0, 0.6, 1.0)
    )
    assert wrong <= middling <= right


def test_missing_a_question_again_and_again_does_not_make_it_easier() -> None:
    beyond_skill = [
        chance_on(QUESTION, *[0.0] * times) - chance_on(OTHER, *[0.0] * times) for times in range(9)
    ]
    assert beyond_skill[0] == 0.0 < beyond_skill[1]
    assert beyond_skill[1:] == sorted(beyond_skill[1:], reverse=True)


def test_a_question_met_long_ago_is_as_good_as_new() -> None:
    def beyond_skill(days: float) -> float:
        return chance_on(QUESTION, 1.0, days=days) - chance_on(OTHER, 1.0, days=days)

    assert beyond_skill(0) > beyond_skill(7) > beyond_skill(60) > beyond_skill(STALE_DAYS) == 0.0


def test_words_come_from_own_results_whatever_classmates_or_a_fit_say() -> None:
    skill_map = random_course(3)
    pieces: tuple[Evidence, ...] = random_evidence(skill_map, 7)
    plain = estimate_mastery(pieces, skill_map, now=NOW)
    for seed in range(10):
        other = estimate_mastery(pieces, skill_map, **settings_of(skill_map, seed))
        assert {s: e.level for s, e in other.items()} == {s: e.level for s, e in plain.items()}
