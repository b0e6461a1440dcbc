"""Groups: form them for a lesson, change them by hand, publish them; and the board to print or to project."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from lti_tool.errors import Fixable
from lti_tool.launch.roles import STAFF
from lti_tool.pathways.content import Mode
from lti_tool.pathways.group_request import GROUP_MODES
from lti_tool.pathways.grouping import GroupKind
from lti_tool.usecases import form_groups, pair_wishes
from lti_tool.usecases.adopted_map import adopted_map
from lti_tool.usecases.form_groups import Asked
from lti_tool.usecases.group_plans import MOST_LESSONS, Slot, drop_version
from lti_tool.usecases.groups_page import groups_page, next_school_day
from lti_tool.usecases.labels import mode_label
from lti_tool.usecases.seat_lesson import seat_lesson
from lti_tool.usecases.typed_text import typed_line
from lti_tool.web.course import open_course
from lti_tool.web.fields import day, whole_number
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.services import services
from lti_tool.web.session import allow, launch_blueprint

groups = launch_blueprint("groups", __name__)
_staff = allow(*STAFF)
_LONGEST_NAME = 60


@groups.get("/groups")
@_staff
def show() -> str:
    """The groups of a slot with all that can be done about them."""
    return _page("teacher/groups.html")


@groups.get("/groups/board")
@_staff
def board() -> str:
    """Names, place, task and adult, large: to print or to project. No levels and no reasons."""
    return _page("teacher/board.html")


@groups.post("/groups/form")
@_staff
def form() -> BaseResponse:
    """Form groups; locked tables stay."""
    slot = _slot()
    with open_course(write=True) as course:
        form_groups.form(
            course.session,
            context=course.context,
            slot=slot,
            asked=_asked(),
            after=_number("version"),
            teacher=course.person,
            now=course.now,
        )
    return _back(slot, "groups_formed")


@groups.post("/groups/lesson")
@_staff
def lesson() -> BaseResponse:
    """Put the one lesson for many into the plan as a table."""
    slot = _slot()
    with open_course(write=True) as course:
        seat_lesson(
            course.session,
            context=course.context,
            slot=slot,
            after=_number("version"),
            teacher=course.person,
            now=course.now,
            words=words(),
        )
    return _back(slot, "lesson_seated")


@groups.post("/groups/move")
@_staff
def move() -> BaseResponse:
    """Bring one student to another table."""
    slot = _slot()
    with open_course(write=True) as course:
        form_groups.move(
            course.session,
            context=course.context,
            slot=slot,
            version=_number("version"),
            person_key=_number("student"),
            place=_number("place") or None,
            teacher=course.person,
            now=course.now,
        )
    return _back(slot, "groups_moved")


@groups.post("/groups/lock")
@_staff
def lock() -> BaseResponse:
    """Keep a table as it is, or let it be formed anew."""
    slot, locked = _slot(), request.form.get("locked") == "yes"
    with open_course(write=True) as course:
        form_groups.set_lock(
            course.session,
            context=course.context,
            slot=slot,
            version=_number("version"),
            place=_number("place"),
            locked=locked,
            teacher=course.person,
            now=course.now,
        )
    return _back(slot, "groups_locked" if locked else "groups_unlocked")


@groups.post("/groups/publish")
@_staff
def publish() -> BaseResponse:
    """Let students see their groups."""
    slot = _slot()
    with open_course(write=True) as course:
        form_groups.publish(
            course.session,
            context=course.context,
            slot=slot,
            version=_number("version"),
            teacher=course.person,
            now=course.now,
        )
    return _back(slot, "groups_published")


@groups.post("/groups/undo")
@_staff
def undo() -> BaseResponse:
    """Take back the latest change."""
    slot = _slot()
    with open_course(write=True) as course:
        drop_version(course.session, context=course.context, slot=slot, version=_number("version"))
    return _back(slot, "groups_undone")


@groups.post("/groups/wishes")
@_staff
def add_wish() -> BaseResponse:
    """Note that two students shall work together, or shall not."""
    slot = _slot()
    with open_course(write=True) as course:
        pair_wishes.add_wish(
            course.session,
            context=course.context,
            one=_number("one"),
            other=_number("other"),
            kind=request.form.get("kind", ""),
            teacher=course.person,
            now=course.now,
        )
    return _back(slot, "wish_noted")


@groups.post("/groups/wishes/<int:key>/end")
@_staff
def end_wish(key: int) -> BaseResponse:
    """Drop a wish about two students."""
    slot = _slot()
    with open_course(write=True) as course:
        pair_wishes.end_wish(course.session, context=course.context, key=key)
    return _back(slot, "wish_ended")


def _page(template: str) -> str:
    with open_course() as course:
        slot = _slot()
        view = (
            groups_page(
                course.session,
                context=course.context,
                slot=slot,
                teacher=course.person,
                now=course.now,
                words=words(),
            )
            if adopted_map(course.session, course.context)
            else None
        )
    return render_template(
        template,
        view=view,
        slot=slot,
        when={"day": slot.day.isoformat(), "lesson": slot.lesson, "section": slot.section},
        kinds=_kinds(),
        modes={mode: mode_label(mode, words()) for mode in GROUP_MODES},
        most_lessons=MOST_LESSONS,
        notice=notice(),
    )


def _kinds() -> dict[GroupKind, tuple[str, str]]:
    return {
        GroupKind.SHARED: (_("Same skill"), _("All in a group need the same skill next.")),
        GroupKind.HELPING: (
            _("Help each other"),
            _("Somebody Secure helps somebody Growing, and both gain."),
        ),
        GroupKind.MIXED: (_("Mixed"), _("One common task, each group as mixed as the class.")),
    }


def _slot() -> Slot:
    """The slot of the address or form; without one the next school day's first lesson."""
    said = day(
        request.values.get("day", ""), code="groups.day", message="Choose a day, written like 2026-09-14."
    )
    lesson, section = _number("lesson") or 1, _number("section") or 1
    if lesson > MOST_LESSONS:
        raise Fixable("groups.lesson", f"Choose a lesson from 1 to {MOST_LESSONS}.")
    return Slot(said or next_school_day(services().clock().date()), lesson, section)


def _number(name: str) -> int:
    """A number of the form or address, 0 where there is none."""
    return whole_number(request.values.get(name, "")) or 0


def _asked() -> Asked:
    kind = request.form.get("kind", "")
    if kind not in set(GroupKind):
        raise Fixable("groups.kind", "Choose what brings the groups together.")
    chosen = set(request.form.getlist("mode"))
    adults = [typed_line(name)[:_LONGEST_NAME] for name in request.form.get("adults", "").split(",")]
    return Asked(
        kind=GroupKind(kind),
        smallest=_number("smallest"),
        largest=_number("largest"),
        places=_number("places"),
        minutes=_number("minutes") or None,
        modes=tuple(mode for mode in Mode if mode in GROUP_MODES and mode.value in chosen),
        adults=tuple(dict.fromkeys(name for name in adults if name)),
        absent=frozenset(
            key for said in request.form.getlist("absent") if (key := whole_number(said)) is not None
        ),
    )


def _back(slot: Slot, done: str) -> BaseResponse:
    return redirect(
        url_for(
            ".show",
            day=slot.day.isoformat(),
            lesson=slot.lesson,
            section=slot.section,
            done=done,
            _anchor="plan",
        ),
        303,
    )
