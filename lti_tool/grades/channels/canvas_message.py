"""Canvas: a message to the student in the Inbox, in the name of the person whose token the course is connected with.

Sources: developerdocs.instructure.com/services/canvas (Conversations) and, for what "sent" lists and how a message to
one person is made, github.com/instructure/canvas-lms, `app/controllers/conversations_controller.rb`. A message
cannot be taken back. `force_new` gives each one a conversation of its own with our subject, by which a message whose
answer was lost is found again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from lti_tool.grades.channels.channel import BeforeWriting, Effect, Line, Step, Student, Trace
from lti_tool.grades.channels.message_words import body, subject
from lti_tool.grades.channels.refusals import CANVAS_MESSAGE_REFUSALS, refused_effect
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.canvas_calls import CanvasCourse
from lti_tool.grades.native_apis.canvas_gradebook import canvas_number
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.launch.wire import wire_text

# How far Canvas's clock and ours may be apart.
_CLOCKS_APART = timedelta(minutes=10)


class CanvasMessage:
    """See `Channel`."""

    name = "canvas_message"
    product = Product.CANVAS
    needs_column = False
    can_be_undone = False
    needs: frozenset[str] = frozenset()
    harmless_to_repeat = False

    def describe(self, access: Access, steps: Sequence[tuple[Student, Step]]) -> tuple[Line, ...]:
        """See `Channel`."""
        course = _course(access)
        return tuple(
            Line(student.key, Effect.WRITTEN, subject(step), body(step))
            if _number(course, student)
            else Line(student.key, Effect.NOT_IN_COURSE, subject(step))
            for student, step in steps
        )

    def put(
        self, access: Access, student: Student, step: Step, *, trace: Trace | None, before: BeforeWriting
    ) -> Effect:
        """See `Channel`."""
        course = _course(access)
        number = _number(course, student)
        if not number:
            raise refused_effect(Effect.NOT_IN_COURSE)
        at = trace["at"] if trace else str(access.clock())
        message = {
            "recipients": [number],
            "subject": subject(step),
            "body": body(step),
            "force_new": True,
            "context_code": f"course_{access.place.course}",
        }
        before({"student": number, "at": at})
        course.send_for_account("POST", "conversations", message)
        return Effect.WRITTEN

    def is_there(self, access: Access, student: Student, step: Step, trace: Trace) -> bool:
        """See `Channel`."""
        course = _course(access)
        sent = course.items_of_account(
            "conversations",
            [("scope", "sent"), ("filter[]", f"user_{trace['student']}"), ("per_page", "100")],
        )
        earliest = datetime.fromtimestamp(float(trace["at"]), tz=UTC) - _CLOCKS_APART
        return any(
            _began(course, conversation) >= earliest
            for conversation in sent
            if wire_text(conversation.get("subject")) == wire_text(subject(step))
            and _audience(conversation) == [trace["student"]]
        )

    def withdraw(
        self, access: Access, student: Student, trace: Trace, *, before: Callable[[], None]
    ) -> Effect:
        """See `Channel`: what was said is said."""
        return Effect.LEFT


def _course(access: Access) -> CanvasCourse:
    return CanvasCourse(access, CANVAS_MESSAGE_REFUSALS)


def _number(course: CanvasCourse, student: Student) -> str:
    return student.native_id or course.number_of(student.user_id)


def _audience(conversation: Mapping[str, Any]) -> list[str]:
    audience = conversation.get("audience")
    if not isinstance(audience, list):
        raise unreadable_answer(status=200)
    return [canvas_number(person) for person in audience]


def _began(course: CanvasCourse, conversation: Mapping[str, Any]) -> datetime:
    """When the first message of the conversation was sent."""
    number = canvas_number(conversation.get("id"))
    # Otherwise looking would mark it as read.
    document = course.read_of_account(f"conversations/{number}", [("auto_mark_as_read", "false")])
    messages = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(messages, list) or not messages:
        raise unreadable_answer(status=200)
    try:
        moments = [datetime.fromisoformat(message["created_at"]) for message in messages]
        return min(moment.astimezone(UTC) for moment in moments)
    except (TypeError, KeyError, ValueError):
        raise unreadable_answer(status=200) from None
