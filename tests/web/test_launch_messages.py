"""Messages and people out of the ordinary: reviews, launches without a name or a course, acting as another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lti_tool.db import Database
from lti_tool.launch import vocab
from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.gradebook import OutboxEntry
from lti_tool.models.launches import LaunchSession
from lti_tool.models.learning import CheckAttempt, EvidenceRecord, Proposal
from lti_tool.pathways.checks import Check
from lti_tool.usecases import adopted_map
from lti_tool.usecases.classroom import open_classroom
from tests.factories import make_column, ratios
from tests.launch.platform import (
    ADDRESS,
    MEMBERSHIP,
    MISSING,
    NOW,
    SigningPlatform,
    Tool,
    root_of,
    running_platform,
    running_tool,
)
from tests.web.refusals import assert_nothing_stored, assert_refused
from tests.web.school import text_of
from tests.web.test_student import check, right_answer

CHECK = "check-times-as-many"
COLUMN = "http://127.0.0.1:9/columns/1"
TEACHER = {"sub": "teacher-1", vocab.ROLES: [MEMBERSHIP + "Instructor"], "name": "Tess Teacher"}
NAMELESS = {"name": MISSING, "given_name": MISSING, "family_name": MISSING}
ANONYMOUS = {"sub": MISSING, **NAMELESS}
OTHER_STUDENT = {"sub": "student-2", "name": "Ben Bravo", "given_name": "Ben", "family_name": "Bravo"}


@pytest.fixture(scope="module")
def platform() -> Iterator[SigningPlatform]:
    with running_platform() as platform:
        yield platform


@pytest.fixture
def tool(platform: SigningPlatform, tmp_path: Path, sqlite_url: str) -> Iterator[Tool]:
    with running_tool(sqlite_url, platform, tmp_path) as tool:
        yield tool


@pytest.fixture
def course(tool: Tool) -> Tool:
    """The tool with one course in use: a teacher, Ann and Ben; a column for the check."""
    for claims in (TEACHER, {}, OTHER_STUDENT):
        assert tool.launch(**claims).status_code == 200
    with database(tool).transaction() as session:
        context = session.scalars(select(Context)).one()
        teacher = person(session, "teacher-1")
        adopted_map.adopt(session, context=context, sample=ratios(), tags={}, teacher=teacher, now=NOW)
        context.line_items_url = "http://127.0.0.1:9/columns"
        make_column(session, context, activity_id=CHECK).url = COLUMN
    return tool


def database(tool: Tool) -> Database:
    found: Database = tool.app.extensions["waymark"].database
    return found


def person(session: Session, user_id: str) -> Person:
    return session.scalars(select(Person).where(Person.user_id == user_id)).one()


def key_of(tool: Tool, user_id: str) -> int:
    with database(tool).read() as session:
        return person(session, user_id).id


def counted(tool: Tool, *tables: type[Any]) -> list[int]:
    with database(tool).read() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def opened(tool: Tool, browser: FlaskClient, **claims: Any) -> str:
    """Launch; gives the address of the launch."""
    response = tool.launch(browser, **claims)
    return root_of(response)


def page(browser: FlaskClient, address: str, path: str = "") -> TestResponse:
    """A page of the launch; from its beginning the browser is led on."""
    return browser.get(address + path, base_url=ADDRESS, follow_redirects=True)


def said(response: TestResponse) -> str:
    assert response.status_code == 200, response.text
    return text_of(response)


def send(browser: FlaskClient, address: str, path: str, **fields: Any) -> TestResponse:
    """Send a form with the anti-forgery token of the launch."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page(browser, address).text)
    token = found[1] if found else ""
    return browser.post(address + path, data={"csrf_token": token, **fields}, base_url=ADDRESS)


def take_check(browser: FlaskClient, address: str, *, answers: int | None = None) -> Check:
    """Begin the check and answer its questions, or the first few of them, rightly."""
    begun = send(browser, address, f"activity/{CHECK}/start")
    assert begun.status_code == 303, begun.text
    taken: Check = check(CHECK)
    for question in taken.questions[:answers]:
        path = begun.location.removeprefix(address) + "/answer"
        fields = right_answer(question)
        assert send(browser, address, path, question=question.id, **fields).status_code == 303
    return taken


