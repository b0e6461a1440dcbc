"""The page that a submission review opens: one learner's work at one activity, with the answers."""

from __future__ import annotations

from flask import render_template

from lti_tool.launch.reviews import not_found
from lti_tool.launch.roles import STAFF, Role
from lti_tool.usecases.review_submission import review as review_work
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.session import allow, current_launch, launch_blueprint, roles_now

review = launch_blueprint("review", __name__)


@review.get("/review", endpoint="show")
@allow(*STAFF, Role.LEARNER)
def show() -> str:
    """The learner whom this launch is about; learners see only their own work, also after a change of role."""
    launch, staff = current_launch(), not roles_now().isdisjoint(STAFF)
    if launch.for_person_id is None or not (staff or launch.for_person_id == launch.person_id):
        raise not_found()
    with open_course() as course:
        view = review_work(
            course.session,
            context=course.context,
            person_key=launch.for_person_id,
            activity_id=launch.activity_id,
            words=words(),
        )
    return render_template("teacher/review.html" if staff else "student/review.html", view=view)
