"""The teacher's Results page, and the same as a file without small numbers."""

from __future__ import annotations

from flask import Response, render_template

from lti_tool.launch.roles import STAFF
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.course_results import course_results
from lti_tool.usecases.results_file import FEWEST_STUDENTS, results_table
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.session import allow, launch_blueprint
from lti_tool.web.spreadsheet import csv_response

results = launch_blueprint("results", __name__)
_staff = allow(*STAFF)


@results.get("/report")
@_staff
def show() -> str:
    """Does it work here?"""
    with open_course() as course:
        view = (
            course_results(course.session, context=course.context, now=course.now, words=words())
            if adopted_map(course.session, course.context)
            else None
        )
    return render_template("teacher/results.html", view=view)


@results.get("/report.csv")
@_staff
def save() -> Response:
    """The numbers as a file: it may leave the course, so nothing in it is about fewer than five students."""
    with open_course() as course:
        view = course_results(
            course.session,
            context=course.context,
            now=course.now,
            words=words(),
            fewest=FEWEST_STUDENTS,
        )
    header, rows = results_table(view, words())
    return csv_response(f"waymark-results-{course.now:%Y-%m-%d}.csv", header, rows)
