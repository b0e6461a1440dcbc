"""The browser's side of a launch session: pages under /l/<launch_id>/ know who is there.

    pages = launch_blueprint("teacher", __name__)

    @pages.get("/today")
    @allow(Role.INSTRUCTOR, Role.TEACHING_ASSISTANT)
    def today() -> str:
        launch = current_launch()

The launch id in the address opens nothing by itself: the browser's cookie has to fit. Addresses made with
`url_for` inside a launch get its id by themselves. Nothing can be kept in Flask's `session`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, g, request

from lti_tool.errors import NotAllowed
from lti_tool.launch.addresses import frame_origins
from lti_tool.launch.requirements import anonymous, context_required
from lti_tool.launch.roles import IN_CHARGE, Role
from lti_tool.launch.sessions import OpenSession, find_launch_session, is_touch_due, touch
from lti_tool.models.launches import LaunchSession
from lti_tool.pathways.wording import N_
from lti_tool.web.browser import browser_token
from lti_tool.web.i18n import gettext as _
from lti_tool.web.security import may_be_framed_by
from lti_tool.web.services import services

# Where the first page of a launch finds its own address, which is not the launch's, and what was just opened;
# no header reaches names like these (PEP 3333).
PAGE_ADDRESS = "waymark.page_address"
JUST_OPENED = "waymark.just_opened"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def launch_blueprint(name: str, import_name: str, *, for_anybody: bool = False, **options: Any) -> Blueprint:
    """A blueprint under /l/<launch_id> whose views run only inside an open launch session.

    `g.launch` is the session (person, context, deployment and registration are loaded); its `roles` are
    those that hold now. The views do not take `launch_id`.

    There is a person and a course, save with `for_anybody`: launches without one see only such pages and
    get 403 `launch.anonymous` or 400 `launch.context_required` from all others. Who acts as somebody else
    can change nothing (403 `auth.masquerading`), and neither can who looks on only (403 `auth.looks_on`).
    """
    blueprint = Blueprint(name, import_name, url_prefix="/l/<launch_id>", **options)

    @blueprint.url_value_preprocessor
    def _take_launch_id(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        g.launch_id = (values or {}).pop("launch_id", "")

    @blueprint.url_defaults
    def _give_launch_id(_endpoint: str, values: dict[str, Any]) -> None:
        if "launch_id" in g:
            values.setdefault("launch_id", g.launch_id)

    blueprint.before_request(_load_launch)
    if not for_anybody:
        blueprint.before_request(_require_person_and_course)
    blueprint.before_request(_refuse_changes_of_masqueraders)
    blueprint.before_request(_refuse_changes_of_onlookers)
    blueprint.context_processor(
        lambda: {
            "launch_remark": _remark(),
            "reads_only": g.get("looks_on", False),
            "roster_read": g.get("roster_read", False),
            "looks_only": (launch := g.get("launch")) is not None and launch.is_masquerading,
            "address": request.environ.get(PAGE_ADDRESS, ""),
        }
    )
    return blueprint


def current_launch() -> LaunchSession:
    """The launch session of the present request."""
    launch: LaunchSession = g.launch
    return launch


def roles_now() -> frozenset[Role]:
    """The roles that the person of the present request holds in the course."""
    return frozenset(Role(role) for role in current_launch().roles)


def is_in_charge() -> bool:
    """Whether the person of the present request answers for the course."""
    return not roles_now().isdisjoint(IN_CHARGE)


def allow(*roles: Role) -> Callable[[Callable[Parameters, Result]], Callable[Parameters, Result]]:
    """Let a view be used only by people who hold one of `roles`. Others get 403 `auth.role`."""

    def decorate(view: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
        @wraps(view)
        def checked(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
            if roles_now().isdisjoint(roles):
                raise NotAllowed(
                    "auth.role", N_("This page is for people with another role in the course than yours.")
                )
            return view(*args, **kwargs)

        return checked

    return decorate


def _require_person_and_course() -> None:
    launch = current_launch()
    if launch.person_id is None:
        raise anonymous()
    if launch.context_id is None:
        raise context_required()


def _refuse_changes_of_masqueraders() -> None:
    if current_launch().is_masquerading and request.method not in _READS:
        raise NotAllowed(
            "auth.masquerading",
            N_(
                "You are acting as somebody else, so nothing can be changed in that person’s name. Stop acting as "
                "this person in your learning platform, then open Waymark again."
            ),
        )


def _refuse_changes_of_onlookers() -> None:
    if g.looks_on and request.method not in _READS:
        raise NotAllowed(
            "auth.looks_on",
            N_(
                "You look on in this course, so you can read everything and change nothing. Ask a teacher of the "
                "course, who can let you decide, too (Setup, Colleagues)."
            ),
        )


def _remark() -> str:
    """What every page of an extraordinary launch says first; empty for all others."""
    launch = g.get("launch")
    if launch is not None and launch.is_masquerading:
        return _("You are acting as this person. You can look at everything; nothing is saved.")
    if g.get("looks_on"):
        return _("You look on in this course: you can read everything and change nothing.")
    if launch is not None and launch.is_test:
        return _("This is the test student’s view. Nothing done here counts for the class or the gradebook.")
    return ""


def _load_launch() -> None:
    database, now = services().database, services().clock()
    found: OpenSession | None = request.environ.get(JUST_OPENED)
    if found is None:
        with database.connect() as connection:
            found = find_launch_session(connection, g.launch_id, browser_token(), now)
    g.launch = launch = found.launch
    g.looks_on = found.looks_on
    g.registration_id = found.registration.id
    may_be_framed_by(frame_origins(found.registration))
    if is_touch_due(launch, now) and request.endpoint is not None:
        with database.transaction() as session:
            touch(session, launch, now)
