"""The administration's list of platforms, and the switches that stand beside each of them."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.launch import audit, registration
from lti_tool.launch.invitations import LIFETIME, create_invitation
from lti_tool.usecases.platform_overview import view_platform
from lti_tool.web.admin import admin, administrator
from lti_tool.web.i18n import gettext as _
from lti_tool.web.platform_words import services_of
from lti_tool.web.services import services


@admin.get("/")
def overview() -> str:
    """All platforms, those that wait for approval first."""
    with services().database.read() as session:
        found = [view_platform(session, item) for item in registration.all_registrations(session)]
    return render_template(
        "admin/overview.html",
        platforms=[(view, services_of(view.missing)) for view in found],
        now=services().clock(),
        notice=_("The platform is deleted, with everything in it.")
        if request.args.get("done") == "deleted"
        else "",
    )


@admin.post("/invitations")
def invite() -> ResponseReturnValue:
    """Make a one-time registration address and show it, this once."""
    now, label = services().clock(), request.form.get("label", "").strip()
    with services().database.transaction() as session:
        token = create_invitation(session, label, now)
        audit.record(
            session, actor=administrator(), action="invitation.created", subject=label or "platform", now=now
        )
    return _invitation(token, label)


@admin.post("/registrations/<int:key>/update")
def invite_update(key: int) -> ResponseReturnValue:
    """Make a one-time address with which this registration, and no other, is updated."""
    now = services().clock()
    with services().database.transaction() as session:
        found = registration.find_registration_by_key(session, key)
        token = create_invitation(session, found.label, now, registration=found)
        audit.record(
            session,
            actor=administrator(),
            action="invitation.created_for_update",
            subject=f"registration {found.id}",
            now=now,
        )
    return _invitation(token, found.label, updates=True, family=found.product_family)


@admin.post("/registrations/<int:key>/approve")
def approve(key: int) -> ResponseReturnValue:
    """Let people in from a platform."""
    with services().database.transaction() as session:
        registration.approve_registration(session, key, actor=administrator(), now=services().clock())
    return redirect(url_for("admin.overview"))


@admin.post("/registrations/<int:key>/disable")
def disable(key: int) -> ResponseReturnValue:
    """Let nobody in from a platform."""
    with services().database.transaction() as session:
        registration.disable_registration(session, key, actor=administrator(), now=services().clock())
    return redirect(url_for("admin.overview"))


def _invitation(token: str, label: str, *, updates: bool = False, family: str = "") -> str:
    return render_template(
        "admin/invitation.html",
        address=f"{services().settings.address}/lti/register?invitation={token}",
        label=label,
        updates=updates,
        family=family,
        days=LIFETIME.days,
    )
