"""The class's week in five lines, which is also the sheet for a meeting of co-teachers."""

from __future__ import annotations

from flask import render_template

from lti_tool.launch.roles import STAFF
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.class_week import class_week
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.session import allow, launch_blueprint

week = launch_blueprint("week", __name__)


@week.get("/week")
@allow(*STAFF)
def show() -> str:
    """What changed in the last seven days."""
    with open_course() as course:
        view = (
            class_week(course.session, context=course.context, now=course.now, words=words())
            if adopted_map(course.session, course.context)
            else None
        )
    return render_template("teacher/week.html", view=view)
