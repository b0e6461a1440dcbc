"""Notes about students, shared by the staff of a course: written on a student's page, read on it and on `/notes`."""

from __future__ import annotations

from datetime import date

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.launch.roles import STAFF
from lti_tool.models.notes import LearnerNote
from lti_tool.usecases import learner_notes
from lti_tool.web.course import open_course
from lti_tool.web.fields import day, whole_number
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.session import allow, launch_blueprint

student_notes = launch_blueprint("student_notes", __name__)
_staff = allow(*STAFF)


@student_notes.get("/notes")
@_staff
def show() -> str:
    """All notes of the class, or about one student, or with something left to do."""
    person_key, only_open = whole_number(request.args.get("student", "")), request.args.get("only") == "open"
    with open_course() as course:
        view = learner_notes.look_at_notes(
            course.session,
            context=course.context,
            reader=course.person,
            now=course.now,
            words=words(),
            person_key=person_key,
            only_open=only_open,
            older_than=whole_number(request.args.get("before", "")),
        )
        title = course.context.title
    return render_template(
        "teacher/notes.html",
        view=view,
        course_title=title,
        person_key=person_key,
        only_open=only_open,
        notice=notice(),
    )


@student_notes.post("/students/<int:person_key>/notes")
@_staff
def write(person_key: int) -> BaseResponse:
    """A new note."""
    due_on = _day()
    with open_course(write=True) as course:
        note = learner_notes.write_note(
            course.session,
            context=course.context,
            person_key=person_key,
            author=course.person,
            body=request.form.get("body", ""),
            due_on=due_on,
            now=course.now,
        )
        return _back(note, "note_written")


@student_notes.post("/notes/<int:key>/change")
@_staff
def change(key: int) -> BaseResponse:
    """Other words, or another day, for one's own note."""
    due_on = _day()
    with open_course(write=True) as course:
        note = learner_notes.change_note(
            course.session,
            context=course.context,
            key=key,
            author=course.person,
            body=request.form.get("body", ""),
            due_on=due_on,
            seen=whole_number(request.form.get("seen", "")),
            now=course.now,
        )
        return _back(note, "note_changed")


@student_notes.post("/notes/<int:key>/before")
@_staff
def take_back(key: int) -> BaseResponse:
    """The words before the latest change of one's own note."""
    with open_course(write=True) as course:
        note = learner_notes.take_back_change(
            course.session, context=course.context, key=key, author=course.person, now=course.now
        )
        return _back(note, "note_changed_back")


@student_notes.post("/notes/<int:key>/remove")
@_staff
def remove(key: int) -> BaseResponse:
    """Away with one's own note."""
    with open_course(write=True) as course:
        note = learner_notes.remove_note(
            course.session, context=course.context, key=key, author=course.person, now=course.now
        )
        return _back(note, "note_removed")


@student_notes.post("/notes/<int:key>/put-back")
@_staff
def put_back(key: int) -> BaseResponse:
    """One's own removed note again."""
    with open_course(write=True) as course:
        note = learner_notes.put_note_back(
            course.session, context=course.context, key=key, author=course.person, now=course.now
        )
        return _back(note, "note_put_back")


@student_notes.post("/notes/<int:key>/done")
@_staff
def done(key: int) -> BaseResponse:
    """A follow-up is done, or is not."""
    is_done = request.form.get("done") == "yes"
    with open_course(write=True) as course:
        note = learner_notes.set_done(
            course.session, context=course.context, key=key, done=is_done, now=course.now
        )
        return _back(note, "follow_up_done" if is_done else "follow_up_open")


def _day() -> date | None:
    """The day of the follow-up; None where none was chosen."""
    return day(
        request.form.get("due", ""),
        code="note.day",
        message="Choose the day of the follow-up, written like 2026-09-14, or leave it empty.",
    )


def _back(note: LearnerNote, code: str) -> BaseResponse:
    """To the page that the form stood on."""
    if request.form.get("page") == "notes":
        only = request.form.get("only") or None
        return redirect(url_for(".show", done=code, only=only, _anchor=f"note-{note.id}"), 303)
    return redirect(
        url_for("teacher.student", person_key=note.person_id, done=code, _anchor=f"note-{note.id}"), 303
    )
