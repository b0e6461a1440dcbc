"""What Ms. Rivera writes beside some of the scores."""

from lti_tool.demo_lms.course.chance import pick, uniform

_SHARE = 0.22
_CHANGE = 0.15
_SECOND = (
    "You came back to it and it shows.",
    "Good that you tried again.",
    "Second attempt: much clearer now.",
)
_LATE = ("Thank you for handing it in after all.", "It came a little late, but it is complete.")
_UP = (
    "A big step up from last week!",
    "Your drawings helped you here.",
    "You explained your steps so clearly.",
)
_DOWN = ("Come and see me at the teacher table.", "Slow down a little: you know more than this shows.")
_LOW = ("Let us draw the first one together.", "Not yet. Try the first page again with fraction strips.")
_HIGH = ("Clear work, well explained.", "Wonderful. Could you show the class how you did number 3?")


def comment(
    student_id: str,
    item_id: str,
    *,
    fraction: float,
    usual: float | None,
    late: bool,
    second_attempt: bool,
) -> str | None:
    """A comment for about one score in five, chosen for how it went; plain text."""
    name = (student_id, item_id, "comment")
    if uniform(*name) > _SHARE:
        return None
    change = 0.0 if usual is None else fraction - usual
    situations = (
        (second_attempt, _SECOND),
        (late, _LATE),
        (change > _CHANGE, _UP),
        (change < -_CHANGE, _DOWN),
        (fraction < 0.5, _LOW),
        (fraction > 0.9, _HIGH),
    )
    return next((pick(words, *name, "words") for applies, words in situations if applies), None)
