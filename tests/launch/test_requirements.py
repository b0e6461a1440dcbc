"""Where a launch may come without a person or a course, asked one reason at a time."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.errors import LaunchRefused
from lti_tool.launch import vocab
from lti_tool.launch.requirements import require_consistent_anonymity, require_context
from lti_tool.launch.roles import Role

OTHER_MESSAGES = [vocab.DEEP_LINKING_REQUEST, vocab.SUBMISSION_REVIEW_REQUEST]


def require_anonymity(payload: dict[str, Any] | None = None, **changes: Any) -> None:
    about: dict[str, Any] = {
        "message_type": vocab.RESOURCE_LINK_REQUEST,
        "about_activity": False,
        "roles": [Role.LEARNER],
    }
    require_consistent_anonymity(payload or {}, **about | changes)


def test_a_nameless_launch_of_a_plain_link_is_let_in() -> None:
    require_anonymity()
    require_anonymity({"name": "", "email": None, vocab.LIS: {"person_sourcedid": "$Person.sourcedId"}})
    require_anonymity(roles=[])


@pytest.mark.parametrize(
    "changes",
    [
        {"payload": {"email": "ann@school.example"}},
        {"payload": {vocab.LIS: {"person_sourcedid": "S-001"}}},
        {"about_activity": True},
        {"roles": [Role.MENTOR]},
        *({"message_type": message} for message in OTHER_MESSAGES),
    ],
)
def test_a_nameless_launch_is_refused_where_a_person_is_needed_or_hinted_at(changes: dict[str, Any]) -> None:
    with pytest.raises(LaunchRefused) as refused:
        require_anonymity(**changes)
    assert refused.value.code == "launch.anonymous"


def test_only_a_plain_link_can_be_opened_outside_a_course() -> None:
    require_context(message_type=vocab.RESOURCE_LINK_REQUEST, about_activity=False)
    for message in OTHER_MESSAGES:
        with pytest.raises(LaunchRefused) as refused:
            require_context(message_type=message, about_activity=False)
        assert refused.value.code == "launch.context_required"
    with pytest.raises(LaunchRefused):
        require_context(message_type=vocab.RESOURCE_LINK_REQUEST, about_activity=True)