def review_of(user_id: str, **more: Any) -> dict[str, Any]:
    """The claims of a review of this learner's work, from the check's column."""
    return {
        vocab.MESSAGE_TYPE: vocab.SUBMISSION_REVIEW_REQUEST,
        vocab.FOR_USER: {"user_id": user_id},
        vocab.GRADE_ENDPOINT: {"lineitem": COLUMN},
        vocab.TARGET_LINK_URI: ADDRESS + "/submission_review",
    } | more


# ---- Submission review ----------------------------------------------------------------------------------


def test_a_teacher_sees_the_answers_of_the_learner_whom_the_gradebook_names(course: Tool) -> None:
    ann = course.browser()
    taken = take_check(ann, opened(course, ann))
    teacher = course.browser()
    text = said(page(teacher, opened(course, teacher, **TEACHER | review_of("student-1"))))
    assert "Ann Alpha" in text
    assert all(" ".join(question.prompt.split()) in text for question in taken.questions)
    assert "Everything about Ann Alpha" in text
    assert "Ben Bravo" not in text


def test_a_review_of_work_under_way_says_so(course: Tool) -> None:
    ann = course.browser()
    taken = take_check(ann, opened(course, ann), answers=1)
    teacher = course.browser()
    text = said(page(teacher, opened(course, teacher, **TEACHER | review_of("student-1"))))
    assert f"1 of {len(taken.questions)} questions answered" in text
    assert "Under way" in text
    assert taken.questions[1].prompt not in text


def test_a_review_without_any_work_leads_on_to_the_learners_page(course: Tool) -> None:
    teacher = course.browser()
    address = opened(course, teacher, **TEACHER | review_of("student-2"))
    response = page(teacher, address)
    assert "Nothing was handed in" in said(response)
    link = f"students/{key_of(course, 'student-2')}"
    assert address + link in response.text
    assert page(teacher, address, link).status_code == 200


@pytest.mark.parametrize(
    ("more", "activity_id"),
    [
        ({}, CHECK),
        ({vocab.CUSTOM: {"activity": "table-sandwich-strips"}}, "table-sandwich-strips"),
        ({vocab.GRADE_ENDPOINT: {"lineitem": "http://127.0.0.1:9/columns/77"}}, None),
        ({vocab.GRADE_ENDPOINT: MISSING}, None),
    ],
)
def test_the_activity_of_a_review_is_the_links_own_else_the_columns(
    course: Tool, more: dict[str, Any], activity_id: str | None
) -> None:
    teacher = course.browser()
    address = opened(course, teacher, **TEACHER | review_of("student-1") | more)
    assert page(teacher, address).status_code == 200
    with database(course).read() as session:
        session_row = session.scalars(select(LaunchSession).order_by(LaunchSession.id.desc())).first()
        assert session_row is not None
        assert session_row.activity_id == activity_id
        assert session_row.for_person_id == person(session, "student-1").id


@pytest.mark.parametrize("role", ["Instructor", "Administrator", "/Instructor#TeachingAssistant"])
def test_everybody_who_answers_for_the_course_may_review(course: Tool, role: str) -> None:
    full = MEMBERSHIP.rstrip("#") + role if role.startswith("/") else MEMBERSHIP + role
    browser = course.browser()
    claims = TEACHER | review_of("student-1") | {vocab.ROLES: [full]}
    assert "Ann Alpha" in said(page(browser, opened(course, browser, **claims)))


def test_a_learner_sees_the_own_result_by_a_review_and_nothing_else(course: Tool) -> None:
    ann = course.browser()
    taken = take_check(ann, opened(course, ann))
    address = opened(course, ann, **review_of("student-1"))
    text = said(page(ann, address))
    assert "Your work" in text
    assert taken.questions[0].prompt in text
    assert_refused(page(ann, address, f"students/{key_of(course, 'student-1')}"), 403, "auth.role")


