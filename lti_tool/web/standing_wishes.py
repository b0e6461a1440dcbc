"""A teacher's wishes that hold beyond one step: pin an activity, open a skill, lift any of them."""

from __future__ import annotations

from datetime import date

from flask import redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import STAFF
from lti_tool.usecases import standing_wishes as wishes
from lti_tool.web.course import open_course
from lti_tool.web.fields import day
from lti_tool.web.services import services
from lti_tool.web.session import allow, launch_blueprint

standing_wishes = launch_blueprint("standing_wishes", __name__)
_staff = allow(*STAFF)


@standing_wishes.post("/students/<int:person_key>/pin")
@_staff
def pin(person_key: int) -> BaseResponse:
    """This activity next, for the student or for everybody in the class."""
    activity_id, until = request.form.get("activity", ""), _day()
    for_all = request.form.get("for") == "class"
    number = 1
    with open_course(write=True) as course:
        if for_all:
            number = wishes.pin_for_all(
                course.session,
                context=course.context,
                activity_id=activity_id,
                until=until,
                teacher=course.person,
                now=course.now,
            )
        else:
            wishes.pin(
                course.session,
                context=course.context,
                person_key=person_key,
                activity_id=activity_id,
                until=until,
                teacher=course.person,
                now=course.now,
            )
    return _back(person_key, "pinned_for_all" if for_all else "pinned", number)


@standing_wishes.post("/students/<int:person_key>/waive")
@_staff
def waive(person_key: int) -> BaseResponse:
    """Let the student begin with what rests on a skill."""
    with open_course(write=True) as course:
        wishes.waive(
            course.session,
            context=course.context,
            person_key=person_key,
            skill_id=request.form.get("skill", ""),
            teacher=course.person,
            now=course.now,
        )
    return _back(person_key, "waived")


@standing_wishes.post("/wishes/<int:key>/lift")
@_staff
def lift(key: int) -> BaseResponse:
    """End a pin, a veto or a waiver."""
    with open_course(write=True) as course:
        person_key = wishes.lift(
            course.session, context=course.context, key=key, teacher=course.person, now=course.now
        )
    return _back(person_key, "lifted")


def _day() -> date | None:
    return day(
        request.form.get("until", ""),
        code="pin.day",
        message="Choose a day, written like 2026-09-14, or leave it empty.",
    )


def _back(person_key: int, code: str, number: int | None = None) -> BaseResponse:
    services().request_delivery()
    return redirect(
        url_for("teacher.student", person_key=person_key, done=code, n=number, _anchor="wishes"), 303
    )
