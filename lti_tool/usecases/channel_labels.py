"""Channels and what became of a step there, in words for teachers."""

from __future__ import annotations

from lti_tool.grades.channels.channel import Effect
from lti_tool.models.channels import StepDelivery
from lti_tool.models.gradebook import Delivery
from lti_tool.usecases.words import Words


def channel_label(channel: str, words: Words) -> str:
    """How a channel is called."""
    _ = words.gettext
    return {
        "canvas_override": _("Assign To in Canvas"),
        "canvas_message": _("Message in the Canvas Inbox"),
    }.get(channel, channel)


def channel_explanation(channel: str, words: Words) -> tuple[str, ...]:
    """What a channel does, what it leaves alone, and how it ends: a sentence for each."""
    _ = words.gettext
    return {
        "canvas_override": (
            _(
                "Gives the assignment of an approved step to exactly this student, beside everybody to whom you gave it."
            ),
            _(
                "For assignments that you give to some students only. What is for everybody, and whatever you set, "
                "stays as it is."
            ),
            _("Taken back when the step is done or withdrawn, and when you turn this off."),
        ),
        "canvas_message": (
            _(
                "Sends each approved step to its student once, in the name of the person whose token the gradebook is "
                "connected with."
            ),
            _("A message cannot be taken back. A step that is withdrawn before it went out sends nothing."),
        ),
    }.get(channel, ())


def effect_label(effect: Effect, words: Words) -> str:
    """What bringing a step to a student would do."""
    _ = words.gettext
    return {
        Effect.WRITTEN: _("will be written"),
        Effect.HAS_IT: _("has it already"),
        Effect.KEPT_OUT: _("you decided otherwise for this student"),
        Effect.NO_COLUMN: _("not something in your gradebook, so there is nothing to give"),
        Effect.COLUMN_GONE: _("no longer in your course"),
        Effect.NOT_PUBLISHED: _("not published yet"),
        Effect.NOT_IN_COURSE: _("your LMS does not know this student in this course"),
        Effect.TAKEN_BACK: _("taken back"),
        Effect.LEFT: _("left as it is"),
    }[effect]


def step_state_label(row: StepDelivery, words: Words) -> str:
    """Where a step stands that goes out by a channel."""
    _ = words.gettext
    if row.state is Delivery.ATTENTION:
        return _("Did not work")
    if row.state is not Delivery.DELIVERED:
        return _("On its way")
    effect = Effect(row.effect) if row.effect else Effect.LEFT
    return {
        Effect.WRITTEN: _("Done"),
        Effect.HAS_IT: _("Has it from you already"),
        Effect.KEPT_OUT: _("Left out, as you decided"),
        Effect.TAKEN_BACK: _("Taken back"),
    }.get(effect, _("Left as it is"))
