"""The way on from a launch: each message and role begins on its own page."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from urllib.parse import quote, unquote

from flask import Response, current_app, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import STAFF, Role, is_staff
from lti_tool.launch.sessions import OpenSession
from lti_tool.launch.vocab import DEEP_LINKING_REQUEST, SUBMISSION_REVIEW_REQUEST
from lti_tool.models.launches import LaunchSession
from lti_tool.usecases.reading import reading_is_due, request_reading
from lti_tool.web.browser import COOKIE
from lti_tool.web.course import open_course
from lti_tool.web.i18n import gettext as _
from lti_tool.web.services import services
from lti_tool.web.session import JUST_OPENED, PAGE_ADDRESS, current_launch, launch_blueprint, roles_now

landing = launch_blueprint("landing", __name__, for_anybody=True)


@landing.get("/")
def lead_on() -> BaseResponse:
    """From the launch to the page that this message and role begin with."""
    return redirect(way_on(), 302)


def way_on() -> str:
    """The address of the page that the present launch begins with."""
    current = current_launch()
    page = _first_page(current, roles_now())
    if page == "today" and not current.is_masquerading:
        _read_again_if_due()
    return quote(f"/l/{current.public_id}/{page}")


def first_page(opened: OpenSession, browser_token: str) -> Response:
    """The page that the present launch begins with, made as if this browser had just asked for it.

    A redirect there would let everybody wait for one more round trip. `Content-Location` says which page it is
    (RFC 9110 section 8.7), and the page's script puts that address in the place of the launch's (frame.js),
    so that a reload asks for the page again and does not send the launch a second time.
    """
    address = way_on()
    asked = request.environ | {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": unquote(address, "latin-1"),  # the spelling of WSGI (PEP 3333)
        "QUERY_STRING": "",
        "HTTP_COOKIE": f"{COOKIE}={browser_token}",
        "CONTENT_TYPE": "",
        "CONTENT_LENGTH": "0",
        "wsgi.input": BytesIO(),
        PAGE_ADDRESS: address,
    }
    # Who acts as somebody else has the roles of that person's own launch, and of the staff somebody may only look.
    if not opened.launch.is_masquerading and not is_staff(Role(role) for role in opened.launch.roles):
        asked[JUST_OPENED] = opened
    with current_app.request_context(asked):
        response = current_app.full_dispatch_request()
    response.headers["Content-Location"] = address
    return response


@landing.get("/welcome")
def welcome() -> str:
    """For people whom no other page is for: why that is, and what to do now."""
    current, roles = current_launch(), roles_now()
    if current.person_id is None:
        reason = "anonymous"
    elif current.context_id is None:
        reason = "no-course"
    else:
        reason = "no-page"
    labels = {
        Role.INSTRUCTOR: _("teacher"),
        Role.TEACHING_ASSISTANT: _("teaching assistant"),
        Role.LEARNER: _("student"),
        Role.MENTOR: _("family"),
        Role.CONTENT_DEVELOPER: _("content developer"),
        Role.ADMINISTRATOR: _("course administrator"),
    }
    return render_template(
        "lti/welcome.html",
        reason=reason,
        role_labels=[label for role, label in labels.items() if role in roles],
        back=current.return_url,
    )


def _first_page(current: LaunchSession, roles: frozenset[Role]) -> str:
    if current.person_id is None or current.context_id is None:
        return "welcome"
    if current.message_type == DEEP_LINKING_REQUEST:
        return "pick"
    if current.message_type == SUBMISSION_REVIEW_REQUEST and roles & {*STAFF, Role.LEARNER}:
        return "review"
    if current.message_type == SUBMISSION_REVIEW_REQUEST:
        # A mentor gets the summary, "not necessarily … content submissions" (LTI 1.3 Core, section 5.4.3).
        return f"family/{current.for_person_id}"
    return _first_page_of_role(current, roles)


def _first_page_of_role(current: LaunchSession, roles: frozenset[Role]) -> str:
    if roles & STAFF:
        return "today"
    if Role.LEARNER in roles:
        return f"activity/{current.activity_id}" if current.activity_id else "next"
    return "family" if Role.MENTOR in roles else "welcome"


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
