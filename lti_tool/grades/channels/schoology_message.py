"""Schoology: a message to the student, in the name of the person whose key the section is connected with.

Source: developers.schoology.com, "Private Messaging", read in the copy github.com/KTibow/schoology-docs-md; no traffic
was recorded. A message cannot be taken back. One whose answer was lost is looked for among those that were sent: with
our subject, to this student alone, and changed since. Unconfirmed: that the list of sent messages has all of them, the
latest first, and how it is paged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lti_tool.grades.channels.channel import BeforeWriting, Effect, Line, Step, Student, Trace
from lti_tool.grades.channels.message_words import body, subject
from lti_tool.grades.channels.refusals import SCHOOLOGY_MESSAGE_REFUSALS, refused_effect
from lti_tool.grades.channels.schoology_assignees import active_students
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.grades.native_apis.schoology_calls import SchoologySection, rows_named
from lti_tool.launch.wire import wire_id, wire_text

# How far Schoology's clock and ours may be apart.
_CLOCKS_APART_SECONDS = 600.0


class SchoologyMessage:
    """See `Channel`."""

    name = "schoology_message"
    product = Product.SCHOOLOGY
    needs_column = False
    can_be_undone = False
    needs: frozenset[str] = frozenset()
    harmless_to_repeat = False

    def describe(self, access: Access, steps: Sequence[tuple[Student, Step]]) -> tuple[Line, ...]:
        """See `Channel`."""
        users = active_students(_section(access))
        return tuple(
            Line(student.key, Effect.WRITTEN, subject(step), body(step))
            if users.get(student.native_id)
            else Line(student.key, Effect.NOT_IN_COURSE, subject(step))
            for student, step in steps
        )

    def put(
        self, access: Access, student: Student, step: Step, *, trace: Trace | None, before: BeforeWriting
    ) -> Effect:
        """See `Channel`."""
        section = _section(access)
        user = active_students(section).get(student.native_id)
        if not user:
            raise refused_effect(Effect.NOT_IN_COURSE)
        before({"user": user, "at": trace["at"] if trace else str(access.clock())})
        message = {"subject": subject(step), "message": body(step), "recipient_ids": user}
        section.send_for_account("messages", message)
        return Effect.WRITTEN

    def is_there(self, access: Access, student: Student, step: Step, trace: Trace) -> bool:
        """See `Channel`."""
        sent = _section(access).rows_of_account("messages/sent", rows_named("message"))
        earliest = float(trace["at"]) - _CLOCKS_APART_SECONDS
        return any(
            _changed_at(row) >= earliest
            for row in sent
            if wire_text(row.get("subject")) == wire_text(subject(step))
            and wire_id(row.get("recipient_ids")) == trace["user"]
        )

    def withdraw(
        self, access: Access, student: Student, trace: Trace, *, before: Callable[[], None]
    ) -> Effect:
        """See `Channel`: what was said is said."""
        return Effect.LEFT


def _changed_at(row: Mapping[str, Any]) -> float:
    said = wire_id(row.get("last_updated"))
    if not (said.isascii() and said.isdigit()):
        raise unreadable_answer(status=200)
    return float(said)


def _section(access: Access) -> SchoologySection:
    return SchoologySection(access, SCHOOLOGY_MESSAGE_REFUSALS)
