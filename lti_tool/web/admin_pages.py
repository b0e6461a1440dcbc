"""The administration: which platforms are connected, and inviting or adding one."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.launch import audit, registration
from lti_tool.launch.invitations import LIFETIME, create_invitation
from lti_tool.launch.manual_registration import FIELDS, RegistrationProblems, add_registration
from lti_tool.launch.platforms import add_deployment, set_deployment_status
from lti_tool.models.platforms import DeploymentStatus
from lti_tool.web.admin import admin, administrator, own_addresses
from lti_tool.web.services import services


@admin.get("/")
def overview() -> str:
    """All platforms, those that wait for approval first."""
    with services().database.read() as session:
        found = [(item, list(item.deployments)) for item in registration.all_registrations(session)]
    return render_template("admin/overview.html", platforms=found, administrator=administrator())


@admin.post("/invitations")
def invite() -> ResponseReturnValue:
    """Make a one-time registration address and show it, this once."""
    now, label = services().clock(), request.form.get("label", "").strip()
    with services().database.transaction() as session:
        token = create_invitation(session, label, now)
        audit.record(
            session, actor=administrator(), action="invitation.created", subject=label or "platform", now=now
        )
    return render_template(
        "admin/invitation.html",
        address=f"{services().settings.address}/lti/register?invitation={token}",
        label=label,
        days=LIFETIME.days,
    )


@admin.get("/registrations/new")
def blank() -> str:
    """The form for adding a platform by hand."""
    return _form({}, {})


@admin.post("/registrations/new")
def add() -> ResponseReturnValue:
    """Add a platform by hand; with problems, the same form again with what was typed."""
    settings = services().settings
    try:
        with services().database.transaction() as session:
            add_registration(
                session,
                request.form,
                local_origins=settings.local_platforms,
                actor=administrator(),
                secret=settings.secret_key.get_secret_value(),
                now=services().clock(),
            )
    except RegistrationProblems as found:  # belongs beside the fields, not on an error page
        return _form(dict(request.form), found.problems), found.status
    return redirect(url_for("admin.overview"))


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


@admin.post("/registrations/<int:key>/rename")
def rename(key: int) -> ResponseReturnValue:
    """Give a platform another name here."""
    with services().database.transaction() as session:
        registration.rename_registration(
            session, key, request.form.get("label", ""), actor=administrator(), now=services().clock()
        )
    return redirect(url_for("admin.overview"))


@admin.post("/registrations/<int:key>/deployments")
def deploy(key: int) -> ResponseReturnValue:
    """Add a deployment to a platform."""
    with services().database.transaction() as session:
        found = registration.find_registration_by_key(session, key)
        add_deployment(
            session,
            found,
            request.form.get("deployment_id", ""),
            actor=administrator(),
            now=services().clock(),
        )
    return redirect(url_for("admin.overview"))


@admin.post("/deployments/<int:key>/<any(active, suspended):status>")
def switch_deployment(key: int, status: str) -> ResponseReturnValue:
    """Switch one deployment on or off."""
    with services().database.transaction() as session:
        set_deployment_status(
            session, key, DeploymentStatus(status), actor=administrator(), now=services().clock()
        )
    return redirect(url_for("admin.overview"))


def _form(values: dict[str, str], problems: dict[str, str]) -> str:
    return render_template(
        "admin/registration.html", fields=FIELDS, values=values, problems=problems, addresses=own_addresses()
    )
