"""Moodle: a message to the student, in the name of the account whose token the course is connected with.

Sources: github.com/moodle/moodle, `public/message/externallib.php` (`send_instant_messages`, `get_messages`), and
answers that were recorded from a Moodle 5.1. A message cannot be taken back. Each one has an answer of its own, with
`msgid` -1 where it was not taken; the reason beside it quotes names, so it is not looked at. Our `clientmsgid` is only
sent back and not kept, so a message whose answer was lost is found by its words and its time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from typing import Any

from lti_tool.grades.channels.channel import BeforeWriting, Effect, Line, Step, Student, Trace
from lti_tool.grades.channels.message_words import body, subject
from lti_tool.grades.channels.refusals import moodle_message_refused, moodle_refusals, refused_effect
from lti_tool.grades.failures import unreadable_answer
from lti_tool.grades.gradebooks.gradebook import Product
from lti_tool.grades.native_apis.moodle_calls import MoodleCourse, is_user_id
from lti_tool.grades.native_apis.moodle_functions import MoodleFunction
from lti_tool.grades.native_apis.native_api import Access
from lti_tool.grades.service_client import MAXIMUM_PAGES
from lti_tool.launch.wire import wire_id

_RIGHT = "moodle/site:sendmessage"
_NEEDED = frozenset({MoodleFunction.SEND_MESSAGES, MoodleFunction.GET_MESSAGES, MoodleFunction.SITE_INFO})
_PLAIN = 2  # Moodle's FORMAT_PLAIN
_PAGE = 100
# How far Moodle's clock and ours may be apart.
_CLOCKS_APART_SECONDS = 600.0
_TAG = re.compile(r"<[^>]*>")


class MoodleMessage:
    """See `Channel`."""

    name = "moodle_message"
    product = Product.MOODLE
    needs_column = False
    can_be_undone = False
    needs: frozenset[str] = _NEEDED
    harmless_to_repeat = False

    def describe(self, access: Access, steps: Sequence[tuple[Student, Step]]) -> tuple[Line, ...]:
        """See `Channel`. Whether the student takes messages shows only when one is sent."""
        return tuple(
            Line(student.key, Effect.WRITTEN, subject(step), body(step))
            if is_user_id(student.user_id)
            else Line(student.key, Effect.NOT_IN_COURSE, subject(step))
            for student, step in steps
        )

    def put(
        self, access: Access, student: Student, step: Step, *, trace: Trace | None, before: BeforeWriting
    ) -> Effect:
        """See `Channel`."""
        if not is_user_id(student.user_id):
            raise refused_effect(Effect.NOT_IN_COURSE)
        name = f"waymark-{step.proposal}"
        message = {
            "touserid": student.user_id,
            "text": body(step),
            "textformat": _PLAIN,
            "clientmsgid": name,
        }
        before({"student": student.user_id, "at": trace["at"] if trace else str(access.clock())})
        answers = _course(access).ask(MoodleFunction.SEND_MESSAGES, messages=[message])
        if not isinstance(answers, list) or len(answers) != 1 or not isinstance(answers[0], dict):
            raise unreadable_answer(status=200)
        number = wire_id(answers[0].get("msgid"))
        if number == "-1":
            raise moodle_message_refused()
        if not number or answers[0].get("clientmsgid", name) != name:
            raise unreadable_answer(status=200)
        return Effect.WRITTEN

    def is_there(self, access: Access, student: Student, step: Step, trace: Trace) -> bool:
        """See `Channel`."""
        course = _course(access)
        site = course.ask(MoodleFunction.SITE_INFO)
        own = wire_id(site.get("userid")) if isinstance(site, dict) else ""
        if not own:
            raise unreadable_answer(status=200)
        earliest = float(trace["at"]) - _CLOCKS_APART_SECONDS
        # One that is read meanwhile goes from the unread to the read. Older versions do not tell both at once.
        return any(
            _words(body(step)) in {_words(message.get(name)) for name in ("text", "smallmessage")}
            for read in (0, 1)
            for message in _sent(course, own, trace["student"], read=read, earliest=earliest)
        )

    def withdraw(
        self, access: Access, student: Student, trace: Trace, *, before: Callable[[], None]
    ) -> Effect:
        """See `Channel`: what was said is said."""
        return Effect.LEFT


def _sent(
    course: MoodleCourse, own: str, student: str, *, read: int, earliest: float
) -> Iterator[Mapping[str, Any]]:
    """The messages of the account to the student since a moment, the newest first."""
    for page in range(MAXIMUM_PAGES):
        document = course.ask(
            MoodleFunction.GET_MESSAGES,
            useridto=student,
            useridfrom=own,
            type="conversations",
            read=read,
            newestfirst=1,
            limitfrom=page * _PAGE,
            limitnum=_PAGE,
        )
        messages = document.get("messages") if isinstance(document, dict) else None
        if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
            raise unreadable_answer(status=200)
        moments = [message.get("timecreated") for message in messages]
        if not all(isinstance(moment, int) for moment in moments):
            raise unreadable_answer(status=200)
        recent = [message for message in messages if message["timecreated"] >= earliest]
        yield from recent
        if len(recent) < _PAGE:
            return
    raise unreadable_answer(status=200)


def _words(text: object) -> str:
    """The words alone, whatever Moodle makes of line breaks and signs."""
    return " ".join(unescape(_TAG.sub(" ", text)).split()) if isinstance(text, str) else ""


def _course(access: Access) -> MoodleCourse:
    return MoodleCourse(
        access,
        _NEEDED,
        {**moodle_refusals(_RIGHT), "disabled": ("channel.refused", moodle_message_refused().message)},
    )
