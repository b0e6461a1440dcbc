"""Why a channel cannot bring a step to a student, in words that say what to do."""

from __future__ import annotations

from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.grades.channels.channel import Effect
from lti_tool.grades.failures import Refusals

CANVAS_OVERRIDE_REFUSALS: Refusals = {
    400: (
        "channel.refused",
        "Canvas does not give this assignment to this student; look under Assign To in Canvas, then send again.",
    ),
    403: (
        "channel.not_permitted",
        "The Canvas account of the gradebook connection may not change to whom assignments are given. Connect with "
        "the token of a teacher who may edit assignments, then send again.",
    ),
}
CANVAS_MESSAGE_REFUSALS: Refusals = {
    400: (
        "channel.refused",
        "Canvas does not take a message from the account of the gradebook connection to this student. See in "
        "Canvas's Inbox whether this account may write to students of the course, then send again.",
    ),
    403: (
        "channel.not_permitted",
        "The Canvas account of the gradebook connection may not send messages in this course. Connect with the token "
        "of a teacher who may, then send again.",
    ),
}
_EFFECTS = {
    Effect.COLUMN_GONE: "The assignment of this step is no longer in the course. Choose another step, or say under "
    "Setup which column is which activity.",
    Effect.NOT_PUBLISHED: "The assignment of this step is not published, so no student sees it. Publish it; Waymark "
    "looks again once a day, or send again.",
    Effect.NOT_IN_COURSE: "The learning platform has this student in the course no more, or under another id. Read "
    "the course again, then send again.",
}


def refused_effect(effect: Effect) -> PlatformRefused:
    """For a step that cannot be brought to the student as things are."""
    return PlatformRefused(f"channel.{effect.value}", _EFFECTS[effect])


def visibility_hidden() -> PlatformRefused:
    """For an account that may see an assignment, but not who else does."""
    return PlatformRefused(
        "channel.visibility_hidden",
        "The account of the gradebook connection may not see to whom assignments are given. Connect with the token of "
        "a teacher who may edit assignments, then send again.",
    )


def changed_meanwhile() -> PlatformUnavailable:
    """For what somebody deleted or changed between our look and our change."""
    return PlatformUnavailable(
        "channel.changed_meanwhile",
        "Somebody changed this in the learning platform at the same moment; Waymark looks again by itself.",
    )
