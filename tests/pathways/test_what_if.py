from dataclasses import replace
from random import Random

from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.reasons import Audience
from lti_tool.pathways.recommender import Policy, recommend
from lti_tool.pathways.what_if import Change, change_sentence, why_this_would_change
from tests.pathways.factories import NOW, evidence, small_map, state_of

CALM = Policy(explore_share=0.0)


def test_the_results_that_would_change_the_step_really_change_it() -> None:
    course = small_map()
    state = state_of(course, evidence("check-counting", 0.3, 2))
    first = recommend(state, course, CALM, now=NOW, rng=Random(1)).first
    change = why_this_would_change(state, course, CALM, first, now=NOW)
    assert change is not None
    assert change.skill_id == "counting"
    more = tuple(evidence("quiz-counting", change.fraction, 0, id=f"more{n}") for n in range(change.results))
    pieces = (*state.evidence, *more)
    then = replace(state, evidence=pieces, estimates=estimate_mastery(pieces, course, now=NOW))
    assert (
        recommend(then, course, CALM, now=NOW, rng=Random(1)).first.skill_id
        == change.next_skill_id
        == "adding"
    )


def test_nothing_is_promised_for_a_dead_end() -> None:
    empty = small_map(activities=())
    state = state_of(empty)
    first = recommend(state, empty, CALM, now=NOW, rng=Random(1)).first
    assert why_this_would_change(state, empty, CALM, first, now=NOW) is None


def test_the_sentence_counts_and_names() -> None:
    two = Change("counting", 2, 0.8, "quiz-adding", "adding")
    assert change_sentence(two, Audience.TEACHER, small_map()) == (
        "2 more results of 80 % or better on “Counting” would bring “Adding” next."
    )
    one = replace(two, results=1)
    assert change_sentence(one, Audience.STUDENT, small_map()).startswith("1 more result of 80 %")
    assert "%" not in change_sentence(one, Audience.FAMILY, small_map())
