"""The certification suite's list for the LTI 1.3 core of a tool, one row for each of its lines.

Known bad launches end on a page for people and store nothing. Valid ones, for an instructor and in the same
way for a student, end on a page (https://www.imsglobal.org/spec/lti/v1p3/cert).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.launch import vocab
from lti_tool.models.courses import Person
from lti_tool.models.launches import LaunchSession
from tests.launch.platform import (
    MEMBERSHIP,
    MISSING,
    SigningPlatform,
    Tool,
    running_platform,
    running_tool,
)
from tests.web.refusals import assert_nothing_stored, assert_refused, token_sent

NAMELESS = {"name": MISSING, "given_name": MISSING, "family_name": MISSING, "email": MISSING}


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def tool(platform: SigningPlatform, tmp_path: Path, sqlite_url: str) -> Iterator[Tool]:
    with running_tool(sqlite_url, platform, tmp_path) as tool:
        yield tool


BAD_HEADERS: list[tuple[str, dict[str, Any], int, str]] = [
    ("no kid in the header", {"kid": MISSING}, 401, "launch.key_unknown"),
    ("an incorrect kid", {"kid": "imstester_66067"}, 401, "launch.key_unknown"),
]


@pytest.mark.parametrize(
    ("header", "status", "code"), [row[1:] for row in BAD_HEADERS], ids=[row[0] for row in BAD_HEADERS]
)
def test_a_known_bad_header_is_refused(tool: Tool, header: dict[str, Any], status: int, code: str) -> None:
    answer = token_sent(tool, lambda nonce: tool.platform.sign(tool.platform.claims(nonce), **header))
    assert_refused(answer, status, code)
    assert_nothing_stored(tool)


BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("wrong LTI version", {vocab.VERSION: "11.3"}, 400, "launch.version"),
    ("missing LTI version", {vocab.VERSION: MISSING}, 400, "launch.version"),
    (
        "several required claims missing",
        {vocab.DEPLOYMENT_ID: MISSING, vocab.ROLES: MISSING},
        400,
        "launch.claim_missing",
    ),
    ("bad timestamps", {"iat": 11111, "exp": 22222}, 401, "launch.expired"),
    ("message type missing", {vocab.MESSAGE_TYPE: MISSING}, 400, "launch.message_type"),
    ("roles missing", {vocab.ROLES: MISSING}, 400, "launch.claim_missing"),
    ("deployment id missing", {vocab.DEPLOYMENT_ID: MISSING}, 400, "launch.claim_missing"),
    ("resource link id missing", {vocab.RESOURCE_LINK: {"title": "A"}}, 400, "launch.claim_missing"),
    # The list's payload names the person all the same; a launch that names nobody at all is another case.
    ("sub missing", {"sub": MISSING}, 403, "launch.anonymous"),
]


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize(("claims", "status", "code"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_known_bad_launch_is_refused(
    tool: Tool, claims: dict[str, Any], status: int, code: str, role: str
) -> None:
    response = tool.launch(**{vocab.ROLES: [MEMBERSHIP + role]} | claims)
    assert_refused(response, status, code)
    assert "<h1>" in response.text, "a page for people"
    assert_nothing_stored(tool)


def test_arbitrary_signed_json_is_no_launch(tool: Tool) -> None:
    answer = token_sent(tool, lambda _nonce: tool.platform.sign({"name": "badltilaunch"}))
    assert_refused(answer, 401, "launch.iss")
    assert_nothing_stored(tool)


VALID: list[tuple[str, dict[str, Any]]] = [
    ("all claims", {"email": "a@b.example", vocab.LIS: {"person_sourcedid": "S-1"}, "locale": "en-US"}),
    ("e-mail only", NAMELESS | {"email": "a@b.example"}),
    ("names only", {"email": MISSING}),
    ("nothing personal", NAMELESS),
    ("no context, with e-mail", NAMELESS | {vocab.CONTEXT: MISSING, "email": "a@b.example"}),
    ("no context, nothing personal: only a resource link", NAMELESS | {vocab.CONTEXT: MISSING}),
]
ROLES: list[tuple[str, str, list[str]]] = [
    ("one role", "{}", []),
    ("several roles", "{}", ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student"]),
    ("an unknown role beside it", "{}", ["http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Helper"]),
    ("the deprecated short role", "short", []),
]


@pytest.mark.parametrize("role", ["Instructor", "Learner"])
@pytest.mark.parametrize(("form", "more"), [row[1:] for row in ROLES], ids=[row[0] for row in ROLES])
@pytest.mark.parametrize("claims", [row[1] for row in VALID], ids=[row[0] for row in VALID])
def test_a_valid_launch_ends_on_a_page(
    tool: Tool, claims: dict[str, Any], form: str, more: list[str], role: str
) -> None:
    browser = tool.browser()
    roles = [role if form == "short" else MEMBERSHIP + role, *more]
    page = tool.launch(browser, **{vocab.ROLES: roles} | claims)
    assert page.status_code == 200, page.text
    with tool.app.extensions["waymark"].database.read() as session:
        assert session.scalars(select(Person.user_id)).one() == "student-1"
        assert session.scalars(select(LaunchSession.roles)).one() == [role.lower()]


UNKNOWN_ROLES: list[tuple[str, list[str]]] = [
    ("no role", []),
    ("an empty role", [""]),
    ("an unknown role only", ["http://purl.imsglobal.org/vocab/lis/v2/uknownrole/unknown#Helper"]),
]


@pytest.mark.parametrize("roles", [row[1] for row in UNKNOWN_ROLES], ids=[row[0] for row in UNKNOWN_ROLES])
def test_without_a_known_role_the_launch_is_politely_limited(tool: Tool, roles: list[str]) -> None:
    response = tool.launch(**{vocab.ROLES: roles})
    assert_refused(response, 403, "launch.no_role")
    assert "ask your teacher" in response.text
    browser = tool.browser()
    page = tool.launch(browser, **{vocab.ROLES: roles, vocab.CONTEXT: MISSING})
    assert page.status_code == 200, page.text
    assert "you have no role here" in page.text
