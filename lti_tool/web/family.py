"""The family's page: the own child's report, on screen and on a sheet of paper."""

from __future__ import annotations

from flask import render_template, url_for

from lti_tool.launch.roles import Role
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.family_report import children
from lti_tool.usecases.family_report import report as child_report
from lti_tool.web.course import Course, open_course
from lti_tool.web.i18n import LANGUAGES, page_language, words
from lti_tool.web.i18n import gettext as _
from lti_tool.web.session import allow, current_launch, launch_blueprint

family = launch_blueprint("family", __name__)
_mentors = allow(Role.MENTOR)


@family.get("/family")
@_mentors
def home() -> str:
    """The report of the only child, or of the first of several; the page leads to the others."""
    with open_course(write=True) as course:
        own = _own_children(course)
        if not own:
            return _nothing(
                _("The school has not yet said which child in this course is yours. Please ask the school.")
            )
        return _report(course, own[0][0], own)


@family.get("/family/<int:person_key>")
@_mentors
def report(person_key: int) -> str:
    """The report of one child; of somebody else's there is none."""
    with open_course(write=True) as course:
        return _report(course, person_key, _own_children(course))


def _own_children(course: Course) -> tuple[tuple[int, str], ...]:
    return children(
        course.session,
        context=course.context,
        mentee_user_ids=current_launch().mentee_user_ids,
        words=words(),
    )


def _report(course: Course, person_key: int, own: tuple[tuple[int, str], ...]) -> str:
    if adopted_map(course.session, course.context) is None:
        return _nothing(_("The teacher is still setting up this course. Please look again in a few days."))
    view = child_report(
        course.session,
        context=course.context,
        person_key=person_key,
        mentee_user_ids=current_launch().mentee_user_ids,
        now=course.now,
        words=words(),
    )
    return render_template(
        "family/report.html",
        view=view,
        children=own,
        person_key=person_key,
        course_title=course.context.title,
        languages=LANGUAGES,
        letter=url_for("letters.of_own_child", person_key=person_key, lang=page_language()),
    )


def _nothing(reason: str) -> str:
    return render_template("family/none.html", reason=reason, languages=LANGUAGES)