def test_a_student_naming_another_is_told_the_same_whether_that_one_exists_or_not(course: Tool) -> None:
    before = counted(course, LaunchSession, Membership, Person)
    existing, made_up = course.launch(**review_of("student-2")), course.launch(**review_of("nobody"))
    for response in (existing, made_up):
        assert_refused(response, 404, "review.user_not_found")
    hidden = re.compile(r"<code>[0-9a-f]{8}</code>|nonce=\"[^\"]*\"")
    assert hidden.sub("", existing.text) == hidden.sub("", made_up.text)
    assert counted(course, LaunchSession, Membership, Person) == before


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        (review_of("nobody"), 404, "review.user_not_found"),
        (review_of("teacher-1"), 404, "review.user_not_found"),  # no learner of this course
        (review_of("student-1", **{vocab.CONTEXT: {"id": "course-2"}}), 404, "review.user_not_found"),
        (review_of("student-1", **{vocab.FOR_USER: MISSING}), 400, "launch.claim_missing"),
        (review_of("student-1", **{vocab.FOR_USER: {"name": "Ann"}}), 400, "launch.claim_missing"),
        (review_of("student-1", **{vocab.FOR_USER: "student-1"}), 400, "launch.claim_missing"),
        (review_of("x" * 256), 400, "launch.claim_missing"),
        (review_of("student-1", **{vocab.CONTEXT: MISSING}), 400, "launch.context_required"),
        (
            review_of("student-1", **{vocab.ROLES: [MEMBERSHIP + "ContentDeveloper"]}),
            403,
            "review.role",
        ),
        (review_of("student-1", **{vocab.ROLES: []}), 403, "launch.no_role"),
        (review_of("student-1", **ANONYMOUS), 403, "launch.anonymous"),
        (
            review_of("student-1", **{vocab.TARGET_LINK_URI: "https://evil.example/review"}),
            400,
            "launch.target_not_ours",
        ),
    ],
)
def test_a50_a_review_that_may_not_be_is_refused(
    course: Tool, claims: dict[str, Any], status: int, code: str
) -> None:
    assert_refused(course.launch(**TEACHER | claims), status, code)


def test_the_work_of_a_learner_who_left_can_still_be_reviewed(course: Tool) -> None:
    with database(course).transaction() as session:
        left = person(session, "student-2").id
        session.execute(update(Membership).where(Membership.person_id == left).values(active=False))
    teacher = course.browser()
    text = said(page(teacher, opened(course, teacher, **TEACHER | review_of("student-2"))))
    assert "Ben Bravo" in text
    assert "has left the course" in text


def test_a_mentor_is_led_to_the_report_of_the_own_child_and_to_no_other(course: Tool) -> None:
    mentor = {
        "sub": "mentor-1",
        vocab.ROLES: [MEMBERSHIP + "Mentor"],
        vocab.ROLE_SCOPE_MENTOR: ["student-1"],
    }
    browser = course.browser()
    address = opened(course, browser, **mentor | review_of("student-1"))
    response = page(browser, address)
    assert response.status_code == 200
    assert f"family/{key_of(course, 'student-1')}" in response.request.path
    assert_refused(page(browser, address, "review"), 403, "auth.role")
    assert_refused(course.launch(**mentor | review_of("student-2")), 404, "review.user_not_found")


def test_a_review_shows_nobody_any_more_once_the_teacher_is_a_student(course: Tool) -> None:
    browser = course.browser()
    both = [MEMBERSHIP + "Instructor", MEMBERSHIP + "Learner"]
    address = opened(course, browser, **TEACHER | review_of("student-1") | {vocab.ROLES: both})
    assert page(browser, address, "review").status_code == 200
    opened(course, course.browser(), **TEACHER | {vocab.ROLES: [MEMBERSHIP + "Learner"]})
    assert_refused(page(browser, address, "review"), 404, "review.user_not_found")


def test_there_is_no_review_page_in_another_launch(course: Tool) -> None:
    browser = course.browser()
    response = page(browser, opened(course, browser, **TEACHER), "review")
    assert_refused(response, 404, "review.user_not_found")
    assert "There is no such student for you in this course." in text_of(response)


# ---- Activities -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activity_id", ["of-another-school", "check-times-as-many ", "7"])
def test_a48_an_activity_that_is_not_in_this_course_is_not_found(course: Tool, activity_id: str) -> None:
    ann = course.browser()
    response = course.launch(ann, **{vocab.CUSTOM: {"activity": activity_id}})
    assert_refused(response, 404, "launch.activity_not_found")
    address = root_of(response)
    assert_refused(page(ann, address), 404, "launch.activity_not_found")
    assert_refused(page(ann, address, "activity/something-else"), 404, "activity.not_found")


