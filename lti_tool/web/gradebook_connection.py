"""Setup → Bring in the gradebook → Connect: Waymark reads the whole gradebook by itself from then on."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.grades.native_apis.choice import api_of
from lti_tool.launch.roles import IN_CHARGE
from lti_tool.usecases import connect_gradebook, sign_in_at_canvas
from lti_tool.usecases.outcomes import look_at_outcomes
from lti_tool.usecases.reading import look_at_sync
from lti_tool.web.canvas_sign_in import signing_in, ticket
from lti_tool.web.course import open_course
from lti_tool.web.gradebook_import import PRODUCTS, column_reasons
from lti_tool.web.i18n import gettext as _
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, current_launch, launch_blueprint

gradebook_connection = launch_blueprint("gradebook_connection", __name__)
# As with any set-up: those who answer for the course.
_may_set_up = allow(*IN_CHARGE)


@gradebook_connection.get("/setup/gradebook/connection")
@_may_set_up
def show() -> str:
    """How the connection goes, or how to make one."""
    with open_course() as course:
        view = connect_gradebook.look_at_connection(course.session, course.context)
        outcomes = look_at_outcomes(course.session, course.context)
        sync = look_at_sync(course.context)
    return render_template(
        "teacher/gradebook_connection.html",
        view=view,
        outcomes=outcomes,
        sync=sync,
        product=PRODUCTS.get(view.product, "") if view else "",
        ways=_ways(view.product) if view else (),
        whose=_whose(view.way) if view else "",
        ticket=ticket() if view and view.may_sign_in else "",
        column_reasons=column_reasons(),
        notice=notice(),
    )


@gradebook_connection.post("/setup/gradebook/connection")
@_may_set_up
def connect() -> BaseResponse:
    """Keep the credential and read the course with it, in the background."""
    with open_course(write=True) as course:
        connect_gradebook.connect(
            course.session,
            context=course.context,
            teacher=course.person,
            credential=request.form.get("credential", ""),
            key=request.form.get("key", ""),
            course=request.form.get("course", ""),
            secret=services().settings.secret_key.get_secret_value(),
            now=course.now,
        )
        context_key = course.context.id
    services().request_sync(context_key)
    return redirect(url_for(".show"), 303)


@gradebook_connection.post("/setup/gradebook/connection/end")
@_may_set_up
def disconnect() -> BaseResponse:
    """Forget the credential, at Canvas too where somebody agreed to it there; what was read stays."""
    gone = sign_in_at_canvas.end(signing_in(), current_launch().context_id or 0)
    done = "gradebook_disconnected" if gone else "gradebook_not_revoked"
    return redirect(url_for("teacher.setup", done=done), 303)


def _whose(way: str) -> str:
    """Whose credential is used."""
    return {
        "school": _("Connected by your school"),
        "signed_in": _("Connected with a teacher’s Canvas account"),
        "pasted": _("Connected with a token that a teacher pasted"),
    }.get(way, "")


def _ways(product: str) -> tuple[str, ...]:
    """Where the credential comes from, step by step."""
    ways = {
        "canvas": (
            _("In Canvas, open Account → Settings and choose “New access token”."),
            _("Write “Waymark” as its purpose and let it end with the school year."),
            _("Copy the token that Canvas shows once, and paste it here."),
        ),
        "moodle": (
            _(
                "Ask the person who runs your Moodle for a web service token of an account that is a teacher of this "
                "course. To read the gradebook, its service needs: %(functions)s.",
                functions=", ".join(sorted(api_of("moodle").needs)),
            ),
            _("Paste the token here."),
        ),
        "schoology": (
            _("Ask the person who runs Schoology at your school for a key and a secret of the API."),
            _("Paste both here, and the number that stands in the address of this course."),
        ),
    }
    return ways.get(product, ())
