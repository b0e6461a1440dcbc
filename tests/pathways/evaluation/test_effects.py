from random import Random

import pytest

from lti_tool.pathways.content import Format
from lti_tool.pathways.evaluation.calibration import Verdict
from lti_tool.pathways.evaluation.effects import effects_of
from lti_tool.pathways.evaluation.gains import Gain, gains_of
from lti_tool.pathways.features import sigmoid
from tests.pathways.evaluation.factories import course_of, score
from tests.pathways.factories import activity, small_map

MAP = small_map()
EQUAL = [
    gain
    for number, value in enumerate((-0.1, 0.0, 0.1, -0.1, 0.0, 0.1))
    for gain in (
        Gain(f"a{number}", "quiz-counting", "counting", 0.5, value),
        Gain(f"b{number}", "game-counting", "counting", 0.5, value),
    )
]


def test_the_difference_to_similar_learners_is_shrunken_by_hand() -> None:
    good = [Gain(f"c{n}", "video-counting", "counting", 0.55, 0.3 + 0.1 * (n % 3 - 1)) for n in range(6)]
    found = {effect.activity_id: effect for effect in effects_of([*EQUAL, *good], MAP)}
    # Gains have variance 0.04 / 5 within each activity. Video: 0.3 above 12 others of mean 0; error
    # sqrt(0.008 / 6 + 0.04 * 2 / 11 / 12). Quiz and game: 0 against 12 others of mean 0.15, variance 0.35 / 11.
    own, others = 0.008 / 6, (0.08 / 11) / 12
    first = own + others
    spread = (6 * 0.0 + 0.04 + 6 * 0.09 + 0.04 - 12 * 0.15**2) / 11 / 12
    second = own + spread
    weights = (1 / first, 1 / second, 1 / second)
    whole = sum(weights)
    values = (0.3, -0.15, -0.15)
    mean = sum(w * d for w, d in zip(weights, values, strict=True)) / whole
    q = sum(w * (d - mean) ** 2 for w, d in zip(weights, values, strict=True))
    between = (q - 2) / (whole - sum(w * w for w in weights) / whole)
    careful = [1 / (between + variance) for variance in (first, second, second)]
    middle = sum(w * d for w, d in zip(careful, values, strict=True)) / sum(careful)
    kept = between / (between + first)
    video = found["video-counting"]
    assert video.difference is not None
    assert video.difference == pytest.approx(kept * 0.3 + (1 - kept) * middle)
    assert 0.0 < video.difference < 0.3
    assert video.verdict is Verdict.HIGHER
    assert found["quiz-counting"].verdict is Verdict.NO_DIFFERENCE  # its interval is from -0.36 to 0.08
    assert video.interval is not None
    assert video.interval.holds(video.difference)


def test_few_learners_are_too_few_to_say() -> None:
    few = [Gain(f"c{number}", "video-counting", "counting", 0.5, 0.9) for number in range(4)]
    repeated = [Gain("c0", "video-counting", "counting", 0.5, 0.9)] * 9
    for gains in (few, repeated):
        found = {effect.activity_id: effect for effect in effects_of([*EQUAL, *gains], MAP)}
        assert found["video-counting"].verdict is Verdict.TOO_FEW
        assert found["video-counting"].difference is None


def test_learners_are_compared_with_those_of_similar_expectation_only() -> None:
    alone = [Gain(f"c{number}", "video-counting", "counting", 0.9, 0.5) for number in range(20)]
    found = {effect.activity_id: effect for effect in effects_of([*EQUAL, *alone], MAP)}
    assert found["video-counting"].verdict is Verdict.TOO_FEW
    assert found["video-counting"].learners == 20


def test_equal_activities_show_no_difference_and_their_order_does_not_matter() -> None:
    found = effects_of(EQUAL, MAP)
    assert {effect.verdict for effect in found} == {Verdict.NO_DIFFERENCE}
    assert effects_of(EQUAL[::-1], MAP) == found


def classes(seed: int, helps: float = 0.0) -> dict[str, Verdict]:
    """A class of 25 with 16 activities on one skill, in random order; only "a0" may help: for the score after it."""
    rng = Random(seed)
    ids = [f"a{number}" for number in range(16)]
    skill_map = small_map(
        activities=tuple(
            activity(each, "counting", format=rng.choice(list(Format)), informativeness=1.0) for each in ids
        )
    )
    ease = {each: rng.gauss(0.0, 0.7) for each in ids}
    pieces = []
    for learner in range(25):
        ability, before = rng.gauss(0.0, 1.0), ""
        for number, each in enumerate(rng.sample(ids, len(ids))):
            chance = sigmoid(ability + ease[each] + (helps if before == "a0" else 0.0))
            fraction = sum(rng.random() < chance for _ in range(5)) / 5
            pieces.append(score(each, fraction, 40.0 - 2 * number + 0.01 * learner, f"learner-{learner:02d}"))
            before = each
    course = course_of(pieces, skill_map, ease=True)
    return {effect.activity_id: effect.verdict for effect in effects_of(gains_of(course, []), skill_map)}


def test_where_no_activity_differs_at_most_one_course_in_twenty_says_that_one_does() -> None:
    courses = [list(classes(seed).values()) for seed in range(25)]
    claims = {Verdict.HIGHER, Verdict.LOWER}
    assert all(verdict is not Verdict.TOO_FEW for said in courses for verdict in said)
    assert sum(not claims.isdisjoint(said) for said in courses) <= 0.05 * len(courses)


def test_an_activity_that_helps_a_lot_is_found() -> None:
    found = [classes(seed, helps=3.0)["a0"] for seed in range(6)]
    assert found.count(Verdict.HIGHER) >= 4
