"""Custom parameters: values that begin with `$` are replaced by what they name (LTI Core 1.3, appendix C).

A variable that this platform does not know is sent as it was written, as LTI asks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool.demo_lms.platform import Platform
from lti_tool.demo_lms.tables import Column, CourseRow, PersonRow, ResourceLink, Tool

COMMON = (
    "User.id",
    "ActualUser.id",
    "Person.name.full",
    "Person.name.given",
    "Person.name.family",
    "Person.email.primary",
    "Context.id",
    "Context.title",
    "Context.label",
    "Context.id.history",
    "CourseSection.title",
    "ResourceLink.id",
    "ResourceLink.title",
    "ResourceLink.description",
    "ResourceLink.id.history",
    "Membership.role",
    "LineItem.resultValue.max",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Everything a variable may name."""

    platform: Platform
    course: CourseRow | None
    tool: Tool
    person: PersonRow
    actual: PersonRow | None = None
    link: ResourceLink | None
    column: Column | None
    children: tuple[PersonRow, ...]
    course_history: tuple[str, ...]
    link_history: tuple[str, ...]

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that a message names: those in the course only where it comes from a course."""
        roles = self.platform.profile.roles.get(self.person.role, ())
        return roles if self.course else tuple(role for role in roles if "/membership" not in role)


def substituted(custom: Mapping[str, Any], around: Surroundings) -> dict[str, Any]:
    """Custom parameters with their variables replaced."""
    values = _values(around)
    return {
        name: values.get(value[1:], value) if isinstance(value, str) and value.startswith("$") else value
        for name, value in custom.items()
    }


def advertised(platform: Platform) -> list[str]:
    """The variables that this platform replaces."""
    profile = platform.profile
    known = {*COMMON, *profile.variables, *profile.link_history_variables}
    return sorted(known - profile.unknown_variables)


def _values(around: Surroundings) -> dict[str, Any]:
    person, course, link, tool = around.person, around.course, around.link, around.tool
    common: dict[str, Any] = {"Membership.role": ",".join(around.roles)}
    # LTI Core 1.3, appendix B.1: the person who really is there, who is nobody else when nobody acts as another.
    common["User.id"] = "" if tool.anonymous else person.public_id
    common["ActualUser.id"] = "" if tool.anonymous else (around.actual or person).public_id
    if course is not None:
        common |= {
            "Context.id": course.public_id,
            "Context.title": course.title,
            "Context.label": course.label,
            "Context.id.history": _listed(around.course_history, around),
            "CourseSection.title": course.title,
        }
    # What the administrator does not share is not shared through a variable either.
    names, email = tool.share_names and not tool.anonymous, tool.share_email and not tool.anonymous
    common["Person.name.full"] = person.name if names else ""
    common["Person.name.given"] = person.given if names else ""
    common["Person.name.family"] = person.family if names else ""
    common["Person.email.primary"] = person.email if email else ""
    for name in around.platform.profile.link_history_variables:
        common[name] = _listed(around.link_history, around)
    if link is not None:
        common |= {
            "ResourceLink.id": link.public_id,
            "ResourceLink.title": link.title,
            "ResourceLink.description": link.text,
        }
    if around.column is not None:
        common["LineItem.resultValue.max"] = f"{around.column.score_maximum:g}"
    named = {
        "empty": "",
        "false": "false",
        "host": urlsplit(around.platform.issuer).netloc,
        "student_view": "true" if person.role == "test_student" else "false",
        "person_number": str(person.id),
        "person_key": person.key,
        "role_uris": ",".join(around.roles),
        "enrollment_state": "active",
        "observees": ",".join(child.public_id for child in around.children),
        "points": f"{around.column.score_maximum:g}" if around.column else "",
    }
    if course is not None:
        named |= {"course_number": str(course.id), "course_label": course.label}
    if around.actual is not None:
        named |= {"actual_number": str(around.actual.id), "actual_id": around.actual.public_id}
    # Like a variable that is not known at all, one that means nothing here is sent as it was written.
    meanings = around.platform.profile.variables.items()
    return common | {name: named[meaning] for name, meaning in meanings if meaning in named}


def _listed(ancestors: tuple[str, ...], around: Surroundings) -> str:
    """Ancestors as LTI Core 1.3, appendix C writes them: the immediate one first."""
    return ",".join(ancestors[: around.platform.profile.longest_history])
