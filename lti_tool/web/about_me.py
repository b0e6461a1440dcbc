"""The student's page "About me": interests, goals and the goal for this week, to change or empty at any time."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import Role
from lti_tool.usecases import about_me as telling
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.weekly_goal import MOST_STEPS, set_goal
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.session import allow, launch_blueprint

about_me = launch_blueprint("about_me", __name__)
_learners = allow(Role.LEARNER)


@about_me.get("/me")
@_learners
def show() -> str:
    """What the student has said, and what there is to choose from."""
    with open_course() as course:
        if adopted_map(course.session, course.context) is None:
            return render_template("student/waiting.html")
        view = telling.about_me(course.session, context=course.context, learner=course.person, now=course.now)
    return render_template(
        "student/about_me.html",
        view=view,
        notice=notice(),
        most_interests=telling.MOST_INTERESTS,
        longest_goal=telling.LONGEST_GOAL,
        most_steps=MOST_STEPS,
        format_day=words().format_date,
    )


@about_me.post("/me")
@_learners
def say() -> BaseResponse:
    """Keep interests and goals."""
    with open_course(write=True) as course:
        telling.say_about_me(
            course.session,
            context=course.context,
            learner=course.person,
            interests=request.form.getlist("interest"),
            goal=request.form.get("goal", ""),
            favourite_goal=request.form.get("favourite_goal", ""),
            now=course.now,
        )
    return redirect(url_for("about_me.show", done="told"), 303)


@about_me.post("/me/week")
@_learners
def set_week() -> BaseResponse:
    """Set, change or take back the goal for this week."""
    steps = request.form.get("steps", default=-1, type=int)
    with open_course(write=True) as course:
        set_goal(course.session, context=course.context, learner=course.person, steps=steps, now=course.now)
    return redirect(url_for("about_me.show", done="week_set" if steps else "week_unset"), 303)


@about_me.post("/me/empty")
@_learners
def forget() -> BaseResponse:
    """Empty everything that the student said here."""
    with open_course(write=True) as course:
        telling.forget_about_me(course.session, context=course.context, learner=course.person, now=course.now)
    return redirect(url_for("about_me.show", done="forgotten"), 303)
