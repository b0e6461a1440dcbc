"""What a verified payload means: names, ids, custom parameters, service addresses, optional parts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from lti_tool.errors import LaunchRefused
from lti_tool.launch import vocab
from lti_tool.launch.claims import Launch, read_launch
from lti_tool.launch.roles import Role
from tests.launch.platform import MEMBERSHIP, MISSING, SigningPlatform

MENTOR = {vocab.ROLES: [MEMBERSHIP + "Mentor"]}


def read(**changes: Any) -> Launch:
    """A student's launch with these claims changed."""
    blank = SigningPlatform("https://lms.example")
    return read_launch(blank.claims("nonce", **changes))


def custom(**values: Any) -> Launch:
    return read(**{vocab.CUSTOM: values})


@pytest.mark.parametrize(
    ("sent", "read_as"),
    [
        ("check-1", "check-1"),
        (7, "7"),
        (1.5, "1.5"),
        (True, "true"),
        (False, "false"),
        ("", None),
        (None, None),
        (["a"], None),
        ({"a": 1}, None),
        ("$Canvas.course.id", None),
        ("$", None),
    ],
)
def test_a_custom_parameter_is_text_whatever_type_it_was_sent_as(sent: object, read_as: str | None) -> None:
    assert custom(anything=sent).custom.get("anything") == read_as


@pytest.mark.parametrize("values", [{"a": "x\0y"}, {"a\0": "x"}, {"activity": "\0"}])
def test_nul_in_a_custom_parameter_is_malformed(values: dict[str, str]) -> None:
    with pytest.raises(LaunchRefused) as refused:
        custom(**values)
    assert (refused.value.code, refused.value.status) == ("launch.token_malformed", 400)


@pytest.mark.parametrize("claim", ["x", 7, None, ["a"]])
def test_a_custom_claim_of_another_shape_says_nothing(claim: object) -> None:
    assert read(**{vocab.CUSTOM: claim}).custom == {}


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("course-9,course-7", ("course-9", "course-7")),
        (" course-9 , course-7 ,", ("course-9", "course-7")),
        ("a%2Cb,c%20d", ("a,b", "c d")),
        ("7,7,8", ("7", "8")),
        (7, ("7",)),
        ("", ()),
        ("$Context.id.history", ()),
    ],
)
def test_ancestors_of_a_course_come_one_by_one_the_latest_first(sent: object, meant: tuple[str, ...]) -> None:
    assert custom(context_history=sent).context_history == meant


def test_at_most_fifty_ancestors_are_read() -> None:
    listed = ",".join(str(number) for number in range(1000))
    assert custom(context_history=listed).context_history == tuple(str(number) for number in range(50))


def test_ancestors_of_a_link_have_one_name_in_the_standard_and_another_in_canvas() -> None:
    assert custom(resource_link_history="a,b").resource_link_history == ("a", "b")
    assert custom(activity_history="c").resource_link_history == ("c",)
    assert custom(resource_link_history="a", activity_history="c").resource_link_history == ("a",)
    assert read().resource_link_id == "link-1"


def test_the_notice_service_is_read_where_it_is_offered() -> None:
    offered = {
        "platform_notification_service_url": "https://lms.example/notice-handlers/1",
        "service_versions": ["1.0"],
        "scope": ["https://purl.imsglobal.org/spec/lti/scope/noticehandlers"],
        "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice", 7],
    }
    service = read(**{vocab.NOTICE_SERVICE: offered}).notice_service
    assert service is not None
    assert service.url == "https://lms.example/notice-handlers/1"
    assert service.supported == ("LtiHelloWorldNotice", "LtiContextCopyNotice")
    assert service.scopes == ("https://purl.imsglobal.org/spec/lti/scope/noticehandlers",)


@pytest.mark.parametrize("claim", [MISSING, None, "x", {}, {"platform_notification_service_url": 7}])
def test_without_an_address_there_is_no_notice_service(claim: object) -> None:
    assert read(**{vocab.NOTICE_SERVICE: claim}).notice_service is None


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({vocab.ROLE_SCOPE_MENTOR: ["a", "b", "a"]}, ("a", "b")),
        ({vocab.ROLE_SCOPE_MENTOR: [5, "6", None, "", {"id": 7}, "x" * 256]}, ("5", "6")),
        ({vocab.ROLE_SCOPE_MENTOR: "a"}, ()),
        ({vocab.CUSTOM: {"observees": "a, b"}}, ("a", "b")),
        ({vocab.CUSTOM: {"observees": ""}}, ()),
        ({vocab.CUSTOM: {"observees": "$com.instructure.User.observees"}}, ()),
        ({vocab.ROLE_SCOPE_MENTOR: ["a"], vocab.CUSTOM: {"observees": "b"}}, ("a",)),
        ({vocab.ROLE_SCOPE_MENTOR: [], vocab.CUSTOM: {"observees": "b"}}, ("b",)),
        ({}, ()),
    ],
)
def test_a_mentor_may_see_whom_the_claim_names_else_whom_the_platform_lists(
    claims: dict[str, Any], named: tuple[str, ...]
) -> None:
    assert read(**MENTOR | claims).mentee_user_ids == named


