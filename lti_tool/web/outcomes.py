"""Setup → Bring in the gradebook → Outcomes: what teachers judge in the LMS, and which skill each of it is."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE
from lti_tool.usecases.outcomes import confirm_outcomes, look_at_outcomes, read_outcomes
from lti_tool.usecases.reading import look_at_sync
from lti_tool.web.course import open_course
from lti_tool.web.form_rows import chosen
from lti_tool.web.i18n import gettext as _
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, launch_blueprint

outcomes = launch_blueprint("outcomes", __name__)
# As with any set-up: those who answer for the course.
_may_set_up = allow(*IN_CHARGE)


@outcomes.get("/setup/gradebook/outcomes")
@_may_set_up
def show() -> str:
    """Every outcome with the skill that it seems to be."""
    with open_course() as course:
        view = look_at_outcomes(course.session, course.context)
        sync = look_at_sync(course.context)
    return render_template(
        "teacher/outcomes.html",
        view=view,
        sync=sync,
        how_labels={"confirmed": _("confirmed"), "code": _("same code"), "title": _("same title")},
        notice=notice(),
    )


@outcomes.post("/setup/gradebook/outcomes")
@_may_set_up
def confirm() -> BaseResponse:
    """Keep which skill each outcome is; every student gets a plan by it."""
    with open_course(write=True) as course:
        confirm_outcomes(
            course.session, context=course.context, skills=chosen(request.form, "skill"), now=course.now
        )
    return redirect(url_for(".show", done="outcomes_confirmed"), 303)


@outcomes.post("/setup/gradebook/outcomes/on")
@_may_set_up
def turn_on() -> BaseResponse:
    """Read outcomes with the gradebook, beginning now."""
    return _read(wanted=True)


@outcomes.post("/setup/gradebook/outcomes/off")
@_may_set_up
def turn_off() -> BaseResponse:
    """Read no outcomes any more; what was read stays."""
    return _read(wanted=False)


def _read(*, wanted: bool) -> BaseResponse:
    with open_course(write=True) as course:
        read_outcomes(course.session, context=course.context, wanted=wanted, now=course.now)
        context_key = course.context.id
    if wanted:
        services().request_sync(context_key)
    return redirect(url_for(".show", done=None if wanted else "outcomes_off"), 303)
