"""The student's first questions: where on the map to begin."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable
from lti_tool.launch.roles import Role
from lti_tool.usecases import take_diagnostic
from lti_tool.usecases.take_diagnostic import DiagnosticView
from lti_tool.web.answers import places_of, response_to
from lti_tool.web.course import Course, open_course
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import words
from lti_tool.web.session import allow, launch_blueprint

diagnostic = launch_blueprint("diagnostic", __name__)
_learners = allow(Role.LEARNER)


@diagnostic.get("/diagnostic")
@_learners
def show() -> str:
    """What the questions are for; then the question that is asked, or the answer to the one in `q`; then what was found."""
    with open_course(write=True) as course:
        view = _view(course, request.args.get("q", ""))
    return _page(view)


@diagnostic.post("/diagnostic")
@_learners
def begin() -> BaseResponse:
    """Begin, or go on."""
    with open_course(write=True) as course:
        take_diagnostic.begin(course.session, context=course.context, learner=course.person, now=course.now)
    return redirect(url_for("diagnostic.show"), 303)


@diagnostic.post("/diagnostic/answer")
@_learners
def answer() -> BaseResponse:
    """Mark one answer; `not_learned` says "I have not learned this yet".

    An answer that cannot be read is asked for again where it was given, with what the student wrote.
    """
    asked = request.form.get("question", "")
    with open_course(write=True) as course:
        view = _view(course, "")
        question = view.question if view else None
        try:
            take_diagnostic.answer(
                course.session,
                context=course.context,
                learner=course.person,
                question=asked,
                response=None if request.form.get("not_learned") else response_to(question),
                now=course.now,
            )
        except Fixable as problem:
            if problem.code != "answer.unreadable":
                raise
            return current_app.make_response((_page(view, problem=_(problem.message)), problem.status))
    return redirect(url_for("diagnostic.show", q=asked), 303)


@diagnostic.post("/diagnostic/stop")
@_learners
def stop() -> BaseResponse:
    """End here; what was answered counts."""
    with open_course(write=True) as course:
        take_diagnostic.stop(course.session, context=course.context, learner=course.person, now=course.now)
    return redirect(url_for("diagnostic.show"), 303)


def _view(course: Course, answered: str) -> DiagnosticView | None:
    return take_diagnostic.diagnostic_page(
        course.session,
        context=course.context,
        learner=course.person,
        answered=answered,
        now=course.now,
        words=words(),
    )


def _page(view: DiagnosticView | None, *, problem: str = "") -> str:
    question = view.question if view else None
    return render_template(
        "student/diagnostic.html",
        view=view,
        question=question,
        problem=problem,
        given=request.form.getlist("response"),
        places=places_of(question) if question else {},
    )
