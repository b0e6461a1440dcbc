"""Which class of an export a course may be: one with students of this course in it. Which of several, a teacher says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.errors import Fixable
from lti_tool.grades.gradebooks.gradebook import Gradebook
from lti_tool.models.courses import Context
from lti_tool.usecases.classroom import active_learners
from lti_tool.usecases.whole_gradebook import match_learners

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class CourseClasses:
    """Classes that this course may be, those with the most of its students first.

    `strange` counts those without any, `not_shown` those with some that are too many to show.
    """

    gradebooks: tuple[Gradebook, ...]
    strange: int = 0
    not_shown: int = 0


def course_classes(session: Session, *, context: Context, gradebooks: Sequence[Gradebook]) -> CourseClasses:
    """The classes among which this course is. A file with one gradebook leaves no choice.

    Raises Fixable `gradebook_file.no_class` when an export with several has no student of this course.
    """
    if len(gradebooks) == 1:
        return CourseClasses(tuple(gradebooks))
    learners = active_learners(session, context)
    known = {place: len(match_learners(learners, book).matched) for place, book in enumerate(gradebooks)}
    likely = sorted((place for place in known if known[place]), key=lambda place: -known[place])
    if not likely:
        raise Fixable(
            "gradebook_file.no_class",
            f"This export has {len(gradebooks)} classes, and none has a student of this course. Waymark goes by names: "
            "look whether this is the export of your school and term.",
        )
    return CourseClasses(
        gradebooks=tuple(gradebooks[place] for place in likely[:MOST_SHOWN]),
        strange=len(gradebooks) - len(likely),
        not_shown=max(0, len(likely) - MOST_SHOWN),
    )
