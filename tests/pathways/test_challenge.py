from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.challenge import BAND, SETTINGS, about, target_success, weights_for
from lti_tool.pathways.filters import broken
from lti_tool.pathways.mastery import MasteryEstimate
from lti_tool.pathways.reasons import Audience, sentence
from lti_tool.pathways.recommender import Policy, Recommendation, Weights, recommend, replay
from lti_tool.pathways.situation import situation, step
from lti_tool.pathways.skill_map import Format, Prerequisite, PrerequisiteKind, Purpose, Skill, SkillMap
from lti_tool.pathways.terms import stretch, success
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

CALM = Policy(explore_share=0.0)
SEEDS = st.integers(0, 100_000)
WISHES = st.sampled_from(SETTINGS)


def levels() -> tuple[SkillMap, dict[str, MasteryEstimate]]:
    """Three worksheets that differ in their level alone, and a student to whom the middle one fits."""
    course = small_map(
        activities=(
            activity("before", "counting"),
            *(activity(f"level-{level}", "counting", level=level) for level in (1, 2, 3)),
        )
    )
    return course, {s: estimate(s, 0.75) for s in ("counting", "adding", "multiplying")}


def ask(wish: float) -> Recommendation:
    course, estimates = levels()
    state = state_of(course, evidence("before", 0.8, 3), estimates=estimates, challenge=wish)
    return recommend(state, course, CALM, now=NOW, rng=None)


def test_the_settings_aim_at_shares_that_a_child_can_count() -> None:
    shares = [about(target_success(Policy(), wish)) for wish in SETTINGS]
    assert shares == [Fraction(6, 7), Fraction(4, 5), Fraction(3, 4), Fraction(7, 10), Fraction(2, 3)]


def test_a_clear_wish_counts_twice_and_none_leaves_the_school_s_weights_alone() -> None:
    assert weights_for(Policy(), 0.0) == Weights()
    for wish in (-1.0, 1.0):
        assert weights_for(Policy(), wish) == replace(Weights(), stretch=2 * Weights().stretch)
    assert {term.name: term.weight for term in ask(1.0).first.terms}["stretch"] == 2 * Weights().stretch


@given(target=st.floats(0.3, 0.95), one=st.floats(-3, 3), other=st.floats(-3, 3))
def test_harder_never_aims_at_more_right_answers_and_stays_in_the_band(
    target: float, one: float, other: float
) -> None:
    policy = Policy(target_success=target)
    easier, harder = (target_success(policy, wish) for wish in sorted((one, other)))
    assert easier >= harder
    assert target_success(policy, 0.0) == target
    for aim in (easier, harder):
        assert min(BAND[0], target) <= aim <= max(BAND[1], target)


@settings(max_examples=80, deadline=None)
@given(
    eases=st.lists(st.floats(-4, 4), min_size=2, max_size=6),
    known=st.floats(0.2, 0.95),
    one=WISHES,
    other=WISHES,
)
def test_of_tasks_alike_a_harder_wish_never_puts_an_easier_one_first(
    eases: list[float], known: float, one: float, other: float
) -> None:
    """What is guaranteed: of tasks that differ in predicted success alone, as long as the first is within reach."""
    ids = [f"task-{number}" for number in range(len(eases))]
    course = small_map(activities=tuple(activity(name, "counting", format=Format.QUIZ) for name in ids))
    state = state_of(
        course,
        estimates={s: estimate(s, known) for s in ("counting", "adding", "multiplying")},
        ease=dict(zip(ids, eases, strict=True)),
    )
    predicted = []
    for wish in sorted((one, other)):
        wished = replace(state, challenge=wish)
        first = recommend(wished, course, CALM, now=NOW, rng=None).first
        chosen = step(course.activity(str(first.activity_id)), situation(wished, course, CALM, NOW))
        if stretch(chosen) <= 0:
            return
        predicted.append(success(chosen))
    assert predicted[0] >= predicted[1]


@settings(max_examples=60, deadline=None)
@given(course=SEEDS, student=SEEDS, wish=WISHES)
def test_a_wish_opens_nothing_that_a_rule_keeps_closed(course: int, student: int, wish: float) -> None:
    skill_map = random_course(course)
    state = replace(random_state(skill_map, student), pinned=None)
    usual = recommend(replace(state, challenge=0.0), skill_map, Policy(), now=NOW, rng=Random(student))
    wished = recommend(replace(state, challenge=wish), skill_map, Policy(), now=NOW, rng=Random(student))
    assert wished.ledger["held_back"] == usual.ledger["held_back"]
    assert wished.ledger["considered"] == usual.ledger["considered"]
    at = situation(state, skill_map, Policy(), NOW)
    for option in wished.options:
        if option.activity_id is not None:
            rules = broken(step(skill_map.activity(option.activity_id), at))
            assert not {"open", "prerequisites", "grade_ceiling", "vetoed", "accommodations"}.intersection(
                rules
            )


