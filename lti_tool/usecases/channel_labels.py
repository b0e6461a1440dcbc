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
        "moodle_group": _("Group that opens an activity in Moodle"),
        "moodle_message": _("Message in Moodle"),
        "schoology_assignees": _("Individually Assign in Schoology"),
        "schoology_message": _("Message in Schoology"),
        "opening_grade": _("A point that opens an activity"),
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
        "moodle_group": (
            _(
                "Opens the activity of an approved step for exactly this student, by putting the student into a group "
                "that the activity asks for. Students do not see who is in it."
            ),
            _(
                "You set this up once for each activity: let Waymark make the group here, then in Moodle open the "
                "activity's settings → Restrict access → Add restriction → Group, and choose that group. All other "
                "activities stay as they are."
            ),
            _(
                "Taken back when the step is done or withdrawn, and when you turn this off. Students whom you put into "
                "the group yourself stay there, and so does the group."
            ),
        ),
        "moodle_message": (
            _(
                "Sends each approved step to its student once, in the name of the account whose token the gradebook is "
                "connected with."
            ),
            _("A message cannot be taken back. A step that is withdrawn before it went out sends nothing."),
        ),
        "schoology_assignees": (
            _(
                "Gives the assignment of an approved step to exactly this student, beside everybody to whom you gave it."
            ),
            _(
                "For assignments that you assign to some students only, and that have no files or links. What is for "
                "everybody, and whatever you set, stays as it is."
            ),
            _(
                "Taken back when the step is done or withdrawn, and when you turn this off. The last student of an "
                "assignment keeps it, because without anybody it would be for everybody."
            ),
        ),
        "schoology_message": (
            _(
                "Sends each approved step to its student once, in the name of the person whose key the gradebook is "
                "connected with."
            ),
            _("A message cannot be taken back. A step that is withdrawn before it went out sends nothing."),
        ),
        "opening_grade": (
            _(
                "Gives the student of an approved step one point of one in a column that is there for this activity "
                "alone. You let the activity open from that grade: in Moodle by Restrict access → Grade, in Canvas by "
                "Mastery Paths or a requirement of a module."
            ),
            _(
                "You set this up once for each activity: let Waymark make the column here, then use it in your LMS. "
                "Activities without such a column get no points."
            ),
            _(
                "These points count in totals unless you set the weight of the column to 0, or choose in your LMS that "
                "it does not count."
            ),
            _("Not taken back: what is open stays open, so that no total sinks."),
        ),
    }.get(channel, ())


def preparing_label(channel: str, words: Words) -> str:
    """What Waymark can make once for an activity; empty where nothing."""
    _ = words.gettext
    return {"moodle_group": _("Make a group"), "opening_grade": _("Make a column")}.get(channel, "")


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
        Effect.RESTRICTED: _("you restrict this activity in another way"),
        Effect.NOT_RESTRICTED: _("restrict the activity by this group in Moodle first"),
        Effect.NOT_PREPARED: _("no column was made for this activity"),
        Effect.NOT_IN_COURSE: _("your LMS does not know this student in this course"),
        Effect.NOT_SAFE: _("has files or links that a change could lose, so it is left as it is"),
        Effect.LEFT_LAST: _("left with its last student"),
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
        Effect.RESTRICTED: _("Left out, as you decided"),
        Effect.TAKEN_BACK: _("Taken back"),
        Effect.LEFT_LAST: _("Left with its last student, or everybody would have it"),
    }.get(effect, _("Left as it is"))
