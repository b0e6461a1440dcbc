"""The student's pages: the next step, an activity, a check."""

from __future__ import annotations

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable
from lti_tool.launch.roles import Role
from lti_tool.pathways.levels import Level
from lti_tool.usecases import activity as activities
from lti_tool.usecases import next_step, own_challenge, take_check
from lti_tool.usecases.adopted_map import adopted_map, is_set_up
from lti_tool.usecases.question_views import QuestionView
from lti_tool.usecases.take_check import AttemptView
from lti_tool.web.answers import places_of, response_to
from lti_tool.web.course import Course, open_course
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, current_launch, launch_blueprint

student = launch_blueprint("student", __name__)
_learners = allow(Role.LEARNER)


@student.get("/next", endpoint="next")
@_learners
def next_page() -> str:
    """One step, two alternatives, wins and skills; with `challenge` also what would come first at each setting."""
    with services().database.connect() as connection:
        if not is_set_up(connection, current_launch().context_id):
            return render_template("student/waiting.html")
    with open_course(write=True) as course:
        view = next_step.next_step(
            course.session,
            context=course.context,
            learner=course.person,
            now=course.now,
            words=words(),
            look_at_challenge=bool(request.args.get("challenge")),
        )
    if view is None:
        return render_template("student/waiting.html", only_looks=True)
    return render_template(
        "student/next.html",
        view=view,
        notice=notice(),
        started=[skill for skill in view.skills if skill.level is not Level.NOT_STARTED],
        waiting=[skill for skill in view.skills if skill.level is Level.NOT_STARTED],
    )


@student.post("/next/choose")
@_learners
def choose() -> BaseResponse:
    """The student prefers an alternative."""
    with open_course(write=True) as course:
        next_step.choose(
            course.session,
            context=course.context,
            learner=course.person,
            option=request.form.get("option", default=-1, type=int),
            now=course.now,
        )
    return redirect(url_for("student.next", done="chosen"), 303)


@student.post("/next/challenge")
@_learners
def ask_for() -> BaseResponse:
    """The student asks for easier or harder work."""
    with open_course(write=True) as course:
        effect = own_challenge.ask_for(
            course.session,
            context=course.context,
            learner=course.person,
            setting=request.form.get("challenge", ""),
            now=course.now,
        )
    return redirect(
        url_for("student.next", challenge="look", done=f"challenge_{effect}", _anchor="said"), 303
    )


@student.post("/next/contest")
@_learners
def contest() -> BaseResponse:
    """“I know this already”: straight to the check that settles it."""
    with open_course(write=True) as course:
        attempt_id = activities.contest(
            course.session, context=course.context, learner=course.person, now=course.now
        )
    return redirect(url_for("student.check", attempt_id=attempt_id), 303)


@student.get("/activity/<activity_id>")
@_learners
def activity(activity_id: str) -> str:
    """What to do, and where."""
    with open_course(write=True) as course:
        if adopted_map(course.session, course.context) is None:
            return render_template("student/waiting.html")
        view = activities.activity_page(
            course.session,
            context=course.context,
            learner=course.person,
            activity_id=activity_id,
            now=course.now,
            words=words(),
            asked_by_launch=activity_id == current_launch().activity_id,
        )
    return render_template(
        "student/activity.html", view=view, course_url=current_launch().return_url, notice=notice()
    )


@student.post("/activity/<activity_id>/start")
@_learners
def start(activity_id: str) -> BaseResponse:
    """Begin: straight to the questions where there are some, else to the instructions."""
    with open_course(write=True) as course:
        attempt_id = activities.start(
            course.session,
            context=course.context,
            learner=course.person,
            activity_id=activity_id,
            now=course.now,
        )
    if attempt_id is None:
        return redirect(url_for("student.activity", activity_id=activity_id), 303)
    return redirect(url_for("student.check", attempt_id=attempt_id), 303)


@student.post("/activity/<activity_id>/done")
@_learners
def done(activity_id: str) -> BaseResponse:
    """The student did something that has no score here."""
    with open_course(write=True) as course:
        activities.mark_done(
            course.session,
            context=course.context,
            learner=course.person,
            activity_id=activity_id,
            now=course.now,
        )
    services().request_delivery()
    return redirect(url_for("student.next", done="finished"), 303)


@student.get("/checks/<attempt_id>")
@_learners
def check(attempt_id: str) -> str:
    """The next open question; with `q` the answer to that one; at the end how it went."""
    with open_course(write=True) as course:
        view, in_gradebook = _attempt(course, attempt_id), course.context.mode.writes
    question = _shown_question(view, request.args.get("q", ""))
    if question is None:
        return render_template(
            "student/result.html", view=view, praise=_praise(view), in_gradebook=in_gradebook
        )
    return _question_page(view, question)


@student.post("/checks/<attempt_id>/answer")
@_learners
def answer(attempt_id: str) -> BaseResponse:
    """Mark one answer and show what to think of it.

    An answer that cannot be read is asked for again where it was given, with what the student wrote.
    """
    question_id = request.form.get("question", "")
    with open_course(write=True) as course:
        view = _attempt(course, attempt_id)
        question = _question(view, question_id)
        try:
            take_check.answer(
                course.session,
                context=course.context,
                learner=course.person,
                attempt_id=attempt_id,
                question_id=question_id,
                response=response_to(question),
                now=course.now,
                words=words(),
            )
        except Fixable as problem:
            if problem.code != "answer.unreadable" or question is None:
                raise
            page = _question_page(view, question, problem=_(problem.message))
            return current_app.make_response((page, problem.status))
    services().request_delivery()
    return redirect(url_for("student.check", attempt_id=attempt_id, q=question_id), 303)


def _attempt(course: Course, attempt_id: str) -> AttemptView:
    return take_check.attempt_page(
        course.session,
        context=course.context,
        learner=course.person,
        attempt_id=attempt_id,
        now=course.now,
        words=words(),
    )


def _question(view: AttemptView, question_id: str) -> QuestionView | None:
    return next((question for question in view.questions if question.id == question_id), None)


def _shown_question(view: AttemptView, asked_for: str) -> QuestionView | None:
    """The question to show: the answered one that was asked for, else the first open one, else none."""
    wanted = _question(view, asked_for)
    if wanted is not None and wanted.answered is not None:
        return wanted
    return next((question for question in view.questions if question.answered is None), None)


def _question_page(view: AttemptView, question: QuestionView, *, problem: str = "") -> str:
    return render_template(
        "student/check.html",
        view=view,
        question=question,
        number=view.questions.index(question) + 1,
        problem=problem,
        given=request.form.getlist("response"),
        places=places_of(question),
    )


def _praise(view: AttemptView) -> str:
    """Kind words for the whole check, true at every result."""
    right = sum(question.answered.fraction for question in view.questions if question.answered)
    if right >= view.total:
        return _("Everything right. Wonderful!")
    if right >= view.total * 0.7:
        return _("Well done!")
    if right >= view.total * 0.4:
        return _("Good work. You are on your way.")
    return _("Thank you for trying. Now we know where to go on.")
