"""One platform in the administration: name, deployments, hosts, its description, and the connection test."""

from __future__ import annotations

from collections.abc import Mapping

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from lti_tool.errors import Fixable
from lti_tool.launch import registration
from lti_tool.launch.manual_registration import RegistrationProblems
from lti_tool.launch.platform_configuration import PlatformConfiguration, fetch_configuration
from lti_tool.launch.platforms import add_deployment, set_deployment_status
from lti_tool.launch.registration_updates import (
    accept_description,
    endpoint_changes,
    fingerprint,
    new_origins,
    require_same_platform,
)
from lti_tool.models.platforms import DeploymentStatus, Registration
from lti_tool.usecases.connection_test import run_connection_test
from lti_tool.usecases.platform_overview import view_platform
from lti_tool.web.admin import admin, administrator
from lti_tool.web.platform_words import endpoint_words, services_of
from lti_tool.web.services import services


@admin.get("/registrations/<int:key>")
def platform(key: int) -> str:
    """Everything about one platform."""
    return _page(key)


@admin.post("/registrations/<int:key>/rename")
def rename(key: int) -> ResponseReturnValue:
    """Give a platform another name here."""
    with services().database.transaction() as session:
        registration.rename_registration(
            session, key, request.form.get("label", ""), actor=administrator(), now=services().clock()
        )
    return redirect(url_for("admin.platform", key=key))


@admin.post("/registrations/<int:key>/addresses")
def change_addresses(key: int) -> ResponseReturnValue:
    """Change which further hosts may be called, and whose pages may show us."""
    try:
        with services().database.transaction() as session:
            registration.change_addresses(
                session,
                key,
                request.form,
                local_origins=services().settings.local_platforms,
                actor=administrator(),
                now=services().clock(),
            )
    except RegistrationProblems as found:  # belongs beside the fields, not on an error page
        return _page(key, values=dict(request.form), problems=found.problems), found.status
    return redirect(url_for("admin.platform", key=key))


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
    return redirect(url_for("admin.platform", key=key))


@admin.post("/deployments/<int:key>/<any(active, suspended):status>")
def switch_deployment(key: int, status: str) -> ResponseReturnValue:
    """Switch one deployment on or off."""
    with services().database.transaction() as session:
        changed = set_deployment_status(
            session, key, DeploymentStatus(status), actor=administrator(), now=services().clock()
        )
    return redirect(url_for("admin.platform", key=changed.registration_id))


@admin.post("/registrations/<int:key>/description")
def check_description(key: int) -> ResponseReturnValue:
    """Read the platform's description of itself again, and show what would change."""
    known, configuration = _description(key)
    return render_template(
        "admin/connect_description.html",
        platform=known,
        changes=[(endpoint_words(item), item) for item in endpoint_changes(known, configuration)],
        origins=new_origins(known, configuration),
        seen=fingerprint(known, configuration),
    )


@admin.post("/registrations/<int:key>/description/accept")
def accept(key: int) -> ResponseReturnValue:
    """Take over what the platform says now, provided that it is what was shown."""
    _, configuration = _description(key)
    with services().database.transaction() as session:
        accept_description(
            session,
            registration.find_registration_by_key(session, key),
            configuration,
            seen=request.form.get("seen", ""),
            actor=administrator(),
            now=services().clock(),
        )
    return redirect(url_for("admin.platform", key=key))


@admin.get("/registrations/<int:key>/test")
def ask_test(key: int) -> str:
    """What the connection test tries; nothing is called yet."""
    with services().database.read() as session:
        found = registration.find_registration_by_key(session, key)
    return render_template("admin/connection_test.html", platform=found, steps=None)


@admin.post("/registrations/<int:key>/test")
def test(key: int) -> str:
    """Try the way to the platform now. Nothing is stored."""
    settings = services().settings
    with services().database.read() as session:
        found = registration.find_registration_by_key(session, key)
    steps = run_connection_test(
        services().database,
        settings.secret_key.get_secret_value(),
        key,
        address=settings.address,
        local_origins=settings.local_platforms,
        clock=services().clock,
    )
    return render_template("admin/connection_test.html", platform=found, steps=steps)


def _page(
    key: int, *, values: Mapping[str, str] | None = None, problems: Mapping[str, str] | None = None
) -> str:
    with services().database.read() as session:
        view = view_platform(session, registration.find_registration_by_key(session, key))
    found = view.registration
    return render_template(
        "admin/connected.html",
        view=view,
        platform=found,
        granted=services_of(found.scopes),
        missing=services_of(view.missing),
        values=values
        or {
            "service_hosts": " ".join(found.service_hosts),
            "frame_origins": " ".join(found.frame_origins),
        },
        problems=problems or {},
        now=services().clock(),
    )


def _description(key: int) -> tuple[Registration, PlatformConfiguration]:
    with services().database.read() as session:
        known = registration.find_registration_by_key(session, key)
    if not known.configuration_url:
        raise Fixable(
            "registration.no_description",
            "This platform was added by hand, so Waymark does not know where it describes itself. Compare the "
            "addresses with those that the platform shows.",
        )
    configuration = fetch_configuration(
        services().outbound,
        known.configuration_url,
        "",
        local_origins=services().settings.local_platforms,
    )
    require_same_platform(known, configuration, None)
    return known, configuration
