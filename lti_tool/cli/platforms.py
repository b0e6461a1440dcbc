"""Learning platforms from the command line: the same as on the administration's pages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.orm import Session

from lti_tool.cli.surroundings import now, settings_from_environment
from lti_tool.db import Database
from lti_tool.launch import audit
from lti_tool.launch import registration as registrations
from lti_tool.launch.invitations import create_invitation
from lti_tool.launch.manual_registration import FIELDS, RegistrationProblems, add_registration
from lti_tool.launch.platforms import add_deployment, set_deployment_status
from lti_tool.launch.short_forms import FORMS
from lti_tool.models.platforms import DeploymentStatus, Registration
from lti_tool.usecases.delete_platform import delete_platform, look_at_leaving
from lti_tool.usecases.platform_overview import view_platform

ACTOR = "command line"


@click.group()
def platforms() -> None:
    """Learning platforms: invite, add, approve, test, update, delete."""


@platforms.command("invite")
@click.argument("label")
def platforms_invite(label: str) -> None:
    """Make a one-time registration address for the platform called LABEL."""
    with _changing() as session:
        token = create_invitation(session, label=label, now=now())
        audit.record(session, actor=ACTOR, action="invitation.created", subject=label, now=now())
    click.echo(_registration_address(token))


@platforms.command("update")
@click.argument("key", type=int)
def platforms_update(key: int) -> None:
    """Make a one-time address with which the platform updates the registration KEY."""
    with _changing() as session:
        found = registrations.find_registration_by_key(session, key)
        token = create_invitation(session, label=found.label, now=now(), registration=found)
        subject = f"registration {key}"
        audit.record(session, actor=ACTOR, action="invitation.created_for_update", subject=subject, now=now())
    click.echo(_registration_address(token))


@platforms.command("list")
def platforms_list() -> None:
    """List the registrations."""
    with _database().read() as session:
        for registration in registrations.all_registrations(session):
            click.echo(
                f"{registration.id:4}  {registration.status.value:9} {registration.label}  {registration.issuer}"
            )


@platforms.command("show")
@click.argument("key", type=int)
def platforms_show(key: int) -> None:
    """Show the registration KEY, its deployments, and how much it is used (numbers only)."""
    with _database().read() as session:
        view = view_platform(session, registrations.find_registration_by_key(session, key))
    found = view.registration
    click.echo(f"{found.label}: {found.status.value}, {view.courses} courses, {view.people} people")
    lines = {
        "issuer": found.issuer,
        "client id": found.client_id,
        "authentication request": found.auth_login_url,
        "access token": found.auth_token_url,
        "public key set": found.key_set_url,
        "further hosts": " ".join(found.service_hosts),
        "embedding pages": " ".join(found.frame_origins),
        "granted services": " ".join(found.scopes),
        "not granted": " ".join(view.missing),
        "last opened": view.last_opened_at.isoformat() if view.last_opened_at else "",
    }
    for name, value in lines.items():
        click.echo(f"  {name:23} {value or '-'}")
    for item in view.deployments:
        click.echo(
            f"  deployment {item.id:4}  {item.status.value:9} {item.deployment_id}  {item.courses} courses"
        )


@platforms.command("approve")
@click.argument("key", type=int)
def platforms_approve(key: int) -> None:
    """Let the registration KEY in."""
    with _changing() as session:
        registrations.approve_registration(session, key, actor=ACTOR, now=now())
    click.echo(f"Registration {key} is active.")


@platforms.command("disable")
@click.argument("key", type=int)
def platforms_disable(key: int) -> None:
    """Keep the registration KEY out; nothing is deleted."""
    with _changing() as session:
        registrations.disable_registration(session, key, actor=ACTOR, now=now())
    click.echo(f"Registration {key} is disabled.")


@platforms.command("delete")
@click.argument("key", type=int)
@click.option("--name", help="The platform's name, where nobody is there to type it.")
def platforms_delete(key: int, name: str | None) -> None:
    """Delete the registration KEY, which was disabled, with everything that hangs on it; shows first what goes."""
    with _database().read() as session:
        leaving = look_at_leaving(session, key)
    for what, number in leaving.lines():
        click.echo(f"  {what:23} {number}")
    label = leaving.registration.label
    typed = name if name is not None else click.prompt(f"This cannot be undone. Type “{label}” to delete it")
    with _changing() as session:
        delete_platform(session, key, typed_name=typed, actor=ACTOR, now=now())
    click.echo(f"Registration {key} is deleted.")


@platforms.command("rename")
@click.argument("key", type=int)
@click.argument("label")
def platforms_rename(key: int, label: str) -> None:
    """Call the registration KEY LABEL on Waymark's own pages."""
    with _changing() as session:
        registrations.rename_registration(session, key, label, actor=ACTOR, now=now())
    click.echo(f"Registration {key} is called {label}.")


