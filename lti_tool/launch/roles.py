"""Roles on the wire -> the few roles that Waymark tells apart (LTI 1.3 Core, appendix A.2).

Only context roles decide what a person may do in a course. Institution and system roles never make
anyone a teacher: Canvas sends all of them mixed together, so an institution's instructor may be an
ordinary learner in this course. Nothing is guessed: a role that is not listed here gives no access.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A role in a context."""

    INSTRUCTOR = "instructor"
    TEACHING_ASSISTANT = "teaching_assistant"
    LEARNER = "learner"
    MENTOR = "mentor"
    CONTENT_DEVELOPER = "content_developer"
    ADMINISTRATOR = "administrator"


STAFF: Final = frozenset({Role.INSTRUCTOR, Role.TEACHING_ASSISTANT, Role.ADMINISTRATOR})
# Who answers for a course: its settings, what families read, and who else may look.
IN_CHARGE: Final = frozenset({Role.INSTRUCTOR, Role.ADMINISTRATOR})
_MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_TEST_USER: Final = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"

_PRINCIPAL: Final = {
    "Instructor": Role.INSTRUCTOR,
    "Learner": Role.LEARNER,
    "Mentor": Role.MENTOR,
    "ContentDeveloper": Role.CONTENT_DEVELOPER,
    "Administrator": Role.ADMINISTRATOR,
}

# Sub-roles count as their principal role, save for these. The vocabulary is appendix A.2.3.1 of LTI 1.3;
# its principal roles Manager, Member and Officer (and their sub-role Observer) give no access here.
_ASSISTANTS: Final = frozenset(
    {
        "TeachingAssistant",
        "TeachingAssistantGroup",
        "TeachingAssistantOffering",
        "TeachingAssistantSection",
        "TeachingAssistantSectionAssociation",
        "TeachingAssistantTemplate",
        "Grader",
    }
)
_SUB_ROLES: Final[dict[str, frozenset[str]]] = {
    "Instructor": _ASSISTANTS
    | {"ExternalInstructor", "GuestInstructor", "Lecturer", "PrimaryInstructor", "SecondaryInstructor"},
    "Learner": frozenset({"ExternalLearner", "GuestLearner", "Instructor", "Learner", "NonCreditLearner"}),
    "Mentor": frozenset(
        f"{prefix}{name}"
        for prefix in ("", "External")
        for name in ("Advisor", "Auditor", "LearningFacilitator", "Mentor", "Reviewer", "Tutor")
    ),
    "ContentDeveloper": frozenset(
        {"ContentDeveloper", "ContentExpert", "ExternalContentExpert", "Librarian"}
    ),
    "Administrator": frozenset(
        {"Administrator", "Developer", "ExternalDeveloper", "ExternalSupport", "ExternalSystemAdministrator"}
        | {"Support", "SystemAdministrator"}
    ),
}


def _vocabulary() -> dict[str, Role]:
    """Every role name that means something to us, exactly as it may be sent.

    The bare names ("Instructor") are deprecated but still permitted, and some rosters send them: Moodle's do.
    The standard has them for principal roles only, so a bare sub-role ("TeachingAssistant",
    "Instructor#TeachingAssistant") gives no access.
    """
    known: dict[str, Role] = {}
    for name, role in _PRINCIPAL.items():
        known[f"{_MEMBERSHIP}#{name}"] = known[name] = role
        for sub_role in _SUB_ROLES[name]:
            assistant = name == "Instructor" and sub_role in _ASSISTANTS
            known[f"{_MEMBERSHIP}/{name}#{sub_role}"] = Role.TEACHING_ASSISTANT if assistant else role
    return known


_KNOWN: Final = _vocabulary()


def context_roles(sent: Iterable[object]) -> tuple[Role, ...]:
    """The roles in the context, each once, in the order of `Role`; empty when none is known.

    A platform that sends a sub-role sends its principal role beside it, so a teaching assistant arrives as
    an instructor too. Then the narrower of the two stands, unless another sub-role makes an instructor.
    """
    words = {word for word in sent if isinstance(word, str)}
    found = {_KNOWN[word] for word in words if word in _KNOWN}
    if Role.TEACHING_ASSISTANT in found:
        principal = {"Instructor", f"{_MEMBERSHIP}#Instructor"}
        if not any(_KNOWN.get(word) is Role.INSTRUCTOR for word in words - principal):
            found.discard(Role.INSTRUCTOR)
    return tuple(role for role in Role if role in found)


def is_staff(roles: Iterable[Role]) -> bool:
    """Whether one of these roles answers for the learners of the course."""
    return not STAFF.isdisjoint(roles)


def is_test_user(sent: Iterable[object]) -> bool:
    """Whether this is the platform's own test person (LTI 1.3, appendix A.2.4; Canvas: "Student View")."""
    return any(word == _TEST_USER for word in sent)
