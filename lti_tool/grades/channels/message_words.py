"""A step as a message: what to do, how long it takes, why, and where to open it. Nothing of anybody else."""

from __future__ import annotations

from lti_tool.grades.channels.channel import Step

LONGEST_SUBJECT = 255


def subject(step: Step) -> str:
    """The line that a list of messages shows."""
    return f"Your next step: {step.title}"[:LONGEST_SUBJECT]


def body(step: Step) -> str:
    """The message itself, as plain text."""
    minutes = f" ({step.minutes} min)" if step.minutes else ""
    where = f"Open “{step.column.title}” in your course." if step.column else "Open Waymark in your course."
    return f"Next: {step.title}{minutes}.\nWhy: {step.reason}\n\n{where}"
