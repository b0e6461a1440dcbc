"""Pace: the goals' dates and who will be there, what another date would change; and coverage of the standards."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE, STAFF
from lti_tool.usecases.adopted_map import adopted_map, required_map
from lti_tool.usecases.goal_dates import OF_SKILL, read_dates, set_dates
from lti_tool.usecases.look_at_pace import look_at_pace
from lti_tool.usecases.preview_dates import preview_dates
from lti_tool.usecases.standards import look_at_standards, standards_table
from lti_tool.web.course import Course, open_course
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.session import allow, is_in_charge, launch_blueprint
from lti_tool.web.spreadsheet import csv_response

pace = launch_blueprint("pace", __name__)
_staff = allow(*STAFF)


@pace.get("/pace")
@_staff
def show() -> str:
    """Every goal with its date and the class's way there."""
    with open_course() as course:
        view = (
            look_at_pace(course.session, context=course.context, now=course.now, words=words())
            if _is_set_up(course)
            else None
        )
    return render_template(
        "teacher/pace.html",
        view=view,
        notice=notice(),
        may_set_dates=is_in_charge(),
    )


@pace.get("/pace/preview")
@allow(*IN_CHARGE)
def preview() -> str:
    """What these dates would change. The form only asks, so it is a question in the address."""
    with open_course() as course:
        adopted = required_map(course.session, course.context)
        dates = read_dates(_asked(), adopted.skill_map, now=course.now)
        view = preview_dates(
            course.session, context=course.context, dates=dates, now=course.now, words=words()
        )
    return render_template("teacher/pace_preview.html", view=view)


@pace.post("/pace/dates")
@allow(*IN_CHARGE)
def set_() -> BaseResponse:
    """From now on these dates hold."""
    with open_course(write=True) as course:
        adopted = required_map(course.session, course.context)
        dates = read_dates(request.form, adopted.skill_map, now=course.now)
        set_dates(course.session, context=course.context, dates=dates)
    return redirect(url_for(".show", done="dates_set"), 303)


@pace.get("/standards")
@_staff
def standards() -> str:
    """Every standard with what the course has for it, gaps first."""
    with open_course() as course:
        view = (
            look_at_standards(course.session, context=course.context, now=course.now, words=words())
            if _is_set_up(course)
            else None
        )
    return render_template("teacher/standards.html", view=view)


@pace.get("/standards/save")
@_staff
def save_standards() -> Response:
    """The same for a spreadsheet: numbers of the class, nothing about a person."""
    with open_course() as course:
        view = look_at_standards(course.session, context=course.context, now=course.now, words=words())
    header, rows = standards_table(view, words())
    return csv_response(f"waymark-standards-{course.now:%Y-%m-%d}.csv", header, rows)


def _asked() -> dict[str, str]:
    """The fields of the form; its button "try" gives one goal another date, and the other dates stay."""
    fields = request.args.to_dict()
    skill_id, _, day = fields.pop("try", "").rpartition(":")
    return fields | ({OF_SKILL + skill_id: day} if skill_id else {})


def _is_set_up(course: Course) -> bool:
    return adopted_map(course.session, course.context) is not None
