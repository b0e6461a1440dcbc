import pytest

from lti_tool.pathways.evaluation.calibration import Verdict
from lti_tool.pathways.evaluation.exploration import Lot, exploration_of


def lots(number: int, done: int, *, explored: bool, probability: float) -> list[Lot]:
    return [Lot(f"learner-{n % 10}", explored, probability, n < done) for n in range(number)]


def test_steps_stand_for_all_to_whom_they_could_have_been_given() -> None:
    # 10 of 20 with probability 0.0125 (weight 80) and 10 of 10 with 0.025 (40): (10 * 80 + 10 * 40) / (1600 + 400).
    explored = lots(20, 10, explored=True, probability=0.0125) + lots(
        10, 10, explored=True, probability=0.025
    )
    others = lots(40, 10, explored=False, probability=0.96)
    found = exploration_of(explored + others)
    assert (found.explored, found.others) == (30, 40)
    assert found.difference == pytest.approx(0.6 - 0.25)
    assert found.verdict is Verdict.HIGHER
    same = exploration_of(explored + lots(40, 24, explored=False, probability=0.96))
    assert same.verdict is Verdict.NO_DIFFERENCE


def test_it_is_too_early_with_few_steps_or_few_learners() -> None:
    others = lots(400, 10, explored=False, probability=0.96)
    assert exploration_of(lots(19, 19, explored=True, probability=0.02) + others).verdict is Verdict.TOO_FEW
    one_learner = [Lot("ana", True, 0.02, True)] * 50
    assert exploration_of(one_learner + others).verdict is Verdict.TOO_FEW
    assert exploration_of([]).difference is None


def test_all_done_beside_none_done_is_still_not_certain() -> None:
    found = exploration_of(
        lots(20, 20, explored=True, probability=0.02) + lots(20, 0, explored=False, probability=0.96)
    )
    assert found.interval is not None
    assert found.interval.upper - found.interval.lower > 0.1