# ---- Launches without a name ----------------------------------------------------------------------------


@pytest.mark.parametrize("sub", [MISSING, None, ""])
@pytest.mark.parametrize("role", ["Learner", "Instructor", "ContentDeveloper"])
def test_somebody_without_a_name_gets_one_plain_page(tool: Tool, sub: object, role: str) -> None:
    browser = tool.browser()
    address = opened(tool, browser, **ANONYMOUS | {"sub": sub, vocab.ROLES: [MEMBERSHIP + role]})
    assert "You are here without a name" in said(page(browser, address))
    assert counted(tool, Person, Membership, Context) == [0, 0, 0]
    for path in ("next", "today", "map", "setup", "pick", "family", "review", "activity/x", "students/1"):
        assert_refused(page(browser, address, path), 403, "launch.anonymous")


@pytest.mark.parametrize(
    "claims",
    [
        {"name": "Ann Alpha"},
        {"given_name": "Ann"},
        {"family_name": "Alpha"},
        {"middle_name": "B."},
        {"email": "ann@school.example"},
        {"picture": "https://lms.example/ann.png"},
        {vocab.LIS: {"person_sourcedid": "S-001"}},
        {vocab.CUSTOM: {"activity": CHECK}},
        {vocab.CUSTOM: {"activity": 7}},
        {vocab.GRADE_ENDPOINT: {"lineitem": COLUMN}},
        {vocab.ROLES: [MEMBERSHIP + "Mentor"]},
        {vocab.ROLES: [MEMBERSHIP + "Mentor"], vocab.ROLE_SCOPE_MENTOR: ["student-1"]},
        review_of("student-1"),
        {
            vocab.MESSAGE_TYPE: vocab.DEEP_LINKING_REQUEST,
            vocab.ROLES: [MEMBERSHIP + "Instructor"],
            vocab.DEEP_LINKING_SETTINGS: {
                "deep_link_return_url": "http://localhost/return",
                "accept_types": ["ltiResourceLink"],
                "accept_presentation_document_targets": ["iframe"],
            },
        },
    ],
    ids=lambda claims: ", ".join(name.rpartition("/")[2] for name in claims),
)
def test_a41_a_launch_that_needs_a_person_or_half_names_one_is_refused(
    tool: Tool, claims: dict[str, Any]
) -> None:
    assert_refused(tool.launch(**ANONYMOUS | claims), 403, "launch.anonymous")
    assert_nothing_stored(tool)


@pytest.mark.parametrize(
    "claims",
    [
        {vocab.LIS: {"person_sourcedid": ""}},
        {vocab.LIS: {"person_sourcedid": "$Person.sourcedId"}},
        {"name": ""},
    ],
)
def test_an_identity_claim_without_a_value_says_nothing(tool: Tool, claims: dict[str, Any]) -> None:
    assert tool.launch(**ANONYMOUS | claims).status_code == 200


@pytest.mark.parametrize("sub", ["x" * 256, ["student-1"], {"id": 1}, True, 1.5, "a\0b"])
def test_a_sub_that_is_no_identifier_is_malformed_and_not_anonymous(tool: Tool, sub: object) -> None:
    assert_refused(tool.launch(**NAMELESS | {"sub": sub}), 400, "launch.claim_missing")


# ---- Launches from outside a course ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("roles", "called"),
    [
        ([], "you have no role here"),
        (
            ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"],
            "you have no role here",
        ),
        ([MEMBERSHIP + "Instructor"], "teacher"),
        ([MEMBERSHIP + "Learner", MEMBERSHIP + "Mentor"], "student, family"),
    ],
)
def test_outside_a_course_people_are_told_who_they_are_and_where_to_go(
    tool: Tool, roles: list[str], called: str
) -> None:
    browser = tool.browser()
    address = opened(tool, browser, **{vocab.CONTEXT: MISSING, vocab.ROLES: roles})
    text = said(page(browser, address))
    assert "Open Waymark from a course" in text
    assert called in text
    assert counted(tool, Context, Membership) == [0, 0]
    for path in ("next", "today", "map", "setup", "pick", "family", "review", "activity/x", "students/1"):
        assert_refused(page(browser, address, path), 400, "launch.context_required")