@pytest.mark.parametrize("role", ["Learner", "Instructor", "ContentDeveloper"])
def test_named_learners_mean_nothing_without_the_role_of_a_mentor(role: str) -> None:
    claims = {
        vocab.ROLES: [MEMBERSHIP + role],
        vocab.ROLE_SCOPE_MENTOR: ["a"],
        vocab.CUSTOM: {"observees": "b"},
    }
    assert read(**claims).mentee_user_ids == ()


@pytest.mark.parametrize(
    ("value", "marked"),
    [("true", True), ("TRUE", True), (True, True), ("false", False), ("", False), ("1", False)],
)
def test_the_custom_mark_of_a_student_view_counts_as_a_test_student(value: object, marked: bool) -> None:
    assert custom(student_view=value).is_test is marked


def test_the_test_user_role_marks_a_test_student_and_gives_no_role() -> None:
    launch = read(
        **{
            vocab.ROLES: [
                MEMBERSHIP + "Learner",
                "http://purl.imsglobal.org/vocab/lti/system/person#TestUser",
            ]
        }
    )
    assert (launch.is_test, launch.roles) == (True, (Role.LEARNER,))


@pytest.mark.parametrize(
    ("value", "acting"),
    [("42", True), (42, True), ("student-1", False), ("", False), ("$Canvas.masqueradingUser.id", False)],
)
def test_somebody_acts_as_the_person_when_another_person_is_named(value: object, acting: bool) -> None:
    assert custom(masquerader=value).is_masquerading is acting


def test_whoever_uses_a_test_student_acts_in_nobodys_name() -> None:
    # Canvas names the teacher behind its Student View as a masquerading user.
    launch = custom(student_view="true", masquerader="42")
    assert (launch.is_test, launch.is_masquerading) == (True, False)


COURSE = "http://purl.imsglobal.org/vocab/lis/v2/course#"
ADMINISTRATOR = ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"]


@pytest.mark.parametrize("types", [["Account"], ["User", "Account"], ["urn:x"]])
def test_an_account_of_canvas_is_no_course(types: list[str]) -> None:
    claims = {vocab.CONTEXT: {"id": "account-1", "type": types}, vocab.ROLES: ADMINISTRATOR}
    assert read(**claims).context is None


@pytest.mark.parametrize(
    "types",
    [
        MISSING,
        [],
        "x",
        [7],
        ["CourseSection"],
        [COURSE + "CourseOffering"],
        ["Account", COURSE + "Group"],
        ["urn:lti:context-type:ims/lis/CourseTemplate"],
    ],
)
def test_without_a_role_in_it_a_course_stays_closed(types: object) -> None:
    context = {"id": "course-1"} | ({} if types is MISSING else {"type": types})
    with pytest.raises(LaunchRefused) as refused:
        read(**{vocab.CONTEXT: context, vocab.ROLES: ADMINISTRATOR})
    assert refused.value.code == "launch.no_role"


def test_a_context_of_an_unknown_type_with_a_role_in_it_is_a_course() -> None:
    launch = read(**{vocab.CONTEXT: {"id": "c-1", "type": ["https://lms.example/types#Workshop"]}})
    assert launch.context is not None
    assert launch.context.id == "c-1"


def test_what_is_left_out_is_empty() -> None:
    launch = read(
        name=MISSING, given_name=MISSING, family_name=MISSING, **{vocab.CONTEXT: MISSING, vocab.ROLES: []}
    )
    assert (launch.context, launch.roles, launch.name, launch.for_user_id, launch.line_item_url) == (
        None,
        (),
        "",
        "",
        "",
    )
    assert launch.user_id == "student-1"


def test_the_person_of_a_review_is_read_only_in_a_review() -> None:
    claims = {vocab.FOR_USER: {"user_id": "student-2"}}
    assert read(**claims).for_user_id == ""
    review = {vocab.MESSAGE_TYPE: vocab.SUBMISSION_REVIEW_REQUEST, vocab.RESOURCE_LINK: MISSING}
    assert read(**claims, **review).for_user_id == "student-2"
    assert read(**review, **{vocab.FOR_USER: {"user_id": 6}}).for_user_id == "6"


@pytest.mark.parametrize(
    ("sent", "day"),
    [
        ({"course_end": "2027-06-11T21:59:59+00:00"}, date(2027, 6, 11)),  # Moodle
        ({"course_end": "2027-06-12T00:00:00+00:00"}, date(2027, 6, 11)),  # until midnight
        ({"canvas_course_end": "2018-05-01 00:00:00 -0700"}, date(2018, 4, 30)),
        ({"canvas_course_end": "2019-04-21 17:01:36 UTC"}, date(2019, 4, 21)),
        ({"canvas_course_end": "2019-04-21T17:01:36Z"}, date(2019, 4, 21)),
        ({"course_end": "2027-06-11"}, date(2027, 6, 11)),
        (
            {"course_end": "$CourseSection.timeFrame.end", "canvas_course_end": "2027-06-11"},
            date(2027, 6, 11),
        ),
        ({"course_end": "$CourseSection.timeFrame.end"}, None),
        ({"course_end": ""}, None),
        ({"course_end": "in June"}, None),
        ({"course_end": 1812672000}, None),
        ({"course_end": "0001-01-01T00:00:00"}, None),
        ({"course_end": "2027-06-11" + "0" * 50}, None),
        ({}, None),
    ],
)
def test_the_end_of_the_course_is_read_where_the_platform_says_it(
    sent: dict[str, Any], day: date | None
) -> None:
    assert custom(**sent).course_ends_on == day
