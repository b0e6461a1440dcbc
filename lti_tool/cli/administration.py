"""Administrators of this installation, from the command line."""

from __future__ import annotations

import click

from lti_tool.cli.surroundings import ACTOR, now, settings_from_environment
from lti_tool.db import Database
from lti_tool.launch import second_factor
from lti_tool.launch.administrators import (
    all_administrators,
    create_administrator,
    find_administrator,
    remove_administrator,
    set_password,
)
from lti_tool.launch.sign_in import sign_out_everywhere


@click.group()
def admin() -> None:
    """Administrators of this installation."""


@admin.command("create")
@click.argument("login")
@click.password_option()
def admin_create(login: str, password: str) -> None:
    """Create the administrator LOGIN, who sets up an authenticator app at the first sign-in."""
    with Database(settings_from_environment().database_url).transaction() as session:
        create_administrator(session, login=login, password=password, now=now())
    click.echo(f"{login} can sign in at {settings_from_environment().address}/admin/")


@admin.command("list")
def admin_list() -> None:
    """List the administrators."""
    with Database(settings_from_environment().database_url).read() as session:
        for person in all_administrators(session):
            step = "second step set up" if person.totp_confirmed_at else "sets up the second step next"
            click.echo(f"{person.login}  since {person.created_at:%Y-%m-%d}  {step}")


@admin.command("password")
@click.argument("login")
@click.password_option()
def admin_password(login: str, password: str) -> None:
    """Give LOGIN a new password, and sign LOGIN out everywhere."""
    with Database(settings_from_environment().database_url).transaction() as session:
        person = find_administrator(session, login)
        set_password(session, person, password, actor=ACTOR, now=now())
        sign_out_everywhere(session, person.id)
    click.echo(f"{login} has a new password and is signed out everywhere.")


@admin.command("reset-second-factor")
@click.argument("login")
def admin_reset_second_factor(login: str) -> None:
    """Forget the authenticator app and the recovery codes of LOGIN, when both are lost."""
    with Database(settings_from_environment().database_url).transaction() as session:
        person = find_administrator(session, login)
        second_factor.reset_second_factor(session, person, actor=ACTOR, now=now())
        sign_out_everywhere(session, person.id)
    click.echo(
        f"{login} is signed out everywhere and sets up a new app at the next sign-in. Until then the password "
        "alone is enough, so let that be soon."
    )


@admin.command("remove")
@click.argument("login")
@click.confirmation_option(prompt="Remove this administrator?")
def admin_remove(login: str) -> None:
    """Remove the administrator LOGIN; the last one stays."""
    with Database(settings_from_environment().database_url).transaction() as session:
        remove_administrator(session, login, actor=ACTOR, now=now())
    click.echo(f"{login} can no longer sign in.")
