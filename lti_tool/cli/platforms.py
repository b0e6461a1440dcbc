"""Learning platforms from the command line."""

from __future__ import annotations

import click

from lti_tool.cli.surroundings import now, settings_from_environment
from lti_tool.db import Database
from lti_tool.launch import registration as registrations
from lti_tool.launch.invitations import create_invitation


@click.group()
def platforms() -> None:
    """Learning platforms: invite, list, approve, disable."""


@platforms.command("invite")
@click.argument("label")
def platforms_invite(label: str) -> None:
    """Make a one-time registration address for the platform called LABEL."""
    settings = settings_from_environment()
    with Database(settings.database_url).transaction() as session:
        token = create_invitation(session, label=label, now=now())
    click.echo(f"{settings.address}/lti/register?invitation={token}")


@platforms.command("list")
def platforms_list() -> None:
    """List the registrations."""
    with Database(settings_from_environment().database_url).read() as session:
        for registration in registrations.all_registrations(session):
            click.echo(
                f"{registration.id:4}  {registration.status.value:9} {registration.label}  {registration.issuer}"
            )


@platforms.command("approve")
@click.argument("key", type=int)
def platforms_approve(key: int) -> None:
    """Let the registration KEY in."""
    with Database(settings_from_environment().database_url).transaction() as session:
        registrations.approve_registration(session, key, actor="command line", now=now())
    click.echo(f"Registration {key} is active.")


@platforms.command("disable")
@click.argument("key", type=int)
def platforms_disable(key: int) -> None:
    """Keep the registration KEY out; nothing is deleted."""
    with Database(settings_from_environment().database_url).transaction() as session:
        registrations.disable_registration(session, key, actor="command line", now=now())
    click.echo(f"Registration {key} is disabled.")
