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
        (["TeachingAssistant"], []),
        (["Instructor#TeachingAssistant"], []),
        (["Instructor/TeachingAssistant"], []),
        ([f"{CONTEXT}#TeachingAssistant"], []),
        ([f"{CONTEXT}#Manager", f"{CONTEXT}#Member", f"{CONTEXT}#Officer", "Manager"], []),
        ([f"{CONTEXT}/Manager#Observer", f"{CONTEXT}/Officer#Chair", f"{CONTEXT}/Member#Member"], []),
        ([f"{CONTEXT}/Mentor#LearningCoordinator"], []),
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


# Appendix A.2.3.1 of LTI 1.3 Core, word for word: principal role -> its sub-roles.
SUB_ROLES = {
    "Administrator": "Administrator Developer ExternalDeveloper ExternalSupport ExternalSystemAdministrator "
    "Support SystemAdministrator",
    "ContentDeveloper": "ContentDeveloper ContentExpert ExternalContentExpert Librarian",
    "Instructor": "ExternalInstructor Grader GuestInstructor Lecturer PrimaryInstructor SecondaryInstructor "
    "TeachingAssistant TeachingAssistantGroup TeachingAssistantOffering TeachingAssistantSection "
    "TeachingAssistantSectionAssociation TeachingAssistantTemplate",
    "Learner": "ExternalLearner GuestLearner Instructor Learner NonCreditLearner",
    "Mentor": "Advisor Auditor ExternalAdvisor ExternalAuditor ExternalLearningFacilitator ExternalMentor "
    "ExternalReviewer ExternalTutor LearningFacilitator Mentor Reviewer Tutor",
}
PRINCIPAL = {
    "Administrator": Role.ADMINISTRATOR,
    "ContentDeveloper": Role.CONTENT_DEVELOPER,
    "Instructor": Role.INSTRUCTOR,
    "Learner": Role.LEARNER,
    "Mentor": Role.MENTOR,
}


@pytest.mark.parametrize(
    ("principal", "sub_role"),
    [(principal, sub_role) for principal, names in SUB_ROLES.items() for sub_role in names.split()],
)
def test_every_sub_role_of_the_specification_counts_as_its_principal_role(
    principal: str, sub_role: str
) -> None:
    assists = principal == "Instructor" and (sub_role.startswith("TeachingAssistant") or sub_role == "Grader")
    meant = Role.TEACHING_ASSISTANT if assists else PRINCIPAL[principal]
    assert context_roles([f"{CONTEXT}/{principal}#{sub_role}"]) == (meant,)


def test_canvas_student_view_is_a_test_user() -> None:
    assert is_test_user([f"{CONTEXT}#Learner", "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"])
    assert not is_test_user([f"{CONTEXT}#Learner"])
