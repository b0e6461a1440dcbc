"""What may be chosen about recommendations: bounds hold, locks win, and what nobody chose is as shipped."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.pathways.buckets import CutOffs
from lti_tool.pathways.choices import SETTINGS, ChoiceError, Choices
from lti_tool.pathways.parameters import DEFAULT_PARAMETERS
from lti_tool.pathways.policy import Policy, Weights

ANYTHING = (
    st.none() | st.booleans() | st.integers(-5, 120) | st.floats(-1, 2) | st.sampled_from(["own", "more", ""])
)
MAPPINGS = st.dictionaries(st.sampled_from([*SETTINGS, "unknown"]), ANYTHING)


def test_nothing_chosen_is_what_is_shipped() -> None:
    assert Choices({}).policy(DEFAULT_PARAMETERS, "") == Policy()
    assert Choices({}).cut_offs() == CutOffs()


@given(MAPPINGS)
def test_whatever_was_kept_gives_a_policy_within_bounds(kept: dict[str, Any]) -> None:
    choices = Choices.of(kept)
    policy = choices.policy(DEFAULT_PARAMETERS, "v")
    assert 0.5 <= policy.threshold <= 0.95
    assert policy.threshold - policy.prerequisite_margin > 0
    assert Policy.from_mapping(policy.to_mapping()) == policy
    assert set(choices.chosen) <= SETTINGS.keys()


@given(MAPPINGS, MAPPINGS, st.frozensets(st.sampled_from([*SETTINGS])))
def test_own_choices_come_first_but_for_what_is_locked(
    own: dict[str, Any], school: dict[str, Any], locked: frozenset[str]
) -> None:
    mine, theirs = Choices.of(own), Choices.of(school)
    both = mine.over(theirs, locked)
    for name in SETTINGS:
        expected = mine if name in mine.chosen and name not in locked else theirs
        assert both.value(name) == expected.value(name)


def test_weights_are_words() -> None:
    review = Choices({"weights": "review"}).policy(DEFAULT_PARAMETERS, "").weights
    assert (review.review, review.fresh) == (2 * Weights().review, Weights().fresh / 2)
    ignored = Choices({"weight_fit": "none"}).policy(DEFAULT_PARAMETERS, "").weights
    assert ignored == Weights()
    own = Choices({"weights": "own", "weight_fit": "none"}).policy(DEFAULT_PARAMETERS, "").weights
    assert (own.fit, own.gap) == (0.0, Weights().gap)


def test_contradictions_are_named() -> None:
    nothing = {f"weight_{term}": "none" for term in Weights.__dataclass_fields__}
    for chosen, name in (({"hand_below": 0.9}, "hand_below"), ({"weights": "own", **nothing}, "weights")):
        with pytest.raises(ChoiceError) as problem:
            Choices.of(chosen).require_sense()
        assert problem.value.setting == name
