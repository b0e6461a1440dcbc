"""Why a channel cannot bring a step to a student, in words that say what to do."""

from __future__ import annotations

from lti_tool.errors import PlatformRefused, PlatformUnavailable
from lti_tool.grades.channels.channel import Effect
from lti_tool.grades.failures import Refusals
from lti_tool.grades.native_apis.moodle_refusals import CodeRefusals

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
SCHOOLOGY_ASSIGNEES_REFUSALS: Refusals = {
    400: (
        "channel.refused",
        "Schoology does not give this assignment to this student; look at the assignment's “Individually Assign” in "
        "Schoology, then send again.",
    ),
    403: (
        "channel.not_permitted",
        "The account of the gradebook connection may not change assignments of this section. Connect with the key of a "
        "teacher of the section, then send again.",
    ),
}
SCHOOLOGY_MESSAGE_REFUSALS: Refusals = {
    400: (
        "channel.refused",
        "Schoology does not take a message from the account of the gradebook connection to this student. See in "
        "Schoology whether this account may write to students, then send again.",
    ),
    403: (
        "channel.not_permitted",
        "The account of the gradebook connection may not send messages in Schoology. Ask your Schoology administrator "
        "to allow it, or connect with the key of a teacher who may, then send again.",
    ),
}
_MOODLE_RIGHTS = (
    "channel.not_permitted",
    "The account of the gradebook connection may not do this in this Moodle course. Ask whoever runs Moodle to give it "
    "the right {right} there, then send again.",
)


def moodle_refusals(right: str) -> CodeRefusals:
    """What Moodle's codes mean for a channel that needs this right."""
    code, message = _MOODLE_RIGHTS
    return {
        "nopermissions": (code, message.replace("{right}", right)),
        "invalidparameter": (
            "channel.refused",
            "Moodle does not accept this for this student. See in Moodle whether the student is still enrolled in the "
            "course, then send again.",
        ),
    }


def moodle_group_refusals(right: str) -> CodeRefusals:
    """What Moodle's codes mean where a group is made: one with this name or id number may be there unseen."""
    return {
        **moodle_refusals(right),
        "invalidparameter": (
            "channel.refused",
            "Moodle does not make the group. There may be one of this name that the account of the gradebook "
            "connection cannot see: ask whoever runs Moodle to give it the right moodle/course:viewhiddengroups in "
            "this course, then look again.",
        ),
    }


def moodle_message_refused() -> PlatformRefused:
    """For a message that Moodle takes from nobody, or not from this account to this student."""
    return PlatformRefused(
        "channel.refused",
        "Moodle does not take a message from the account of the gradebook connection to this student: messages are "
        "switched off, or the student lets only some people write. Tell the student in another way.",
        http_status=200,
    )


_EFFECTS = {
    Effect.COLUMN_GONE: "The assignment of this step is no longer in the course. Choose another step, or say under "
    "Setup which column is which activity.",
    Effect.NOT_PUBLISHED: "The assignment of this step is not published, so no student sees it. Publish it; Waymark "
    "looks again once a day, or send again.",
    Effect.NOT_RESTRICTED: "The activity of this step does not ask for Waymark's group yet. In Moodle, open its "
    "settings, then Restrict access, Add restriction, Group, and choose the group “Next step: …” of this activity; "
    "or delete that group there. Waymark looks again once a day, or send again.",
    Effect.NOT_SAFE: "The assignment of this step has files or links, which a change by Waymark could lose, so it is "
    "left as it is. Assign it to the student in Schoology.",
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
