"""The course's gradebook as a file for a spreadsheet, for those who answer for the course."""

from __future__ import annotations

from flask import Response

from lti_tool.launch.roles import IN_CHARGE
from lti_tool.usecases.gradebook_export import gradebook_table, note_export
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.services import services
from lti_tool.web.session import allow, current_launch, launch_blueprint
from lti_tool.web.spreadsheet import csv_response

gradebook_export = launch_blueprint("gradebook_export", __name__)


@gradebook_export.post("/setup/gradebook/save")
@allow(*IN_CHARGE)
def save() -> Response:
    """Save it. That it was taken is noted, so it is asked for by a form like everything that leaves a trace."""
    with open_course(write=True) as course:
        note_export(course.session, current_launch(), course.now)
        table = gradebook_table(services().database, course.session, course.context, words())
    return csv_response(f"waymark-gradebook-{course.now:%Y-%m-%d}.csv", table.header, table.rows)
