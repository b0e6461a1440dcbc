"""All students on one page, found without a script.

Names never stand in addresses, which end up in logs and histories: the class is narrowed down by the letter of the
family name and by bucket, and a student is opened by number.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import STAFF
from lti_tool.usecases.students_page import students_page
from lti_tool.web.course import open_course
from lti_tool.web.fields import whole_number
from lti_tool.web.i18n import words
from lti_tool.web.session import allow, launch_blueprint

students = launch_blueprint("students", __name__)


@students.get("/students")
@allow(*STAFF)
def show() -> str | BaseResponse:
    """Everybody, or those of a letter or bucket; with the number of a student it leads to that student's page."""
    person_key = whole_number(request.args.get("student", ""))
    if person_key is not None:
        return redirect(url_for("teacher.student", person_key=person_key), 303)
    with open_course() as course:
        view = students_page(course.session, context=course.context, now=course.now, words=words())
    letter, bucket = request.args.get("letter", ""), request.args.get("bucket", "")
    letter = letter if letter in view.letters else ""
    bucket = bucket if bucket in dict(view.buckets) else ""
    return render_template(
        "teacher/students.html",
        view=view,
        rows=[row for row in view.rows if letter in ("", row.letter) and bucket in ("", row.bucket_key)],
        letter=letter,
        bucket=bucket,
    )
