"""The teacher's side of families without an account: links to one report, for a student and for the class.

Teaching assistants see which families have a link; those in charge of the course make and end links.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE, STAFF
from lti_tool.usecases.classroom import learner_of
from lti_tool.usecases.family_links import end_all_links, end_link, make_link
from lti_tool.usecases.family_overview import families, family_of
from lti_tool.web.course import open_course
from lti_tool.web.family_cookie import PATH
from lti_tool.web.family_pages import chosen_language
from lti_tool.web.i18n import LANGUAGES, words
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, is_in_charge, launch_blueprint

family_links = launch_blueprint("family_links", __name__)
_staff = allow(*STAFF)


def address_of(url_token: str) -> str:
    """The whole address of a link."""
    return f"{services().settings.address}{PATH}/{url_token}"


@family_links.get("/families")
@_staff
def show() -> str:
    """Every family: a link that lives, no reports wished, or nothing yet."""
    with open_course() as course:
        rows = families(course.session, context=course.context, now=course.now, words=words())
    return render_template(
        "teacher/families.html",
        rows=rows,
        links=sum(len(row.links) for row in rows),
        may_give=is_in_charge(),
        languages=LANGUAGES,
        notice=notice(),
    )


@family_links.post("/students/<int:person_key>/family-link")
@allow(*IN_CHARGE)
def make(person_key: int) -> str:
    """Make a link and show it, this once."""
    language = chosen_language() if request.form.get("language") else ""
    with open_course(write=True) as course:
        person = learner_of(course.session, course.context, person_key)
        link = make_link(
            course.session,
            context=course.context,
            person=person,
            teacher=course.person,
            now=course.now,
            language=language,
        )
        row = family_of(
            course.session, context=course.context, person_key=person_key, now=course.now, words=words()
        )
    return render_template(
        "teacher/family_link.html",
        row=row,
        address=address_of(link.url_token),
        until=link.expires_at.date(),
    )


@family_links.post("/families/links/<int:link_key>/end")
@allow(*IN_CHARGE)
def end(link_key: int) -> BaseResponse:
    """Take one link back; on to the page where it was pressed."""
    with open_course(write=True) as course:
        person_key = end_link(
            course.session, context=course.context, link_key=link_key, teacher=course.person, now=course.now
        )
    if request.form.get("page") == "student":
        return redirect(
            url_for("teacher.student", person_key=person_key, done="family_link_ended", _anchor="family"), 303
        )
    return redirect(url_for("family_links.show", done="family_link_ended"), 303)


@family_links.post("/families/end-all")
@allow(*IN_CHARGE)
def end_all() -> BaseResponse:
    """Take back every link of the class."""
    with open_course(write=True) as course:
        number = end_all_links(course.session, context=course.context, teacher=course.person, now=course.now)
    return redirect(url_for("family_links.show", done="family_links_ended", n=number), 303)
