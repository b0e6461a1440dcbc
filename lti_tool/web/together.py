"""Together: what the whole class does on a day, fixed by the teacher. Assistants read it, as they run it, too."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE, STAFF
from lti_tool.usecases import fix_class_activity
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.fix_class_activity import MOST_MINUTES, read_fixed
from lti_tool.usecases.group_plans import MOST_LESSONS
from lti_tool.usecases.together_page import together_page
from lti_tool.web.course import open_course
from lti_tool.web.fields import whole_number
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, is_in_charge, launch_blueprint

together = launch_blueprint("together", __name__)


@together.get("/together")
@allow(*STAFF)
def show() -> str:
    """What is to come and what was."""
    with open_course() as course:
        view = (
            together_page(course.session, context=course.context, now=course.now, words=words())
            if adopted_map(course.session, course.context)
            else None
        )
    return render_template(
        "teacher/together.html",
        view=view,
        may_fix=is_in_charge(),
        most_lessons=MOST_LESSONS,
        most_minutes=MOST_MINUTES,
        notice=notice(),
    )


@together.post("/together")
@allow(*IN_CHARGE)
def place() -> BaseResponse:
    """The class does this on that day."""
    with open_course(write=True) as course:
        fix_class_activity.place(
            course.session,
            context=course.context,
            activity=request.form.get("activity", ""),
            fixed=read_fixed(request.form, now=course.now),
            teacher=course.person,
            now=course.now,
        )
    return _changed("together_fixed")


@together.post("/together/<int:key>/move")
@allow(*IN_CHARGE)
def move(key: int) -> BaseResponse:
    """Another day."""
    with open_course(write=True) as course:
        fix_class_activity.move(
            course.session,
            context=course.context,
            key=key,
            fixed=read_fixed(request.form, now=course.now),
            teacher=course.person,
            now=course.now,
        )
    return _changed("together_moved")


@together.post("/together/<int:key>/remove")
@allow(*IN_CHARGE)
def remove(key: int) -> BaseResponse:
    """Not together."""
    with open_course(write=True) as course:
        fix_class_activity.remove(course.session, context=course.context, key=key, now=course.now)
    return _changed("together_removed")


@together.post("/together/undo")
@allow(*IN_CHARGE)
def undo() -> BaseResponse:
    """Take the latest change back."""
    with open_course(write=True) as course:
        fix_class_activity.undo(
            course.session,
            context=course.context,
            key=whole_number(request.form.get("key", "")) or 0,
            now=course.now,
        )
    return _changed("together_undone")


def _changed(code: str) -> BaseResponse:
    """Steps that gave way are withdrawn from the gradebook now."""
    services().request_delivery()
    return redirect(url_for(".show", done=code), 303)
