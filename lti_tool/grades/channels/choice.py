"""Which channels there are."""

from __future__ import annotations

from lti_tool.grades.channels.canvas_message import CanvasMessage
from lti_tool.grades.channels.canvas_override import CanvasOverride
from lti_tool.grades.channels.channel import Channel
from lti_tool.grades.channels.moodle_group import MoodleGroup
from lti_tool.grades.channels.moodle_message import MoodleMessage
from lti_tool.grades.channels.opening_grade import OpeningGrade
from lti_tool.grades.channels.schoology_assignees import SchoologyAssignees
from lti_tool.grades.channels.schoology_message import SchoologyMessage

# By what a course can let steps go out.
Way = Channel | OpeningGrade

OPENING_GRADE = OpeningGrade()
_CHANNELS: tuple[Channel, ...] = (
    CanvasOverride(),
    CanvasMessage(),
    MoodleGroup(),
    MoodleMessage(),
    SchoologyAssignees(),
    SchoologyMessage(),
)


def channels_of(product: str) -> tuple[Channel, ...]:
    """What an LMS offers whose own API is of this product."""
    return tuple(channel for channel in _CHANNELS if channel.product.value == product)


def way_named(name: str) -> Way | None:
    """The channel of this name, or the grade that opens activities; None where it is not known."""
    return OPENING_GRADE if name == OPENING_GRADE.name else channel_named(name)


def channel_named(name: str) -> Channel | None:
    """The channel of this name; None where it is not known, or not any more."""
    return next((channel for channel in _CHANNELS if channel.name == name), None)
