"""The family's page in the LMS: the own child's report, on screen and on a sheet of paper, and what the family wishes."""

from __future__ import annotations

from flask import redirect, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch import audit
from lti_tool.launch.roles import Role
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.family_preferences import choose_language, languages, opted_out
from lti_tool.usecases.family_report import children, own_child, report_of
from lti_tool.usecases.stop_reports import stop_reports, want_reports_again
from lti_tool.web.course import Course, open_course
from lti_tool.web.family_pages import Ways, chosen_language, nothing_page, report_page, stopped_page
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import page_language, prefer_language, words
from lti_tool.web.session import allow, current_launch, launch_blueprint

family = launch_blueprint("family", __name__)
_mentors = allow(Role.MENTOR)


@family.get("/family")
@_mentors
def home() -> str:
    """The report of the only child, or of the first of several; the page leads to the others."""
    with open_course(write=True) as course:
        own = _own_children(course)
        if not own:
            return nothing_page(
                _("The school has not yet said which child in this course is yours. Please ask the school.")
            )
        return _report(course, own[0][0], own)


@family.get("/family/<int:person_key>")
@_mentors
def report(person_key: int) -> str:
    """The report of one child; of somebody else's there is none."""
    with open_course(write=True) as course:
        return _report(course, person_key, _own_children(course))


@family.post("/family/<int:person_key>/language")
@_mentors
def language(person_key: int) -> BaseResponse:
    """The family reads this language from now on, about each of its children."""
    chosen = chosen_language()
    with open_course(write=True) as course:
        _require_own(course, person_key)
        own = [key for key, _name in _own_children(course)]
        choose_language(
            course.session, context=course.context, person_keys=own, language=chosen, now=course.now
        )
    return _back_to(person_key)


@family.post("/family/<int:person_key>/stop")
@_mentors
def stop(person_key: int) -> BaseResponse:
    """No more reports about this child."""
    with open_course(write=True) as course:
        _require_own(course, person_key)
        stop_reports(
            course.session,
            context=course.context,
            person_key=person_key,
            now=course.now,
            actor=audit.person_name(course.person.id),
        )
    return _back_to(person_key)


@family.post("/family/<int:person_key>/again")
@_mentors
def again(person_key: int) -> BaseResponse:
    """Reports about this child are welcome again."""
    with open_course(write=True) as course:
        _require_own(course, person_key)
        want_reports_again(
            course.session,
            context=course.context,
            person_key=person_key,
            now=course.now,
            actor=audit.person_name(course.person.id),
        )
    return _back_to(person_key)


def _own_children(course: Course) -> tuple[tuple[int, str], ...]:
    return children(
        course.session,
        context=course.context,
        mentee_user_ids=current_launch().mentee_user_ids,
        words=words(),
    )


def _require_own(course: Course, person_key: int) -> None:
    own_child(
        course.session,
        context=course.context,
        person_key=person_key,
        mentee_user_ids=current_launch().mentee_user_ids,
    )


def _report(course: Course, person_key: int, own: tuple[tuple[int, str], ...]) -> str:
    child = own_child(
        course.session,
        context=course.context,
        person_key=person_key,
        mentee_user_ids=current_launch().mentee_user_ids,
    )
    prefer_language(languages(course.session, course.context).get(child.id, ""))
    ways = Ways(
        language=url_for("family.language", person_key=child.id),
        stop=url_for("family.stop", person_key=child.id),
        again=url_for("family.again", person_key=child.id),
        letter=url_for("letters.of_own_child", person_key=child.id, lang=page_language()),
    )
    if child.id in opted_out(course.session, course.context):
        return stopped_page(ways=ways, person_key=child.id, children=own)
    if adopted_map(course.session, course.context) is None:
        return nothing_page(
            _("The teacher is still setting up this course. Please look again in a few days.")
        )
    view = report_of(course.session, context=course.context, child=child, now=course.now, words=words())
    return report_page(view, context=course.context, ways=ways, person_key=child.id, children=own)


def _back_to(person_key: int) -> BaseResponse:
    return redirect(url_for("family.report", person_key=person_key), 303)
