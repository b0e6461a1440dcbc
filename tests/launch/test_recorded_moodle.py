"""Launches as a real Moodle made them: signed again with a key of the tests, verified, understood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from lti_tool.db import Database
from lti_tool.http import OutboundSession
from lti_tool.launch import vocab
from lti_tool.launch.addresses import origin
from lti_tool.launch.claims import Launch, read_launch
from lti_tool.launch.platform_keys import PlatformKeys
from lti_tool.launch.roles import Role
from lti_tool.launch.state import LoginState
from lti_tool.launch.validation import verify_launch
from tests.launch.platform import SigningPlatform, add_registration, running_platform

SAMPLES = Path(__file__).parent / "samples"


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


def payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"moodle_5_1.{name}.json").read_text())
    return loaded


def verified(name: str, platform: SigningPlatform, database: Database) -> Launch:
    """The recorded payload as a launch that began a second before Moodle signed it."""
    claims = payload(name)
    now = datetime.fromtimestamp(claims["iat"], UTC)
    with database.transaction() as session:
        registration = add_registration(session, platform, client_id=claims["aud"])
        registration.issuer = claims["iss"]
    state = LoginState(
        registration_id=registration.id,
        issued_at=now - timedelta(seconds=1),
        browser_digest=b"browser-1",
        is_new_browser=True,
        storage_target="",
        nonce=claims["nonce"],
        digest="digest-1",
    )
    with OutboundSession(local_origins=[platform.issuer]) as outbound, database.connect() as connection:
        return verify_launch(
            connection,
            state,
            registration,
            platform.sign(claims),
            keys=PlatformKeys(database, outbound),
            address=origin(claims[vocab.TARGET_LINK_URI]),
            now=now,
        )


def test_a_student_is_understood_claim_by_claim(platform: SigningPlatform, database: Database) -> None:
    launch = verified("student", platform, database)
    assert (launch.user_id, launch.deployment_id) == ("5", "1")
    assert (launch.name, launch.given_name, launch.family_name) == ("Ann Alpha", "Ann", "Alpha")
    assert launch.roles == (Role.LEARNER,)
    assert not launch.is_test
    assert launch.context is not None
    assert (launch.context.id, launch.context.title) == ("2", "Probability 101")
    assert launch.context.label == "PROB101"
    assert launch.message_type == "LtiResourceLinkRequest"
    assert launch.product_family == "moodle"
    assert launch.locale == "en"
    services = "http://127.0.0.1:8080/mod/lti/services.php"
    assert launch.memberships_url == f"{services}/CourseSection/2/bindings/1/memberships"
    assert launch.line_items_url == f"{services}/2/lineitems?type_id=1"
    assert vocab.SCOPES[0] in launch.service_scopes
    # Variables that Moodle does not know come back as they were written; empty ones say nothing.
    assert launch.custom == {"kc": "bayes-theorem", "linkid": "1"}
    assert launch.activity_id is None


@pytest.mark.parametrize(
    ("name", "user_id", "role"),
    [
        ("teacher", "3", Role.INSTRUCTOR),
        ("assistant", "4", Role.INSTRUCTOR),  # Moodle tells no assistants apart
        ("administrator", "2", Role.INSTRUCTOR),
        ("teacher_as_student", "3", Role.LEARNER),
        ("student_in_a_deep_link", "5", Role.LEARNER),
        ("student_dynamic", "5", Role.LEARNER),
    ],
)
def test_everybody_has_the_role_in_the_course(
    platform: SigningPlatform, database: Database, name: str, user_id: str, role: Role
) -> None:
    launch = verified(name, platform, database)
    assert (launch.user_id, launch.roles) == (user_id, (role,))


def test_a_student_whose_name_is_withheld_comes_in(platform: SigningPlatform, database: Database) -> None:
    launch = verified("student_without_names", platform, database)
    assert (launch.user_id, launch.name, launch.given_name, launch.family_name) == ("5", "", "", "")


def test_a_deep_linking_request_keeps_what_must_be_answered(
    platform: SigningPlatform, database: Database
) -> None:
    launch = verified("deep_linking", platform, database)
    assert launch.message_type == "LtiDeepLinkingRequest"
    assert launch.deep_linking is not None
    assert launch.deep_linking["accept_multiple"] is True
    assert "data" not in launch.deep_linking
    assert launch.deep_linking["deep_link_return_url"].startswith(
        "http://127.0.0.1:8080/mod/lti/contentitem_return.php"
    )


@pytest.mark.parametrize(
    ("name", "user_id", "role", "for_user_id", "column"),
    [
        ("submission_review", "3", Role.INSTRUCTOR, "5", 20),
        ("submission_review_unasked", "3", Role.INSTRUCTOR, "5", 15),
        # Moodle signs this for a student who edits the launch address; `launch.reviews` refuses it.
        ("submission_review_of_another", "5", Role.LEARNER, "6", 20),
    ],
)
def test_a_submission_review_names_the_learner_and_the_column(
    platform: SigningPlatform,
    database: Database,
    name: str,
    user_id: str,
    role: Role,
    for_user_id: str,
    column: int,
) -> None:
    launch = verified(name, platform, database)
    assert launch.message_type == "LtiSubmissionReviewRequest"
    assert (launch.user_id, launch.roles, launch.for_user_id) == (user_id, (role,), for_user_id)
    services = "http://127.0.0.1:8080/mod/lti/services.php"
    assert launch.line_item_url == f"{services}/2/lineitems/{column}/lineitem?type_id=1"


def test_a_restored_course_names_the_one_it_was_copied_from(
    platform: SigningPlatform, database: Database
) -> None:
    claims = payload("copied_course")
    claims[vocab.CUSTOM]["context_history"] = claims[vocab.CUSTOM]["history"]
    launch = read_launch(claims)
    assert launch.context is not None
    assert (launch.context.id, launch.context_history) == ("4", ("2",))
    assert (launch.resource_link_id, launch.resource_link_history) == ("12", ())
    assert verified("copied_course", platform, database).context_history == (), "it was not asked for by name"
