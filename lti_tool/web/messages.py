"""Messages to families: read the drafts, change a word, approve, print.

All drafts of the page stand in one form, so that whichever button is pressed keeps what was typed beside it.

Teaching assistants read along; those in charge of the course speak to families.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import IN_CHARGE, STAFF
from lti_tool.models.messages import LONGEST_MESSAGE
from lti_tool.usecases import family_messages
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.family_messages import Edit
from lti_tool.usecases.messages_page import messages_page
from lti_tool.web.course import Course, open_course
from lti_tool.web.fields import whole_number
from lti_tool.web.i18n import LANGUAGES, words, words_of_families
from lti_tool.web.notices import notice
from lti_tool.web.session import allow, is_in_charge, launch_blueprint

messages = launch_blueprint("messages", __name__)


@messages.get("/messages")
@allow(*STAFF)
def show() -> str:
    """This week's drafts, and what families read now."""
    with open_course(write=True) as course:
        view = (
            messages_page(
                course.session,
                context=course.context,
                teacher=course.person,
                page=request.args.get("page", default=1, type=int),
                now=course.now,
                words_in=words_of_families(),
                words=words(),
            )
            if adopted_map(course.session, course.context)
            else None
        )
    return render_template(
        "teacher/messages.html",
        view=view,
        languages=LANGUAGES,
        longest=LONGEST_MESSAGE,
        may_approve=is_in_charge(),
        may_link=is_in_charge(),
        notice=notice(),
    )


@messages.post("/messages/save")
@allow(*IN_CHARGE)
def save() -> BaseResponse:
    """Keep what was typed."""
    with open_course(write=True) as course:
        number = _keep(course)
    return _back("messages_saved", number)


@messages.post("/messages/approve")
@allow(*IN_CHARGE)
def approve_all() -> BaseResponse:
    """Approve every draft that the page shows, as it stands there."""
    edits = _edits()
    return _approve([edit.key for edit in edits], edits)


@messages.post("/messages/<int:key>/approve")
@allow(*IN_CHARGE)
def approve(key: int) -> BaseResponse:
    """Approve one draft as it stands in the form."""
    return _approve([key], _edits())


@messages.post("/messages/<int:key>/language")
@allow(*IN_CHARGE)
def set_language(key: int) -> BaseResponse:
    """Write to this family in another language."""
    with open_course(write=True) as course:
        _keep(course)
        family_messages.set_language(
            course.session,
            context=course.context,
            key=key,
            language=request.form.get("language", ""),
            words_in=words_of_families(),
            now=course.now,
        )
    return _back("message_language")


@messages.post("/messages/students/<int:person_key>/draft")
@allow(*IN_CHARGE)
def write_anew(person_key: int) -> BaseResponse:
    """A new draft of what the facts say now."""
    with open_course(write=True) as course:
        _keep(course, person_key)
        family_messages.write_anew(
            course.session,
            context=course.context,
            person_key=person_key,
            words_in=words_of_families(),
            now=course.now,
        )
    return _back("message_drafted")


@messages.post("/messages/<int:key>/withdraw")
@allow(*IN_CHARGE)
def withdraw(key: int) -> BaseResponse:
    """Take a message from the family's page."""
    with open_course(write=True) as course:
        _keep(course)
        family_messages.withdraw(course.session, context=course.context, key=key)
    return _back("message_withdrawn")


@messages.post("/messages/undo")
@allow(*IN_CHARGE)
def undo() -> BaseResponse:
    """Take back the latest approval, or the whole of the latest bulk approval."""
    with open_course(write=True) as course:
        number = family_messages.undo_last(
            course.session, context=course.context, teacher=course.person, now=course.now
        )
    return _back("messages_undone", number)


def _approve(keys: list[int], edits: list[Edit]) -> BaseResponse:
    with open_course(write=True) as course:
        number = family_messages.approve(
            course.session,
            context=course.context,
            edits=edits,
            keys=keys,
            teacher=course.person,
            now=course.now,
        )
    return _back("messages_approved", number)


def _keep(course: Course, but_of: int | None = None) -> int:
    """Keep all texts of the form, save the draft of a student who gets a new one instead."""
    edits = _edits()
    if but_of is not None:
        own = family_messages.drafts_of(course.session, course.context).get(but_of)
        edits = [edit for edit in edits if own is None or edit.key != own.id]
    return family_messages.keep_edits(course.session, context=course.context, edits=edits)


def _edits() -> list[Edit]:
    """The drafts of the form: fields `body-<key>` with `seen-<key>`."""
    return [
        Edit(key, text, request.form.get(f"seen-{key}", ""))
        for name, text in request.form.items()
        if name.startswith("body-") and (key := whole_number(name.removeprefix("body-"))) is not None
    ]


def _back(done: str, number: int | None = None) -> BaseResponse:
    return redirect(
        url_for(
            ".show",
            done=done,
            n=number,
            page=request.form.get("page", type=int),
            _anchor=f"student-{at}" if (at := request.args.get("at", type=int)) else None,
        ),
        303,
    )
