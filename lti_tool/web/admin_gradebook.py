"""One platform in the administration → Gradebook connection: what serves all of its courses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from lti_tool.grades.native_apis.canvas_oauth import KEY_SCOPES
from lti_tool.launch.addresses import AUTHORISED_PATH
from lti_tool.launch.registration import find_registration_by_key
from lti_tool.models.platforms import Registration
from lti_tool.usecases import platform_connections
from lti_tool.usecases.channel_labels import channel_label
from lti_tool.usecases.connection_test import Step
from lti_tool.usecases.needed_functions import READING, TESTING
from lti_tool.usecases.platform_connections import PlatformConnectionView
from lti_tool.usecases.try_platform_connection import try_platform_connection
from lti_tool.web.admin import admin, administrator
from lti_tool.web.gradebook_import import PRODUCTS
from lti_tool.web.i18n import gettext as _
from lti_tool.web.i18n import words
from lti_tool.web.notices import notice
from lti_tool.web.services import services


@admin.get("/registrations/<int:key>/gradebook")
def gradebook(key: int) -> str:
    """What was given for each address of the platform."""
    return _page(key)


@admin.post("/registrations/<int:key>/gradebook/credential")
def give_credential(key: int) -> ResponseReturnValue:
    """Let one credential read all courses."""

    def give(session: Session, found: Registration) -> None:
        platform_connections.give_credential(
            session,
            found,
            root=_root(),
            key=request.form.get("key", ""),
            credential=request.form.get("credential", ""),
            secret=_secret(),
            actor=administrator(),
            now=services().clock(),
        )

    return _change(key, give, done="gradebook_given")


@admin.post("/registrations/<int:key>/gradebook/credential/remove")
def take_credential_back(key: int) -> ResponseReturnValue:
    """Forget that credential."""

    def take_back(session: Session, found: Registration) -> None:
        platform_connections.take_credential_back(
            session, found, root=_root(), actor=administrator(), now=services().clock()
        )

    return _change(key, take_back, done="gradebook_taken_back")


@admin.post("/registrations/<int:key>/gradebook/developer-key")
def give_developer_key(key: int) -> ResponseReturnValue:
    """Let teachers sign in at Canvas."""

    def give(session: Session, found: Registration) -> None:
        platform_connections.give_developer_key(
            session,
            found,
            root=_root(),
            client_id=request.form.get("client_id", ""),
            client_secret=request.form.get("client_secret", ""),
            secret=_secret(),
            actor=administrator(),
            now=services().clock(),
        )

    return _change(key, give, done="gradebook_given")


@admin.post("/registrations/<int:key>/gradebook/developer-key/remove")
def take_developer_key_back(key: int) -> ResponseReturnValue:
    """Forget that key."""

    def take_back(session: Session, found: Registration) -> None:
        platform_connections.take_developer_key_back(
            session, found, root=_root(), actor=administrator(), now=services().clock()
        )

    return _change(key, take_back, done="gradebook_taken_back")


@admin.post("/registrations/<int:key>/gradebook/pasting/permit")
def permit_pasting(key: int) -> ResponseReturnValue:
    """Let teachers paste credentials of their own."""
    return _set_pasting(key, permitted=True)


@admin.post("/registrations/<int:key>/gradebook/pasting/forbid")
def forbid_pasting(key: int) -> ResponseReturnValue:
    """Let teachers paste none, and delete those that they pasted."""
    return _set_pasting(key, permitted=False)


@admin.post("/registrations/<int:key>/gradebook/test")
def try_gradebook(key: int) -> str:
    """Try what was given. Nothing is stored."""
    settings, root = services().settings, _root()
    steps = try_platform_connection(
        services().database,
        _secret(),
        key,
        root,
        local_origins=settings.local_platforms,
        clock=services().clock,
    )
    return _page(key, tried=root, steps=steps)


def _set_pasting(key: int, *, permitted: bool) -> ResponseReturnValue:
    def permit(session: Session, found: Registration) -> None:
        platform_connections.permit_pasting(
            session, found, root=_root(), permitted=permitted, actor=administrator(), now=services().clock()
        )

    return _change(key, permit, done="gradebook_pasting" if permitted else "gradebook_no_pasting")


def _page(key: int, *, tried: str = "", steps: Sequence[Step] = ()) -> str:
    with services().database.read() as session:
        found = find_registration_by_key(session, key)
        views = platform_connections.look_at_platform(session, found)
    return render_template(
        "admin/gradebook.html",
        platform=found,
        views=views,
        products=PRODUCTS,
        use_labels=_use_labels(views),
        scopes="\n".join(KEY_SCOPES),
        redirect_uri=f"{services().settings.address}{AUTHORISED_PATH}",
        tried=tried,
        steps=steps,
        notice=notice(),
    )


def _use_labels(views: Sequence[PlatformConnectionView]) -> dict[str, str]:
    """How each use of a list of functions is called."""
    channels = {use.name: channel_label(use.name, words()) for view in views for use in view.uses}
    return channels | {
        READING: _("Reading the gradebook"),
        TESTING: _("Testing, which says what is missing"),
    }


def _change(key: int, change: Callable[[Session, Registration], None], *, done: str) -> ResponseReturnValue:
    with services().database.transaction() as session:
        change(session, find_registration_by_key(session, key))
    return redirect(url_for("admin.gradebook", key=key, done=done))


def _root() -> str:
    return request.form.get("root", "")


def _secret() -> str:
    return services().settings.secret_key.get_secret_value()
