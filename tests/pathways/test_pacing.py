"""Own pace, same finish line: chances by dates, shares of a class, and the smallest change."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lti_tool.pathways.evidence import Evidence
from lti_tool.pathways.futures import Futures, standing_of, success
from lti_tool.pathways.mastery import estimate_mastery
from lti_tool.pathways.pace import Pace, pace_by_learner
from lti_tool.pathways.pace_changes import LIKELY, ChangeKind, smallest_change
from lti_tool.pathways.pacing import Learner, Outlook, class_outlook, is_reached
from lti_tool.pathways.policy import Policy
from lti_tool.pathways.skill_map import SkillMap
from tests.pathways.factories import (
    NOW,
    activity,
    days_ago,
    evidence,
    random_course,
    random_evidence,
    small_map,
)

POLICY = Policy()
TWO_A_WEEK = Pace(scores=8, shape=12.0, weeks=6.0, told=1.0)
seeds = st.integers(0, 10_000)
few = settings(max_examples=15, deadline=None)


def learner(
    skill_map: SkillMap, pieces: Sequence[Evidence], name: str = "ana", pace: Pace = TWO_A_WEEK
) -> Learner:
    return Learner(name, pieces, estimate_mastery(pieces, skill_map, now=NOW), pace)


def outlook(skill_map: SkillMap, *learners: Learner) -> Outlook:
    return class_outlook(
        learners,
        skill_map,
        POLICY,
        now=NOW,
        chance_of=lambda name: np.random.default_rng([7, *name.encode()]),
    )


def growing(days: float = 2) -> list[Evidence]:
    """Counting is there, adding is not yet, multiplying was never met."""
    return [
        evidence("quiz-counting", 0.9, days + 20),
        evidence("check-counting", 0.9, days + 10),
        evidence("worksheet-counting", 1.0, days + 9),
        evidence("quiz-adding", 0.5, days + 1),
        evidence("check-adding", 0.6, days),
    ]


def there() -> list[Evidence]:
    return [evidence(f"{kind}-multiplying", 0.9, 3) for kind in ("quiz", "check", "worksheet", "game")]


def test_the_pace_is_the_learners_own_pulled_to_the_class() -> None:
    busy = [evidence("quiz-adding", 0.5, day, id=f"b{day}") for day in range(1, 25, 2)]
    quiet = [evidence("quiz-adding", 0.5, 30), evidence("quiz-adding", 0.5, 20, id="q")]
    lesson = [evidence("video-adding", 1.0, 2, informativeness=0.0)]
    pace = pace_by_learner({"busy": busy, "quiet": quiet, "new": lesson}, now=NOW)
    usual = 13 / 4 / 3  # thirteen scores of four weeks, three learners
    assert pace["busy"].per_week == pytest.approx((12 + 2 * usual) / 6)
    assert pace["quiet"].per_week == pytest.approx((1 + 2 * usual) / 6)
    assert pace["new"].per_week == pytest.approx((0 + 2 * usual) / 6)
    assert (pace["busy"].scores, pace["quiet"].scores, pace["new"].scores) == (12, 1, 0)


def test_there_is_no_pace_in_the_first_week_nor_after_a_month_of_silence() -> None:
    assert pace_by_learner({}, now=NOW) == {}
    assert pace_by_learner({"ana": [evidence("quiz-adding", 0.5, day) for day in (1, 6.5)]}, now=NOW) == {}
    assert pace_by_learner({"ana": [evidence("quiz-adding", 0.5, 40)]}, now=NOW) == {}


def test_results_that_came_all_at_once_on_the_first_day_are_no_pace() -> None:
    at_once = [evidence("quiz-adding", 0.5, 14, id=f"first {number}") for number in range(20)]
    since = [evidence("quiz-adding", 0.5, day) for day in (12, 5)]
    assert pace_by_learner({"ana": [*at_once, *since]}, now=NOW)["ana"].scores == 2


def test_the_arrays_say_what_the_learner_model_says() -> None:
    """One row of arrays and the running record agree: before, after an answer, and after ten days without one."""
    skill_map, pieces = small_map(), growing()
    standing = standing_of(
        pieces, skill_map, POLICY.parameters, pace=TWO_A_WEEK, met=(), reached=(), secure=()
    )
    futures = Futures([standing], np.array([7.0]), skill_map, POLICY.parameters, now=days_ago(0))
    row = np.array([0])
    for number, skill in enumerate(skill_map.skills):
        estimate = estimate_mastery(pieces, skill_map, now=NOW)[skill.id]
        logit = futures.logit(row, number)
        assert success(logit)[0] == pytest.approx(estimate.probability)
        reach = POLICY.parameters.bound_z * futures.spread(row, number, logit)
        assert success(logit - reach)[0] == pytest.approx(estimate.lower)
    futures.wait(row, np.array([3.0]))
    futures.answer(row, 1, np.array([0.75]))
    futures.wait(row, np.array([10.0]))
    later = [*pieces, evidence("new", 0.75, -3.0)]
    skill_map = small_map(activities=(*skill_map.activities, activity("new", "adding", informativeness=1.0)))
    after = estimate_mastery(later, skill_map, now=days_ago(-13))
    assert success(futures.logit(row, 1))[0] == pytest.approx(after["adding"].probability)
    assert success(futures.logit(row, 0))[0] == pytest.approx(after["counting"].probability)


def test_a_reached_goal_is_certain_and_needs_nothing() -> None:
    """Also when its date has passed; and what stands before it has no say any more."""
    ana = learner(small_map(), there())
    assert is_reached(ana.estimates["multiplying"], POLICY)
    look = outlook(small_map(), ana)
    forecast = look.forecast("ana", "multiplying", days=-5)
    assert (forecast.chance, forecast.low, forecast.high, forecast.likely) == (1.0, 1.0, 1.0, 0.0)
    assert smallest_change(look, "multiplying", days=-5, among=("ana",)) is None


def test_a_goal_with_everything_before_it_missing_is_further_away() -> None:
    skill_map = small_map()
    pieces = growing()
    near = [*pieces, *(evidence(f"{kind}-adding", 0.9, 1.0) for kind in ("game", "worksheet"))]
    far = [evidence(f"{kind}-counting", 0.3, 5.0) for kind in ("quiz", "check", "game")]
    chances = [
        outlook(skill_map, learner(skill_map, own)).forecast("ana", "multiplying", days=60).chance
        for own in (near, pieces, far)
    ]
    assert chances[0] > chances[1] > chances[2]


def test_a_waived_prerequisite_is_no_work() -> None:
    skill_map, pieces = small_map(), growing()
    estimates = estimate_mastery(pieces, skill_map, now=NOW)
    waived = Learner("ana", pieces, estimates, TWO_A_WEEK, frozenset({"adding"}))
    with_it, without = (
        outlook(skill_map, ana).forecast("ana", "multiplying", days=21).chance
        for ana in (waived, learner(skill_map, pieces))
    )
    assert with_it > without


def test_forgetting_counts() -> None:
    """The same scores long ago leave more work than yesterday."""
    fresh, faded = (
        outlook(small_map(), learner(small_map(), growing(days))).forecast("ana", "multiplying", days=30)
        for days in (1, 80)
    )
    assert fresh.chance > faded.chance


def test_secure_takes_longer_than_reached() -> None:
    look = outlook(small_map(), learner(small_map(), growing()))
    forecast = look.forecast("ana", "multiplying", days=45)
    assert 0 < forecast.secure < forecast.chance
    assert forecast.low <= forecast.chance <= forecast.high
    assert forecast.soonest is not None
    assert forecast.likely is None or forecast.soonest <= forecast.likely


@few
@given(seeds, st.floats(0, 90), st.floats(0, 60), st.floats(0, 5))
def test_more_pace_and_a_later_date_never_lower_a_chance(
    seed: int, days: float, later: float, more: float
) -> None:
    skill_map = random_course(seed)
    ana = learner(skill_map, random_evidence(skill_map, seed))
    look = outlook(skill_map, ana)
    for goal in skill_map.goals if look.learners else ():
        before = look.chance(goal, days=days, among=("ana",))
        assert look.chance(goal, days=days, among=("ana",), more=more) >= before
        assert look.chance(goal, days=days + later, among=("ana",)) >= before
        assert (
            look.forecast("ana", goal, days=days + later).secure
            >= look.forecast("ana", goal, days=days).secure
        )
        if is_reached(ana.estimates[goal], POLICY):
            assert before == 1.0


@few
@given(seeds)
def test_same_inputs_same_answer_whoever_else_is_there(seed: int) -> None:
    skill_map = random_course(seed)
    ana = learner(skill_map, random_evidence(skill_map, seed))
    ben = learner(skill_map, random_evidence(skill_map, seed + 1), name="ben")
    alone, together = outlook(skill_map, ana), outlook(skill_map, ben, ana)
    assert alone.size == 1
    for goal in skill_map.goals if alone.learners else ():
        assert alone.forecast("ana", goal, days=30) == together.forecast("ana", goal, days=30)


def test_the_share_of_a_class_and_its_interval() -> None:
    skill_map = small_map()
    class_ = [learner(skill_map, growing(), name=f"l{number}") for number in range(8)]
    class_ += [learner(skill_map, there(), name="there")]
    share = outlook(skill_map, *class_).share("multiplying", days=30)
    assert share.learners == 9
    assert 1 / 9 <= share.low < share.expected < share.high <= 1


def test_nothing_is_said_of_those_with_too_little_evidence() -> None:
    skill_map = small_map()
    unknown = [learner(skill_map, growing()[:2], name=f"u{number}") for number in range(2)]
    look = outlook(skill_map, *unknown, learner(skill_map, growing()))
    assert (list(look.learners), look.size, look.speaks_of_class) == (["ana"], 3, False)
    assert not outlook(skill_map, *unknown).speaks_of_class
    assert outlook(skill_map, unknown[0], learner(skill_map, growing())).speaks_of_class


def test_the_smallest_change_is_the_first_that_is_enough_else_the_one_that_lifts_most() -> None:
    skill_map = small_map()
    ready = [evidence(f"{kind}-adding", 0.9, 1.0) for kind in ("game", "worksheet", "quiz")]
    seen = set()
    for pieces in (growing(), [*growing(), *ready]):
        look = outlook(skill_map, learner(skill_map, pieces))
        for days in range(1, 60, 3):
            change = smallest_change(look, "multiplying", days=days, among=("ana",))
            before = look.chance("multiplying", days=days, among=("ana",))
            if before >= LIKELY:
                assert change is None
            elif change is not None:
                seen.add(change.kind)
                assert change.before == before
                assert change.after >= before + 0.05 or change.is_enough
                if change.kind is ChangeKind.LESSON:
                    assert (change.skill_id, change.served) == ("adding", ("ana",))
                if change.is_enough and change.kind is not ChangeKind.MORE:
                    assert look.chance("multiplying", days=days, among=("ana",), more=1) < LIKELY
    assert ChangeKind.LESSON in seen
    assert ChangeKind.MORE in seen


def test_a_lesson_changes_nothing_for_those_who_do_not_have_it() -> None:
    skill_map = small_map()
    look = outlook(skill_map, learner(skill_map, growing()), learner(skill_map, growing(), name="ben"))
    lesson = ("adding", "ana")
    before = [look.chance("multiplying", days=20, among=(name,)) for name in ("ana", "ben")]
    after = [look.chance("multiplying", days=20, among=(name,), lesson=lesson) for name in ("ana", "ben")]
    assert after[0] > before[0]
    assert after[1] == before[1]


def test_a_big_class_is_forecast_in_parts_that_do_not_show() -> None:
    skill_map = small_map()
    class_ = [learner(skill_map, growing(number / 10), name=f"l{number}") for number in range(40)]
    look = outlook(skill_map, *class_)
    for number in (0, 31, 32, 39):
        alone = outlook(skill_map, class_[number])
        name = f"l{number}"
        assert alone.forecast(name, "multiplying", days=30) == look.forecast(name, "multiplying", days=30)
