"""The people's pages, all at once."""

from __future__ import annotations

from flask import Flask

from lti_tool.models.notes import LONGEST_NOTE
from lti_tool.web.about_me import about_me
from lti_tool.web.accommodations import accommodations
from lti_tool.web.canvas_sign_in import canvas_sign_in
from lti_tool.web.channels import channels
from lti_tool.web.class_map import class_map
from lti_tool.web.course_copy import course_copy
from lti_tool.web.diagnostic import diagnostic
from lti_tool.web.draft_entries import draft_entries
from lti_tool.web.family import family
from lti_tool.web.family_links import family_links
from lti_tool.web.gradebook_connection import gradebook_connection
from lti_tool.web.gradebook_export import gradebook_export
from lti_tool.web.gradebook_import import gradebook_import
from lti_tool.web.groups import groups
from lti_tool.web.letters import letters
from lti_tool.web.messages import messages
from lti_tool.web.outcomes import outcomes
from lti_tool.web.pace import pace
from lti_tool.web.picker import picker
from lti_tool.web.policy import policy
from lti_tool.web.results import results
from lti_tool.web.review import review
from lti_tool.web.skill_map import skill_map
from lti_tool.web.staff import staff
from lti_tool.web.standing_wishes import standing_wishes
from lti_tool.web.student import student
from lti_tool.web.student_notes import student_notes
from lti_tool.web.students import students
from lti_tool.web.teacher import teacher
from lti_tool.web.together import together
from lti_tool.web.week import week


def init_pages(app: Flask) -> None:
    """Add the pages of teachers, students, families and of the picker to `app`."""
    # Instead of `url_for`, which a page with five files would ask as many times for what never changes.
    app.add_template_global(lambda filename: f"{app.static_url_path}/{filename}", "static")
    app.jinja_env.globals["longest_note"] = LONGEST_NOTE
    for blueprint in (
        teacher,
        accommodations,
        students,
        class_map,
        student_notes,
        standing_wishes,
        staff,
        week,
        messages,
        letters,
        results,
        pace,
        policy,
        course_copy,
        skill_map,
        draft_entries,
        gradebook_import,
        gradebook_connection,
        outcomes,
        gradebook_export,
        canvas_sign_in,
        channels,
        groups,
        together,
        student,
        about_me,
        diagnostic,
        family,
        family_links,
        picker,
        review,
    ):
        app.register_blueprint(blueprint)
