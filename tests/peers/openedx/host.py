"""The functions that Open edX's host gives to the block: one course, its people, its blocks.

`lti_consumer.plugin.compat` is the block's own list of what it needs; these stand in for them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user_model
from lti_consumer.exceptions import LtiError
from lti_consumer.plugin import compat
from opaque_keys.edx.keys import CourseKey, UsageKey

from tests.peers.openedx.models import Grade

COURSE = CourseKey.from_string("course-v1:Waymark+R6+2026")
COURSE_TITLE = "Ratios, grade 6"
# Login name: full name, role in the course.
PEOPLE = {
    "teacher": ("Rosa Rivera", "instructor"),
    "assistant": ("Theo Tan", "staff"),
    "ana": ("Ana Morales", "student"),
    "ben": ("Ben Carter", "student"),
    "chloe": ("Chloé Dubois", "student"),
}
# A block that is Waymark's course page, and one whose content is chosen by deep linking.
BLOCKS = {"home": "Waymark", "chosen": "Chosen in Waymark"}
MAXIMUM = 1.0


def block_key(name: str) -> Any:
    """The usage key of a block of the course."""
    return UsageKey.from_string(f"block-v1:Waymark+R6+2026+type@lti_consumer+block@{name}")


def external_id(login: str) -> str:
    """What tools know a person by."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://openedx.example/{login}"))


@dataclass(frozen=True)
class Block:
    """As much of a placed block as grading asks for."""

    location: Any

    has_score = True
    accept_grades_past_due = True
    weight = MAXIMUM
    context_id = str(COURSE)
    lti_1p3_passport_id = ""

    @property
    def display_name(self) -> str:
        return BLOCKS[self.location.block_id]

    @property
    def scope_ids(self) -> SimpleNamespace:
        return SimpleNamespace(usage_id=self.location)

    def is_past_due(self) -> bool:
        return False

    def max_score(self) -> float:
        return self.weight

    def set_user_module_score(self, user: Any, score: float, _max_score: float, comment: str | None) -> None:
        """`score` is a fraction."""
        Grade.objects.update_or_create(
            block=str(self.location), user=user, defaults={"fraction": score, "comment": comment or ""}
        )


def stand_in() -> None:
    """Replace what cannot work without Open edX's host."""
    compat.load_enough_xblock = Block
    compat.load_block_as_user = Block
    compat.get_course_by_id = lambda _key: COURSE
    compat.user_course_access = lambda _course, user, *_rest, **_more: user.is_authenticated
    compat.user_has_access = lambda user, *_rest: user.is_authenticated
    compat.user_has_studio_write_access = _may_write
    compat.get_course_members = _members
    compat.get_user_course_forum_role = lambda _user, _course: None
    compat.batch_get_or_create_externalids = _external_ids
    compat.get_user_from_external_user_id = _user_of


def _may_write(user: Any, _course: Any) -> bool:
    return user.is_authenticated and user.profile.course_role in {"instructor", "staff"}


def _members(_course: Any) -> dict[int, dict[str, Any]]:
    users = get_user_model().objects.select_related("profile")
    return {
        user.id: {
            "id": user.id,
            "username": user.username,
            "name": user.first_name,
            "email": user.email,
            "roles": [user.profile.course_role],
        }
        for user in users
    }


def _external_ids(users: Any) -> dict[int, SimpleNamespace]:
    return {user.id: SimpleNamespace(external_user_id=external_id(user.username)) for user in users}


def _user_of(external_user_id: str) -> Any:
    for user in get_user_model().objects.all():
        if external_id(user.username) == external_user_id:
            return user
    raise LtiError("Invalid User")
