from hypothesis import given
from hypothesis import strategies as st

from lti_tool.pathways.evaluation.small_cells import withheld

CELLS = st.dictionaries(st.integers(0, 20), st.integers(0, 30), max_size=8)


def test_by_hand() -> None:
    learners = {"a": 30, "b": 4, "c": 12, "d": 0}
    assert withheld(learners, fewest=5, with_total=False) == {"b"}
    assert withheld(learners, fewest=5, with_total=True) == {"b", "c"}
    assert withheld({"a": 30, "c": 12, "d": 0}, fewest=5, with_total=True) == set()


@given(CELLS, st.booleans())
def test_no_small_cell_is_ever_told(learners: dict[int, int], with_total: bool) -> None:
    hidden = withheld(learners, fewest=5, with_total=with_total)
    assert all(count == 0 or count >= 5 for cell, count in learners.items() if cell not in hidden)


@given(CELLS)
def test_what_is_missing_from_a_total_is_never_one_small_cell(learners: dict[int, int]) -> None:
    hidden = withheld(learners, fewest=5, with_total=True)
    told = sum(count for cell, count in learners.items() if cell not in hidden)
    missing = sum(learners.values()) - told
    # With nobody else there, the total itself is small; whoever shows it withholds it.
    assert missing == 0 or missing >= 5 or told == 0
    if len(hidden) == 1:
        assert told == 0
