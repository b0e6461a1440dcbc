"""Setup → Skill map: bring your own, look at what would change, work on it, put it to use, and take it out as a file."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable, NotVisible
from lti_tool.launch.roles import IN_CHARGE
from lti_tool.pathways.case_framework import Entries
from lti_tool.pathways.problems import Problem
from lti_tool.usecases import skill_map_drafts
from lti_tool.usecases.adopted_map import newest_row, parse_stored, read_samples
from lti_tool.usecases.labels import format_label
from lti_tool.usecases.map_views import draft_view, map_in_use
from lti_tool.usecases.own_columns import adopt_own_columns
from lti_tool.usecases.skill_map_files import (
    LARGEST_FILE,
    MEDIA_TYPES,
    UnusableMap,
    read_map_file,
    write_map_file,
)
from lti_tool.web.course import Course, open_course
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.security import takes_bodies_up_to
from lti_tool.web.services import services
from lti_tool.web.session import allow, launch_blueprint

skill_map = launch_blueprint("skill_map", __name__)
# As with any set-up: those who answer for the course.
_may_set_up = allow(*IN_CHARGE)


@skill_map.get("/setup/map")
@_may_set_up
def show() -> str:
    """The map in use, one that is being worked on, and how to bring another."""
    return _page(())


@skill_map.post("/setup/map")
@takes_bodies_up_to(LARGEST_FILE)
@_may_set_up
def bring() -> BaseResponse | tuple[str, int]:
    """Read a file; what can be used becomes the draft, and all that is wrong is said at once."""
    content, entries = _sent_file(), _said_entries()
    try:
        with open_course(write=True) as course:
            known = skill_map_drafts.known_checks(
                course.session, context=course.context, folder=services().settings.skill_maps_folder
            )
            document = read_map_file(content, entries=entries, known=known)
            skill_map_drafts.keep_draft(
                course.session,
                context=course.context,
                person=course.person,
                document=document,
                now=course.now,
            )
    except UnusableMap as refused:
        return _page(refused.problems), refused.status
    return redirect(url_for(".draft"), 303)


@skill_map.post("/setup/map/edit")
@_may_set_up
def edit() -> BaseResponse:
    """Work on the map in use, an earlier version, or a sample."""
    with open_course(write=True) as course:
        skill_map_drafts.begin_draft(
            course.session,
            context=course.context,
            person=course.person,
            sample_id=request.form.get("sample", ""),
            version=request.form.get("version", type=int),
            folder=services().settings.skill_maps_folder,
            now=course.now,
        )
    return redirect(url_for(".draft"), 303)


@skill_map.post("/setup/map/columns")
@_may_set_up
def use_columns() -> BaseResponse:
    """Make a map of the course's own columns and put it to use."""
    with open_course(write=True) as course:
        adopt_own_columns(
            course.session,
            context=course.context,
            grade=request.form.get("grade", default=-1, type=int),
            teacher=course.person,
            now=course.now,
        )
    return redirect(url_for("teacher.today", done="adopted"), 303)


@skill_map.get("/setup/map/draft")
@_may_set_up
def draft() -> str:
    """What is in the draft, what could be better, and what would change."""
    with open_course() as course:
        found = skill_map_drafts.required_draft(course.session, context=course.context, person=course.person)
        view = draft_view(course.session, context=course.context, draft=found)
    return render_template(
        "teacher/map_draft.html",
        view=view,
        notice=notice(),
        format_of=lambda kind: format_label(kind, words()),
    )


@skill_map.post("/setup/map/draft/use")
@_may_set_up
def use() -> BaseResponse:
    """Put the draft to use as it was shown."""
    with open_course(write=True) as course:
        adopted = skill_map_drafts.use_draft(
            course.session,
            context=course.context,
            person=course.person,
            seen=request.form.get("seen", ""),
            now=course.now,
        )
    services().request_delivery()
    return redirect(url_for("teacher.setup", done="map_used", n=adopted.version), 303)


@skill_map.post("/setup/map/draft/drop")
@_may_set_up
def drop() -> BaseResponse:
    """Forget the draft."""
    with open_course(write=True) as course:
        skill_map_drafts.drop_draft(course.session, context=course.context, person=course.person)
    return redirect(url_for(".show", done="map_dropped"), 303)


@skill_map.get("/setup/map/file/<any(use, draft, example):which>.<any(toml, csv, json):kind>")
@_may_set_up
def save(which: str, kind: str) -> Response:
    """The map in use, the draft or a sample as a file."""
    with open_course() as course:
        name, document, changed_at = _document(course, which)
        text = write_map_file(document, kind, changed_at=changed_at)
    response = Response(text, mimetype=MEDIA_TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="waymark-skill-map-{name}.{kind}"'
    return response


def _document(course: Course, which: str) -> tuple[str, Any, Any]:
    if which == "draft":
        found = skill_map_drafts.required_draft(course.session, context=course.context, person=course.person)
        return "draft", found.document, found.changed_at
    if which == "use" and (row := newest_row(course.session, course.context)):
        return f"version-{row.version}", row.document, row.adopted_at
    samples = read_samples(services().settings.skill_maps_folder) if which == "example" else ()
    for sample in samples:
        return "example", sample.document, course.now
    raise NotVisible("skill_map.none", "There is no such skill map. Open Setup, then “Skill map”.")


def _page(problems: tuple[Problem, ...]) -> str:
    with open_course() as course:
        in_use = map_in_use(course.session, course.context)
        found = skill_map_drafts.find_draft(course.session, context=course.context, person=course.person)
        draft_title = parse_stored(found)[0].title if found else ""
    samples = read_samples(services().settings.skill_maps_folder)
    return render_template(
        "teacher/skill_map.html",
        in_use=in_use,
        draft_title=draft_title,
        samples=[(sample.id, sample.skill_map.title) for sample in samples],
        problems=problems,
        notice=notice(),
        names={"csv": _("Table (CSV)"), "toml": _("TOML"), "json": _("CASE 1.1 (JSON)")},
    )


def _sent_file() -> bytes:
    sent = request.files.get("file")
    content = sent.read(LARGEST_FILE + 1) if sent else b""
    if sent is None or not (sent.filename or content):
        raise Fixable("skill_map_file.none", _("No file was chosen. Choose the file and send it again."))
    return content


def _said_entries() -> Entries:
    """The form's choice for a framework: which entries, and of which grade."""
    grade = request.form.get("grade", "")
    return Entries(
        request.form.get("kind", "").strip()[:100],
        int(grade) if grade.isdecimal() and len(grade) <= 2 else None,
    )