@platforms.command("hosts")
@click.argument("key", type=int)
@click.option("--services", default="", help="Further hosts for roster and grades, with spaces between.")
@click.option("--pages", default="", help="Addresses whose pages show Waymark, with spaces between.")
def platforms_hosts(key: int, services: str, pages: str) -> None:
    """Set which further hosts of the registration KEY may be called, and whose pages may show Waymark."""
    with _changing() as session, _problems_as_words():
        registrations.change_addresses(
            session,
            key,
            {"service_hosts": services, "frame_origins": pages},
            local_origins=settings_from_environment().local_platforms,
            actor=ACTOR,
            now=now(),
        )
    click.echo(f"Registration {key} is changed.")


@platforms.command("add")
@click.argument("lms", type=click.Choice([*FORMS, "other"]))
@click.option("--label", required=True, help="The platform's name on Waymark's own pages.")
@click.option("--client-id", required=True)
@click.option("--deployment-id", default="", help="May stay empty: the first launch tells it.")
@click.option("--site", default="", help="Address of the school's Canvas, Moodle or Schoology.")
@click.option(
    "--environment",
    type=click.Choice(["production", "beta", "test", "own"]),
    default="production",
    show_default=True,
    help="Which Canvas.",
)
@click.option("--issuer", default="", help="For other platforms; so are the next ones.")
@click.option("--auth-login-url", default="")
@click.option("--auth-token-url", default="")
@click.option("--key-set-url", default="")
@click.option("--service-hosts", default="")
@click.option("--frame-origins", default="")
def platforms_add(lms: str, **given: str) -> None:
    """Add a platform by hand, switched on at once."""
    values, family = (FORMS[lms](given).values, lms) if lms in FORMS else (given, "")
    settings = settings_from_environment()
    with _changing() as session, _problems_as_words():
        added = add_registration(
            session,
            values,
            local_origins=settings.local_platforms,
            actor=ACTOR,
            secret=settings.secret_key.get_secret_value(),
            now=now(),
            product_family=family,
        )
    click.echo(f"Registration {added.id} is active. Try it: waymark platforms test {added.id}")


@platforms.command("test")
@click.argument("key", type=int)
def platforms_test(key: int) -> None:
    """Try the connection to the registration KEY; changes nothing. Exit code 1 when there is a problem."""
    from lti_tool.usecases.connection_test import Outcome, run_connection_test  # noqa: PLC0415  loads slowly

    settings = settings_from_environment()
    steps = run_connection_test(
        Database(settings.database_url),
        settings.secret_key.get_secret_value(),
        key,
        address=settings.address,
        local_origins=settings.local_platforms,
        clock=now,
    )
    for step in steps:
        click.echo(f"{step.outcome.value.replace('_', ' '):10} {step.title}: {step.found}")
        if step.advice:
            click.echo(f"{'':10} What to do: {step.advice}" + (f" [{step.code}]" if step.code else ""))
    if any(step.outcome is Outcome.PROBLEM for step in steps):
        sys.exit(1)


@platforms.group("deployments")
def deployments() -> None:
    """Deployments: places of a platform where Waymark was installed."""


@deployments.command("add")
@click.argument("key", type=int)
@click.argument("deployment_id")
def deployments_add(key: int, deployment_id: str) -> None:
    """Let launches of DEPLOYMENT_ID of the registration KEY in."""
    with _changing() as session:
        found: Registration = registrations.find_registration_by_key(session, key)
        added = add_deployment(session, found, deployment_id, actor=ACTOR, now=now())
    click.echo(f"Deployment {added.id} is {added.status.value}.")


@deployments.command("switch")
@click.argument("deployment", type=int)
@click.argument("state", type=click.Choice(["on", "off"]))
def deployments_switch(deployment: int, state: str) -> None:
    """Switch DEPLOYMENT (its number in “show”) on or off."""
    status = DeploymentStatus.ACTIVE if state == "on" else DeploymentStatus.SUSPENDED
    with _changing() as session:
        set_deployment_status(session, deployment, status, actor=ACTOR, now=now())
    click.echo(f"Deployment {deployment} is {status.value}.")


def _database() -> Database:
    return Database(settings_from_environment().database_url)


@contextmanager
def _changing() -> Iterator[Session]:
    with _database().transaction() as session:
        yield session


@contextmanager
def _problems_as_words() -> Iterator[None]:
    try:
        yield
    except RegistrationProblems as found:
        lines = [f"{FIELDS.get(name, name)}: {words}" for name, words in found.problems.items()]
        raise click.ClickException("\n".join(lines)) from None


def _registration_address(token: str) -> str:
    return f"{settings_from_environment().address}/lti/register?invitation={token}"
