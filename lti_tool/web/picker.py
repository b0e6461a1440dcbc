"""The deep-linking picker: a teacher chooses activities, the LMS places them in the course."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from flask import Response, render_template, request, url_for

from lti_tool.launch.deep_linking import accepts_multiple, deep_linking_response
from lti_tool.launch.roles import Role
from lti_tool.usecases.pick_activities import PickView, content_items, pickable
from lti_tool.web.course import open_course
from lti_tool.web.i18n import words
from lti_tool.web.lti import return_to_platform
from lti_tool.web.services import services
from lti_tool.web.session import allow, current_launch, launch_blueprint

picker = launch_blueprint("picker", __name__)
_pickers = allow(Role.INSTRUCTOR, Role.TEACHING_ASSISTANT, Role.CONTENT_DEVELOPER, Role.ADMINISTRATOR)


@picker.get("/pick")
@_pickers
def pick() -> str:
    """The activities on offer, grouped by skill; `q` and `format` narrow the list."""
    with open_course() as course:
        views = pickable(course.session, context=course.context, words=words())
    search, kind = request.args.get("q", ""), request.args.get("format", "")
    return render_template(
        "picker/pick.html",
        groups=_by_skill(view for view in views if _fits(view, search, kind)),
        formats=sorted({view.format_label for view in views}),
        search=search,
        format=kind,
        several=accepts_multiple(current_launch()),
    )


@picker.post("/pick")
@_pickers
def send() -> Response:
    """Sign the chosen activities and carry them back to the LMS."""
    settings = services().settings
    with open_course(write=True) as course:
        items = content_items(
            course.session,
            context=course.context,
            activity_ids=request.form.getlist("activity"),
            launch_url=f"{settings.address}{url_for('lti.launch')}",
        )
        answer = deep_linking_response(
            course.session, current_launch(), items, course.now, settings.secret_key.get_secret_value()
        )
    return return_to_platform(answer)


def _fits(view: PickView, search: str, kind: str) -> bool:
    text = " ".join((view.title, *view.skill_titles, view.summary)).casefold()
    return kind in ("", view.format_label) and all(word in text for word in search.casefold().split())


def _by_skill(views: Iterable[PickView]) -> Mapping[str, Sequence[PickView]]:
    """Activities under the first skill that each one is about, in the order given."""
    groups: dict[str, list[PickView]] = defaultdict(list)
    for view in views:
        groups[view.skill_titles[0]].append(view)
    return groups