def test_the_reason_says_so_when_the_wish_decided_and_names_what_would_have_come() -> None:
    course, _ = levels()
    assert [ask(wish).first.activity_id for wish in (-1.0, 0.0, 1.0)] == ["level-1", "level-2", "level-3"]
    assert "challenge" not in ask(0.0).first.reason.params
    for wish, asked in ((1.0, "harder"), (-1.0, "easier")):
        first = ask(wish).first
        assert (first.reason.params["challenge"], first.reason.params["instead"]) == (asked, "level-2")
        said = sentence(first, Audience.STUDENT, course)
        assert said.endswith(f"You asked for {asked}, so this comes before “Level 2”.")
        assert f"asked for {asked} work" in sentence(first, Audience.TEACHER, course)
        assert f"Your child asked for {asked} work." in sentence(first, Audience.FAMILY, course)


@settings(max_examples=80, deadline=None)
@given(student=SEEDS, wish=WISHES.filter(bool))
def test_a_wish_that_a_reason_names_is_what_put_the_step_first(student: int, wish: float) -> None:
    """Neutralising the wish takes the lead from it; the step is a task, and harder or easier as was asked."""
    chance = Random(student)
    kinds = [
        (chance.choice(("counting", "adding")), chance.choice((Format.QUIZ, Format.WORKSHEET, Format.VIDEO)))
        for _ in range(8)
    ]
    skill_map = small_map(
        activities=(
            activity("before", "counting"),
            *(
                activity(f"task-{number}", skill, format=kind, level=chance.randint(1, 3))
                for number, (skill, kind) in enumerate(kinds)
            ),
        )
    )
    state = state_of(
        skill_map,
        evidence("before", 0.8, 3),
        estimates={s: estimate(s, chance.uniform(0.5, 0.9)) for s in ("counting", "adding", "multiplying")},
        ease={f"task-{number}": chance.gauss(0, 0.5) for number in range(len(kinds))},
        challenge=wish,
    )
    answer = recommend(state, skill_map, CALM, now=NOW, rng=Random(student))
    named = answer.first.reason.params
    if "challenge" not in named:
        return
    usual = recommend(replace(state, challenge=0.0), skill_map, CALM, now=NOW, rng=Random(student))
    assert usual.first.activity_id == named["instead"] != answer.first.activity_id
    at = situation(state, skill_map, CALM, NOW)
    mine, instead = (
        step(skill_map.activity(str(name)), at) for name in (answer.first.activity_id, named["instead"])
    )
    assert Purpose.LEARN not in (mine.activity.purpose, instead.activity.purpose)
    assert (success(mine) < success(instead)) == (named["challenge"] == "harder") == (wish > 0)
    now, before = answer.ledger["best"], usual.ledger["best"]
    lead = {entry["activity_id"]: entry["score"] for entry in now}
    lead_before = {entry["activity_id"]: entry["score"] for entry in before}
    pair = (answer.first.activity_id, named["instead"])
    if set(pair) <= lead.keys() & lead_before.keys():
        assert lead[pair[0]] - lead[pair[1]] > lead_before[pair[0]] - lead_before[pair[1]]
    assert replay(answer.ledger, skill_map).first == answer.first


def two_ways() -> SkillMap:
    """Two goals that rest on one skill each, with tasks that are alike."""
    return small_map(
        skills=tuple(
            Skill(id=name, title=name.capitalize(), grade=3, goal=name.endswith("goal"))
            for name in ("a", "a-goal", "b", "b-goal")
        ),
        prerequisites=tuple(Prerequisite(name, f"{name}-goal", PrerequisiteKind.HARD) for name in ("a", "b")),
        activities=tuple(
            activity(f"check-{name}", name, format=Format.CHECK, informativeness=1.0, interests=liked)
            for name, liked in (("a", ("space",)), ("b", ()))
        ),
    )


def test_the_favourite_goal_breaks_near_ties_only_and_the_reason_says_so() -> None:
    course = two_ways()

    def first(policy: Policy = CALM, **values: Any) -> tuple[str | None, dict[str, object]]:
        option = recommend(state_of(course, **values), course, policy, now=NOW, rng=None).first
        return option.activity_id, dict(option.reason.params)

    assert first()[0] == "check-a"
    chosen, named = first(favourite_goal="b-goal")
    assert (chosen, named["goal"]) == ("check-b", "b-goal")
    far = {
        s.id: estimate(s.id, 0.3 if s.id.startswith("a") else 0.6, evidence_count=0) for s in course.skills
    }
    usual = first(estimates=far)[0]
    wished = first(estimates=far, favourite_goal="a-goal" if usual == "check-b" else "b-goal")
    assert (wished[0], "goal" in wished[1]) == (usual, False)
    assert first(favourite_goal="no-such-goal")[0] == "check-a"


def test_wishes_that_pull_both_ways_leave_the_best_score_first() -> None:
    course = two_ways()
    state = state_of(course, favourite_goal="b-goal", interests=frozenset({"space"}))
    answer = recommend(state, course, CALM, now=NOW, rng=None)
    assert answer.first.activity_id == "check-a"
    assert not {"goal", "interest"} & set(answer.first.reason.params)
    goal = recommend(state_of(course, favourite_goal="b-goal"), course, CALM, now=NOW, rng=None)
    assert (goal.ledger["rule"], goal.ledger["state"]["favourite_goal"]) == ("goal", "b-goal")
    assert replay(goal.ledger, course) == goal
    said = sentence(goal.first, Audience.STUDENT, course)
    assert "this one leads to “B-goal”, the goal that matters most to you." in said
