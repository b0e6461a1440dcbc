"""An activity of Moodle with who may open it, and the group of ours that opens it.

Sources, in github.com/moodle/moodle: `public/course/externallib.php` (`get_course_contents`: `availability` is told to
accounts that see hidden activities, where the site has restrictions switched on at all),
`public/availability/classes/tree.php` (its form: a tree of conditions with the operators &, |, !& and !|) and
`public/availability/condition/group/classes/condition.php` (`{"type": "group", "id": 6}`). A group that was made by
web service, and what it opens and closes, was recorded from a Moodle 5.1.

The group of an activity is found by its id number. Students who may not open the activity read the group's name there,
so it says nothing of a person; its membership is hidden from everybody else. Restrictions of a whole section are not
looked at.

Nothing here calls anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lti_tool.errors import PlatformRefused
from lti_tool.grades.channels.channel import Effect
from lti_tool.grades.failures import unreadable_answer
from lti_tool.launch.wire import read_json, wire_id, wire_text

_OURS = "waymark-"
_MEMBERSHIP_HIDDEN = 3  # `\core_group\visibility::NONE`
_LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the course. `is_ours` while it has the id number that we gave it."""

    number: str
    is_ours: bool
    id_number: str


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity. `restriction` is Moodle's tree of conditions, None for none; `module` its kind and own number."""

    number: str
    title: str
    module: tuple[str, str]
    is_hidden: bool
    restriction: Mapping[str, Any] | None = field(repr=False)

    @property
    def group_name(self) -> str:
        """How a group of ours for it is called. No two groups of a course may have one name, hence the number."""
        return f"Next step: {self.title[:_LONGEST_TITLE]} ({self.number})"

    def group_of(self, groups: Iterable[Group]) -> Group | None:
        """The group of ours that was made for it."""
        return next((group for group in groups if group.id_number == f"{_OURS}{self.number}"), None)

    def new_group(self, course: str) -> dict[str, Any]:
        """What to send for a group of ours: nobody sees who is in it, and it plays no part in other activities."""
        return {
            "courseid": course,
            "name": self.group_name,
            "description": "",
            "idnumber": f"{_OURS}{self.number}",
            "visibility": _MEMBERSHIP_HIDDEN,
            "participation": 0,
        }

    def effect_for(self, student: str, group: Group | None, members: frozenset[str]) -> Effect:
        """What giving it to a student would be. `group` is ours, `members` who is in it."""
        if self.is_hidden:
            return Effect.NOT_PUBLISHED
        if group is None:
            return Effect.HAS_IT if self.restriction is None else Effect.RESTRICTED
        if self.restriction is None or not _is_opened_by(self.restriction, group.number):
            return Effect.NOT_RESTRICTED
        return Effect.HAS_IT if student in members else Effect.WRITTEN


def read_activities(sections: Any) -> list[Activity]:
    """The activities in the course's contents. Raises PlatformUnavailable for documents of another shape.

    Raises PlatformRefused `channel.visibility_hidden` where Moodle does not say who may open them.
    """
    if not isinstance(sections, list):
        raise unreadable_answer(status=200)
    found = [module for section in sections for module in _objects(section, "modules")]
    return [_activity(module) for module in found]


def read_groups(document: Any) -> list[Group]:
    """The groups of a course. Raises PlatformUnavailable for documents of another shape."""
    groups = []
    for row in _objects({"groups": document}, "groups"):
        number, id_number = wire_id(row.get("id")), wire_text(row.get("idnumber"))
        if not number:
            raise unreadable_answer(status=200)
        groups.append(Group(number, id_number.startswith(_OURS), id_number))
    return groups


def read_members(document: Any, *, group: str) -> frozenset[str]:
    """Who is in a group. Raises PlatformUnavailable for documents of another shape."""
    for row in _objects({"groups": document}, "groups"):
        members = row.get("userids")
        if wire_id(row.get("groupid")) == group and isinstance(members, list):
            return frozenset(map(wire_id, members))
    raise unreadable_answer(status=200)


def _activity(module: Mapping[str, Any]) -> Activity:
    number = wire_id(module.get("id"))
    if not number:
        raise unreadable_answer(status=200)
    return Activity(
        number=number,
        title=wire_text(module.get("name")) or number,
        module=(wire_text(module.get("modname")), wire_id(module.get("instance"))),
        is_hidden=module.get("visible") == 0,
        restriction=_restriction(module),
    )


def _restriction(module: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if "availability" not in module:
        raise PlatformRefused(
            "channel.visibility_hidden",
            "Moodle does not tell the account of the gradebook connection who may open activities. Ask whoever runs "
            "Moodle to switch on “Enable restrict access”, and to give the account the right "
            "moodle/course:viewhiddenactivities in this course.",
        )
    said = module["availability"]
    if not said:
        return None
    try:
        tree = read_json(said.encode()) if isinstance(said, str) else None
    except ValueError:
        raise unreadable_answer(status=200) from None
    if not isinstance(tree, dict) or not isinstance(tree.get("c"), list):
        raise unreadable_answer(status=200)
    return tree if tree["c"] else None


def _is_opened_by(tree: Mapping[str, Any], group: str, *, negated: bool = False) -> bool:
    """Whether one of its conditions is to belong to the group."""
    if "c" not in tree:
        return not negated and tree.get("type") == "group" and wire_id(tree.get("id")) == group
    inner, operator = tree["c"], tree.get("op")
    if not isinstance(inner, list) or not isinstance(operator, str):
        raise unreadable_answer(status=200)
    negated ^= operator.startswith("!")
    return any(_is_opened_by(part, group, negated=negated) for part in inner if isinstance(part, dict))


def _objects(holder: Any, name: str) -> list[Mapping[str, Any]]:
    found = holder.get(name) if isinstance(holder, dict) else None
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise unreadable_answer(status=200)
    return found
