"""A teacher's answer in a copied course: take over what its original has, start fresh, or give it back."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE
from lti_tool.usecases import copy_course
from lti_tool.web.course import open_course
from lti_tool.web.services import services
from lti_tool.web.session import allow, launch_blueprint

course_copy = launch_blueprint("course_copy", __name__)
# Teaching assistants see the offer; those who answer for the course accept it, as they do with any set-up.
_may_set_up = allow(*IN_CHARGE)


@course_copy.post("/copy/take")
@_may_set_up
def take() -> BaseResponse:
    """Take over path, tags and settings; the course is read again."""
    with open_course(write=True) as course:
        copy_course.take_over(course.session, context=course.context, teacher=course.person, now=course.now)
        context_key = course.context.id
    services().request_sync(context_key)
    return redirect(url_for("teacher.today", done="copied"), 303)


@course_copy.post("/copy/decline")
@_may_set_up
def decline() -> BaseResponse:
    """Start fresh."""
    with open_course(write=True) as course:
        copy_course.decline(course.session, context=course.context)
    return redirect(url_for("teacher.setup", done="copy_declined"), 303)


@course_copy.post("/copy/take-back")
@_may_set_up
def take_back() -> BaseResponse:
    """Undo taking over, before anything rests on it."""
    with open_course(write=True) as course:
        copy_course.take_back(course.session, context=course.context)
    return redirect(url_for("teacher.today", done="copy_returned"), 303)
