"""What each role on the wire means here."""

from __future__ import annotations

import pytest

from lti_tool.launch.roles import Role, context_roles, is_test_user

CONTEXT = "http://purl.imsglobal.org/vocab/lis/v2/membership"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
SYSTEM = "http://purl.imsglobal.org/vocab/lis/v2/system/person#"


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ([f"{CONTEXT}#Instructor"], ["instructor"]),
        ([f"{CONTEXT}#Learner"], ["learner"]),
        ([f"{CONTEXT}#Mentor"], ["mentor"]),
        ([f"{CONTEXT}#ContentDeveloper"], ["content_developer"]),
        ([f"{CONTEXT}#Administrator"], ["administrator"]),
        (["Instructor"], ["instructor"]),
        (["Learner"], ["learner"]),
        ([f"{CONTEXT}/Instructor#TeachingAssistant"], ["teaching_assistant"]),
        ([f"{CONTEXT}/Instructor#TeachingAssistant", f"{CONTEXT}#Instructor"], ["teaching_assistant"]),
        ([f"{CONTEXT}/Instructor#TeachingAssistant", "Instructor"], ["teaching_assistant"]),
        (
            [f"{CONTEXT}/Instructor#TeachingAssistant", f"{CONTEXT}/Instructor#Lecturer"],
            ["instructor", "teaching_assistant"],
        ),
        ([f"{CONTEXT}/Instructor#Lecturer"], ["instructor"]),
        ([f"{CONTEXT}/Learner#NonCreditLearner"], ["learner"]),
        ([f"{CONTEXT}/Learner#Instructor"], ["learner"]),
        ([f"{CONTEXT}#Learner", f"{CONTEXT}#Instructor"], ["instructor", "learner"]),
        ([INSTITUTION + "Instructor"], []),
        ([INSTITUTION + "Faculty", SYSTEM + "Administrator"], []),
        ([INSTITUTION + "Instructor", f"{CONTEXT}#Learner"], ["learner"]),
        ([f"{CONTEXT}#instructor"], []),
        ([f"{CONTEXT}#Instructor "], []),
        (["urn:lti:role:ims/lis/Instructor", "", None, 7, {"a": 1}], []),
        ([], []),
    ],
)
def test_only_context_roles_count_and_only_exactly(sent: list[object], meant: list[str]) -> None:
    assert list(context_roles(sent)) == [Role(word) for word in meant]


def test_canvas_student_view_is_a_test_user() -> None:
    assert is_test_user([f"{CONTEXT}#Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"])
    assert not is_test_user([f"{CONTEXT}#Learner"])
