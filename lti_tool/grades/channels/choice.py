"""Which channels there are."""

from __future__ import annotations

from lti_tool.grades.channels.canvas_message import CanvasMessage
from lti_tool.grades.channels.canvas_override import CanvasOverride
from lti_tool.grades.channels.channel import Channel

_CHANNELS: tuple[Channel, ...] = (CanvasOverride(), CanvasMessage())


def channels_of(product: str) -> tuple[Channel, ...]:
    """What an LMS offers whose own API is of this product."""
    return tuple(channel for channel in _CHANNELS if channel.product.value == product)


def channel_named(name: str) -> Channel | None:
    """The channel of this name; None where it is not known, or not any more."""
    return next((channel for channel in _CHANNELS if channel.name == name), None)
