"""The deep-linking picker: a teacher chooses activities, the LMS places them in the course."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import structlog
from flask import Response, g, make_response, render_template, request, url_for

from lti_tool.launch.content_items import ContentItem, Place, Target
from lti_tool.launch.deep_linking import Remarks, deep_linking_response, open_place
from lti_tool.launch.roles import Role
from lti_tool.usecases.activity_dates import ActivityDates, read_dates
from lti_tool.usecases.pick_activities import PickView, Placing, content_items, pickable
from lti_tool.web.course import Course, open_course
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import ngettext, words
from lti_tool.web.lti import return_to_platform
from lti_tool.web.services import services
from lti_tool.web.session import allow, current_launch, launch_blueprint

picker = launch_blueprint("picker", __name__)
_log = structlog.get_logger("waymark.picker")
_pickers = allow(Role.INSTRUCTOR, Role.TEACHING_ASSISTANT, Role.CONTENT_DEVELOPER, Role.ADMINISTRATOR)
_FIELDS = frozenset({"csrf_token", "activity", "opens", "due", "target", "cancel"})
# What somebody might hope to change by adding a field; other names are not written down, only counted.
_KEPT_HERE = frozenset({"deep_link_return_url", "return_url", "data", "deployment_id", "iss", "aud", "JWT"})


@picker.get("/pick")
@_pickers
def pick() -> Response:
    """The activities on offer, grouped by skill; `q` and `format` narrow the list."""
    place = open_place(current_launch())
    with open_course() as course:
        return _page(course, place)


@picker.post("/pick")
@_pickers
def send() -> Response:
    """Sign the chosen activities, or none when the teacher gives up, and carry them back to the LMS."""
    place = open_place(current_launch())
    _note_foreign_fields()
    with open_course(write=True) as course:
        if "cancel" in request.form:
            return _answer(course, (), Remarks(message=_("No activity was added."), log="cancelled"))
        dates = read_dates(
            opens=request.form.get("opens", ""),
            due=request.form.get("due", ""),
            now=course.now,
            words=words(),
        )
        if dates.problems:
            return _page(course, place, dates)
        items = content_items(
            course.session,
            context=course.context,
            activity_ids=request.form.getlist("activity"),
            placing=Placing(
                launch_url=f"{services().settings.address}{url_for('lti.launch')}",
                dates=dates,
                target=_target(place),
            ),
            words=words(),
        )
        message = ngettext(
            "%(num)d activity came from Waymark.", "%(num)d activities came from Waymark.", len(items)
        )
        return _answer(course, items, Remarks(message=message))


def _page(course: Course, place: Place, dates: ActivityDates | None = None) -> Response:
    """The picker; after a date that cannot be, with everything that was chosen and what to correct (422)."""
    views = pickable(
        course.session,
        context=course.context,
        words=words(),
        graded_first=place.columns and not place.several,
    )
    search, kind = request.args.get("q", ""), request.args.get("format", "")
    problems = dates.problems if dates else {}
    page = render_template(
        "picker/pick.html",
        groups=_by_skill(view for view in views if _fits(view, search, kind)),
        formats=sorted({view.format_label for view in views}),
        search=search,
        format=kind,
        place=place,
        targets=[target.value for target in place.targets],
        problems=problems,
        chosen=request.form.getlist("activity"),
        sent=request.form,
    )
    return make_response(page, 422 if problems else 200)


def _answer(course: Course, items: Sequence[ContentItem], remarks: Remarks) -> Response:
    secret = services().settings.secret_key.get_secret_value()
    answer = deep_linking_response(
        course.session, current_launch(), items, course.now, secret, remarks=remarks
    )
    return return_to_platform(answer)


def _target(place: Place) -> Target | None:
    """Where the links open: as chosen, else in the first of the ways that the platform offers."""
    wanted = request.form.get("target", "")
    return next(
        (target for target in place.targets if target.value == wanted),
        place.targets[0] if place.targets else None,
    )


def _note_foreign_fields() -> None:
    """Fields that our form does not have change nothing; that somebody sent them is worth a line."""
    foreign = request.form.keys() - _FIELDS
    if foreign:
        _log.warning(
            "fields ignored",
            code="deeplink.fields_ignored",
            fields=sorted(foreign & _KEPT_HERE),
            others=len(foreign - _KEPT_HERE),
            registration=g.registration_id,
        )


def _fits(view: PickView, search: str, kind: str) -> bool:
    text = " ".join((view.title, *view.skill_titles, view.summary)).casefold()
    return kind in ("", view.format_label) and all(word in text for word in search.casefold().split())


def _by_skill(views: Iterable[PickView]) -> Mapping[str, Sequence[PickView]]:
    """Activities under the first skill that each one is about, in the order given."""
    groups: dict[str, list[PickView]] = defaultdict(list)
    for view in views:
        groups[view.skill_titles[0]].append(view)
    return groups
