"""Setup → Policy: the settings of a course with a preview of who moves; and how far the course goes."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable
from lti_tool.launch.roles import IN_CHARGE, STAFF
from lti_tool.models.courses import Mode
from lti_tool.pathways.choices import Choices
from lti_tool.usecases.course_policy import look_at_policy, restore_policy, save_policy
from lti_tool.usecases.course_rules import course_rules
from lti_tool.usecases.policy_form import read_choices
from lti_tool.usecases.preview_policy import preview_policy
from lti_tool.usecases.roll_out import change_mode, look_at_roll_out
from lti_tool.web.course import Course, open_course
from lti_tool.web.fields import whole_number
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, is_in_charge, launch_blueprint

policy = launch_blueprint("policy", __name__)
_staff = allow(*STAFF)


@policy.get("/policy")
@_staff
def show() -> str:
    """What holds, and how it came to that."""
    with open_course() as course:
        view = look_at_policy(course.session, context=course.context, words=words())
    return render_template(
        "teacher/policy.html",
        view=view,
        notice=notice(),
        may_change=is_in_charge(),
    )


@policy.get("/policy/preview")
@allow(*IN_CHARGE)
def preview() -> str:
    """Who would move. The form only asks, so it is a question in the address."""
    with open_course() as course:
        view = preview_policy(
            course.session,
            context=course.context,
            own=read_choices(request.args, defaults=_school_choices(course)),
            now=course.now,
            words=words(),
        )
    return render_template(
        "teacher/policy_preview.html", view=view, seen=whole_number(request.args.get("seen", ""))
    )


@policy.post("/policy")
@allow(*IN_CHARGE)
def save() -> BaseResponse:
    """From now on this holds."""
    with open_course(write=True) as course:
        number = save_policy(
            course.session,
            context=course.context,
            own=read_choices(request.form, defaults=_school_choices(course)),
            seen=_version("seen"),
            person=course.person,
            now=course.now,
        )
    services().request_delivery()
    return redirect(url_for(".show", done="policy_saved", n=number), 303)


@policy.post("/policy/restore")
@allow(*IN_CHARGE)
def restore() -> BaseResponse:
    """An earlier version holds again."""
    with open_course(write=True) as course:
        number = restore_policy(
            course.session,
            context=course.context,
            number=_version("version"),
            seen=_version("seen"),
            person=course.person,
            now=course.now,
        )
    services().request_delivery()
    return redirect(url_for(".show", done="policy_saved", n=number), 303)


@policy.get("/roll-out")
@_staff
def roll_out() -> str:
    """How far the course goes, and what the next step of that would do."""
    with open_course() as course:
        view = look_at_roll_out(course.session, context=course.context, now=course.now, words=words())
    return render_template(
        "teacher/roll_out.html", view=view, modes=list(Mode), notice=notice(), may_change=is_in_charge()
    )


@policy.post("/roll-out")
@allow(*IN_CHARGE)
def set_mode() -> BaseResponse:
    """Go so far from now on."""
    chosen = request.form.get("mode", "")
    if chosen not in set(Mode):
        raise Fixable("mode.unknown", "Choose one of the three ways to work that the page shows.")
    with open_course(write=True) as course:
        number = change_mode(
            course.session, context=course.context, mode=Mode(chosen), person=course.person, now=course.now
        )
    services().request_delivery()
    return redirect(url_for(".roll_out", done=f"mode_{chosen}", n=number), 303)


def _school_choices(course: Course) -> Choices:
    return course_rules(course.session, course.context).school


def _version(field: str) -> int:
    """The number of a version; none that there is where the field says none."""
    number = whole_number(request.form.get(field, ""))
    return -1 if number is None else number
