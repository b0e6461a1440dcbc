"""Letters to families as PDF: one child's or the class's for a teacher, the own child's for a family.

That a teacher took letters is noted, so a form asks for them, like for everything that leaves a trace.
"""

from __future__ import annotations

from flask import Response, request

from lti_tool.launch.roles import IN_CHARGE, Role
from lti_tool.letters.typeset import typeset
from lti_tool.usecases.family_letters import class_letters, letter_of, note_letters
from lti_tool.usecases.family_preferences import languages, require_wish
from lti_tool.usecases.family_report import own_child, report_of
from lti_tool.web.course import open_course
from lti_tool.web.family_links import address_of
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import page_language, prefer_language, words, words_of_families
from lti_tool.web.session import allow, current_launch, launch_blueprint

letters = launch_blueprint("letters", __name__)
_MOST_PARTS = 1_000


@letters.post("/letters")
@allow(*IN_CHARGE)
def of_class() -> Response:
    """A page for each child, in the order of the roster."""
    return _for_teacher(None)


@letters.post("/students/<int:person_key>/letter")
@allow(*IN_CHARGE)
def of_student(person_key: int) -> Response:
    """One child's page."""
    return _for_teacher(person_key)


@letters.get("/family/<int:person_key>/letter")
@allow(Role.MENTOR)
def of_own_child(person_key: int) -> Response:
    """The report of the own child, in the language of the page."""
    with open_course(write=True) as course:
        child = own_child(
            course.session,
            context=course.context,
            person_key=person_key,
            mentee_user_ids=current_launch().mentee_user_ids,
        )
        require_wish(course.session, course.context, child.id)
        prefer_language(languages(course.session, course.context).get(child.id, ""))
        language = page_language()
        view = report_of(course.session, context=course.context, child=child, now=course.now, words=words())
        letter = letter_of(view, context=course.context, now=course.now, language=language, words=words())
        name = f"waymark-letter-{course.now:%Y-%m-%d}.pdf"
    return pdf_response(name, typeset([letter], title=letter.heading, language=language))


def pdf_response(name: str, content: bytes) -> Response:
    """A PDF to save."""
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _for_teacher(only: int | None) -> Response:
    with open_course(write=True) as course:
        made = class_letters(
            course.session,
            context=course.context,
            teacher=course.person,
            now=course.now,
            words_in=words_of_families(),
            part=min(max(request.form.get("part", default=1, type=int), 1), _MOST_PARTS),
            only=only,
            address_of=address_of if request.form.get("with_link") == "yes" else None,
        )
        note_letters(course.session, current_launch(), len(made), course.now)
        kind = "letters" if only is None else "letter"
        name = f"waymark-{kind}-{course.now:%Y-%m-%d}.pdf"
    title = _("Letters to families") if only is None else made[0].heading
    return pdf_response(name, typeset(made, title=title, language=made[0].language))