def test_a_content_developer_is_told_what_there_is_to_do(course: Tool) -> None:
    browser = course.browser()
    claims = {"sub": "author-1", vocab.ROLES: [MEMBERSHIP + "ContentDeveloper"]}
    address = opened(course, browser, **claims)
    assert "content developer" in said(page(browser, address))
    for path in (
        "next",
        "today",
        "map",
        "setup",
        "family",
        "review",
        f"students/{key_of(course, 'student-1')}",
    ):
        assert_refused(page(browser, address, path), 403, "auth.role")


# ---- Acting as somebody else ------------------------------------------------------------------------------


def test_who_acts_as_a_student_sees_the_pages_and_changes_nothing(course: Tool) -> None:
    browser = course.browser()
    address = opened(course, browser, **{vocab.CUSTOM: {"masquerader": "42"}, "name": "Somebody Else"})
    tables = (Proposal, EvidenceRecord, CheckAttempt, OutboxEntry)
    before = counted(course, *tables)
    text = said(page(browser, address))
    assert "acting as" in text
    assert "<fieldset disabled>" in page(browser, address).text, "what is refused cannot be pressed"
    assert said(page(browser, address, f"activity/{CHECK}"))
    assert counted(course, *tables) == before
    with database(course).read() as session:
        assert person(session, "student-1").name == "Ann Alpha"
    refused = send(browser, address, f"activity/{CHECK}/start")
    assert_refused(refused, 403, "auth.masquerading")
    assert_refused(send(browser, address, "next/choose", option=1), 403, "auth.masquerading")
    assert counted(course, *tables) == before


def test_acting_as_somebody_does_not_change_the_roles_of_that_person(course: Tool) -> None:
    ann = course.browser()
    own = opened(course, ann)
    opened(
        course,
        course.browser(),
        **{vocab.CUSTOM: {"masquerader": "42"}, vocab.ROLES: [MEMBERSHIP + "Instructor"]},
    )
    assert page(ann, own).status_code == 200, "Ann's own session goes on"
    with database(course).read() as session:
        key = person(session, "student-1").id
        assert session.scalars(select(Membership.roles).where(Membership.person_id == key)).one() == [
            "learner"
        ]


@pytest.mark.parametrize("value", ["", "$Canvas.masqueradingUser.id", "student-1"])
def test_nobody_is_taken_for_acting_where_the_platform_names_no_other_person(
    course: Tool, value: str
) -> None:
    browser = course.browser()
    address = opened(course, browser, **{vocab.CUSTOM: {"masquerader": value}})
    assert "acting as" not in said(page(browser, address))


# ---- Test students ------------------------------------------------------------------------------------------

TEST_STUDENT: dict[str, Any] = {
    "sub": "test-1",
    "name": "Test Student",
    "given_name": "Test",
    "family_name": "Student",
}
MARKS: list[dict[str, Any]] = [
    {vocab.ROLES: [MEMBERSHIP + "Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"]},
    {vocab.CUSTOM: {"student_view": "true"}},
    {vocab.CUSTOM: {"student_view": True}},
]


@pytest.mark.parametrize("mark", MARKS, ids=["role", "text", "truth value"])
def test_f17_a_test_student_works_and_is_kept_out_of_class_models_and_gradebook(
    course: Tool, mark: dict[str, Any]
) -> None:
    browser, teacher = course.browser(), course.browser()
    class_address = opened(course, teacher, **TEACHER)
    before = _class_numbers(course)
    address = opened(course, browser, **TEST_STUDENT | mark)
    assert "test student" in said(page(browser, address)).lower()
    take_check(browser, address)
    assert counted(course, OutboxEntry) == [0]
    assert _class_numbers(course) == before
    for path in ("today", "map", "deliveries"):
        assert "Test Student" not in said(page(teacher, class_address, path))
    assert_refused(
        page(teacher, class_address, f"students/{key_of(course, 'test-1')}"), 404, "student.not_found"
    )


def _class_numbers(tool: Tool) -> tuple[object, ...]:
    """What the class as a whole says to the models."""
    with database(tool).read() as session:
        classroom = open_classroom(session, context=session.scalars(select(Context)).one(), now=NOW)
        return (
            [learner.user_id for learner in classroom.learners],
            [round(classroom.ease.of_activity(a.id), 6) for a in classroom.skill_map.activities],
        )
