"""The way on from a launch: each message and role begins on its own page."""

from __future__ import annotations

from datetime import timedelta

from flask import redirect
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import Role
from lti_tool.launch.vocab import DEEP_LINKING_REQUEST
from lti_tool.usecases.reading import reading_is_due, request_reading
from lti_tool.web.course import open_course
from lti_tool.web.services import services
from lti_tool.web.session import current_launch, launch_blueprint, roles_now

landing = launch_blueprint("landing", __name__)


@landing.get("/")
def lead_on() -> BaseResponse:
    """From the launch to the page that this role begins with."""
    current, roles = current_launch(), roles_now()
    if current.message_type == DEEP_LINKING_REQUEST:
        page = "pick"
    elif roles & {Role.INSTRUCTOR, Role.TEACHING_ASSISTANT, Role.CONTENT_DEVELOPER, Role.ADMINISTRATOR}:
        page = "today"
        _read_again_if_due()
    elif Role.LEARNER in roles:
        page = f"activity/{current.activity_id}" if current.activity_id else "next"
    else:
        page = "family"
    return redirect(f"/l/{current.public_id}/{page}", 302)


def _read_again_if_due() -> None:
    """A teacher's launch reads the course again, in the background, when the last reading has aged."""
    freshness = timedelta(minutes=services().settings.freshness_minutes)
    with open_course(write=True) as course:
        due = reading_is_due(course.context, now=course.now, freshness=freshness)
        if due:
            request_reading(course.context, now=course.now)
        context_key = course.context.id
    if due:
        services().request_sync(context_key)
