import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.pathways.evaluation.intervals import Interval, Sample, share_interval, t_reach


def test_wilsons_interval_of_eight_in_ten() -> None:
    # z = 1.95996: middle (0.8 + 0.19207) / 1.38415 = 0.71674, reach sqrt(0.061463 + 0.036893) / 1.38415 = 0.22658
    found = share_interval(8, 10)
    assert (found.lower, found.upper) == pytest.approx((0.49016, 0.94332), abs=1e-5)
    assert share_interval(0, 0) == Interval(0.0, 1.0)
    assert share_interval(0, 5).lower == 0.0
    assert share_interval(5, 5).upper == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("confidence", "freedom", "reach"),
    [
        (0.95, 1, 12.7062),
        (0.95, 2, 4.3027),
        (0.95, 4, 2.7764),
        (0.95, 29, 2.0452),
        (0.999, 4, 8.6103),
        (0.99, 7, 3.4995),
        (0.95, 1000, 1.95996),
    ],
)
def test_students_t_is_that_of_the_printed_tables(confidence: float, freedom: int, reach: float) -> None:
    assert t_reach(confidence, freedom) == pytest.approx(reach, abs=1e-4)


def test_the_interval_of_a_mean() -> None:
    # Mean 3, variance 2.5, error sqrt(2.5 / 5) = 0.70711, times 2.77645.
    found = Sample.of([1, 2, 3, 4, 5])
    assert (found.mean, found.variance, found.error) == pytest.approx((3.0, 2.5, 0.70711), abs=1e-5)
    inside = found.interval()
    assert (inside.lower, inside.upper) == pytest.approx((1.03676, 4.96324), abs=1e-5)
    assert Sample.of([7.0]).interval() == Interval(-math.inf, math.inf)


@given(st.lists(st.floats(-1, 1), max_size=8), st.lists(st.floats(-1, 1), max_size=8))
def test_samples_add_up_whatever_their_order(some: list[float], others: list[float]) -> None:
    together = Sample.of(some) + Sample.of(others)
    whole = Sample.of(others + some)
    assert together.count == whole.count
    assert together.total == pytest.approx(whole.total, abs=1e-12)
    assert together.squares == pytest.approx(whole.squares, abs=1e-12)
