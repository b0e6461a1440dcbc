"""What has to be kept for one student, from the form on the student's page. Its readers and writers are the same people."""

from __future__ import annotations

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE
from lti_tool.usecases.accommodations import read_accommodations, set_accommodations
from lti_tool.web.course import open_course
from lti_tool.web.services import services
from lti_tool.web.session import allow, launch_blueprint

accommodations = launch_blueprint("accommodations", __name__)


@accommodations.post("/students/<int:person_key>/accommodations")
@allow(*IN_CHARGE)
def save(person_key: int) -> BaseResponse:
    """From now on these hold for the student."""
    asked = read_accommodations(
        formats=request.form.getlist("format"),
        modes=request.form.getlist("mode"),
        time_factor=request.form.get("time", ""),
    )
    with open_course(write=True) as course:
        set_accommodations(
            course.session,
            context=course.context,
            person_key=person_key,
            accommodations=asked,
            seen=request.form.get("seen", ""),
            teacher=course.person,
            now=course.now,
        )
    services().request_delivery()
    return redirect(
        url_for(
            "teacher.student", person_key=person_key, done="accommodations_set", _anchor="accommodations"
        ),
        303,
    )
