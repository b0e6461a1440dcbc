import json

from lti_tool.pathways.policy import Policy, Weights


def test_a_policy_survives_json() -> None:
    policy = Policy(threshold=0.8, scope=frozenset({"b", "a"}), weights=Weights(gap=0.5))
    assert Policy.from_mapping(json.loads(json.dumps(policy.to_mapping()))) == policy


def test_missing_and_unknown_keys_take_the_shipped_values() -> None:
    assert Policy.from_mapping({"threshold": 0.8, "colour": "red"}) == Policy(threshold=0.8)
