"""An assignment of Canvas with whom it is given to, and what one more student in it takes.

Sources: developerdocs.instructure.com/services/canvas (Assignments, Assignment Overrides) and, where the documents
are silent, github.com/instructure/canvas-lms: `lib/api/v1/assignment.rb` (`visible_to_everyone`,
`assignment_visibility`), `lib/api/v1/assignment_override.rb`, `app/models/assignment_override_student.rb`,
`lib/assignment_override_applicator.rb`. What matters here:

- A student is in one override for single students of an assignment at most; a second one is refused.
- Changing an override replaces its list of students, and a date that is not sent is no longer overridden. So all of
  it is read, and sent back with one student more or less.
- An override without a date leaves the date that the student has otherwise.

Nothing here calls anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lti_tool.grades.channels.channel import Effect
from lti_tool.grades.channels.refusals import visibility_hidden
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.native_apis.canvas_gradebook import canvas_number
from lti_tool.launch.wire import wire_text

# By this title an override is ours. Unconfirmed: whether Canvas's page for giving an assignment keeps titles as a
# teacher saves it. One that is called otherwise is the teacher's from then on, and is logged when it is met.
TITLE = "Next step (Waymark)"
_DATES = ("due_at", "unlock_at", "lock_at")


@dataclass(frozen=True, slots=True)
class Override:
    """An override for single students. `dates` are those that it overrides, as they were read."""

    number: str
    title: str
    students: tuple[str, ...]
    dates: Mapping[str, Any]

    @property
    def is_ours(self) -> bool:
        """Whether we made it, and nobody has made it their own since."""
        return self.title == TITLE

    def with_students(self, students: Sequence[str]) -> dict[str, Any]:
        """What to send so that it has these students, and all else as it is."""
        return _override(students) | dict(self.dates)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One assignment. `seen_by` are the students to whom Canvas shows it; None is all of them."""

    number: str
    title: str
    is_published: bool
    seen_by: frozenset[str] | None
    overrides: tuple[Override, ...]

    @property
    def ours(self) -> Override | None:
        """Our override, if there is one."""
        return next((override for override in self.overrides if override.is_ours), None)

    def has_from_us(self, student: str) -> bool:
        """Whether the student is in an override of ours."""
        return any(override.is_ours and student in override.students for override in self.overrides)

    def effect_for(self, student: str) -> Effect:
        """What giving it to a student would be, who has nothing of it from us."""
        in_one = any(student in override.students for override in self.overrides)
        if self.seen_by is None or student in self.seen_by:
            return Effect.HAS_IT if self.is_published else Effect.NOT_PUBLISHED
        if in_one:
            return Effect.KEPT_OUT
        return Effect.WRITTEN if self.is_published else Effect.NOT_PUBLISHED


def read_assignment(document: Any, overrides: Sequence[Mapping[str, Any]], *, number: str) -> Assignment:
    """The assignment with its overrides. Raises PlatformUnavailable for documents of another shape.

    Raises PlatformRefused `channel.visibility_hidden` where Canvas does not say who sees it.
    """
    if not isinstance(document, dict) or canvas_number(document.get("id")) != number:
        raise unreadable_answer(status=200)
    return Assignment(
        number=number,
        title=wire_text(document.get("name")) or number,
        is_published=document.get("published") is not False,
        seen_by=_seen_by(document),
        overrides=tuple(
            _read_override(item, number) for item in overrides if isinstance(item.get("student_ids"), list)
        ),
    )


def new_override(student: str) -> dict[str, Any]:
    """What to send for an override of ours with one student."""
    return _override([student])


def _override(students: Sequence[str]) -> dict[str, Any]:
    return {"title": TITLE, "student_ids": list(students)}


def _seen_by(document: Mapping[str, Any]) -> frozenset[str] | None:
    # Older versions say only whether it is for overrides alone.
    for_all = document.get("visible_to_everyone", document.get("only_visible_to_overrides") is False)
    if for_all is True:
        return None
    seen_by = document.get("assignment_visibility")
    if seen_by is None:
        raise visibility_hidden()
    if not isinstance(seen_by, list):
        raise unreadable_answer(status=200)
    return frozenset(map(canvas_number, seen_by))


def _read_override(item: Mapping[str, Any], assignment: str) -> Override:
    if canvas_number(item.get("assignment_id", assignment)) != assignment:
        raise unreadable_answer(status=200)
    return Override(
        number=canvas_number(item.get("id")),
        title=wire_text(item.get("title")),
        students=tuple(map(canvas_number, item["student_ids"])),
        dates={name: item[name] for name in _DATES if name in item},
    )
