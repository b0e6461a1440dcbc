"""Who of the staff looks on only: said by those who answer for the course."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE
from lti_tool.usecases.onlookers import set_looks_on, staff_of
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.session import allow, launch_blueprint

staff = launch_blueprint("staff", __name__)
_may_set_up = allow(*IN_CHARGE)


@staff.get("/setup/staff")
@_may_set_up
def show() -> str:
    """The staff of the course."""
    with open_course() as course:
        members = staff_of(course.session, context=course.context, reader=course.person, words=words())
        title = course.context.title
    return render_template("teacher/staff.html", members=members, course_title=title, notice=notice())


@staff.post("/setup/staff/<int:person_key>")
@_may_set_up
def change(person_key: int) -> BaseResponse:
    """A colleague looks on only, or decides again."""
    looks_on = request.form.get("looks_on") == "yes"
    with open_course(write=True) as course:
        set_looks_on(
            course.session,
            context=course.context,
            person_key=person_key,
            looks_on=looks_on,
            teacher=course.person,
            now=course.now,
        )
    return redirect(url_for(".show", done="looks_on" if looks_on else "decides"), 303)
