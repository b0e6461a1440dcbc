"""The sample course as the demo LMS holds it: what is taught, who is there, and six weeks of made-up scores.

Here belong the outline (outline.toml), the people (people.toml) and the history that is made up from both. What does not
belong here: anything of the tool, its skill map included. The two share titles, as a school's course and a library would,
and no file. All names are invented, and the text is free to use (CC0-1.0).

Others may call `sample_course` and use the records that it returns.
"""

from datetime import datetime

from lti_tool.demo_lms.course.history import scores_so_far
from lti_tool.demo_lms.course.outline import read_outline
from lti_tool.demo_lms.course.personas import read_people
from lti_tool.demo_lms.course.records import Course, Item, Module, Person, Score

__all__ = ["Course", "Item", "Module", "Person", "Score", "sample_course"]


def sample_course(now: datetime) -> Course:
    """The course as it stands on the day of `now`, which must be timezone-aware: scores end yesterday."""
    outline = read_outline()
    people = read_people()
    return Course(
        id=outline.id,
        title=outline.title,
        label=outline.label,
        modules=outline.modules,
        people=people.all,
        scores=scores_so_far(outline, people, now=now),
    )
