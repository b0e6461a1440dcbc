"""Administrators of this installation, from the command line."""

from __future__ import annotations

import click

from lti_tool.cli.surroundings import now, settings_from_environment
from lti_tool.db import Database
from lti_tool.launch.administrators import create_administrator


@click.group()
def admin() -> None:
    """Administrators of this installation."""


@admin.command("create")
@click.argument("login")
@click.password_option()
def admin_create(login: str, password: str) -> None:
    """Create the administrator LOGIN."""
    with Database(settings_from_environment().database_url).transaction() as session:
        create_administrator(session, login=login, password=password, now=now())
    click.echo(f"{login} can sign in at {settings_from_environment().address}/admin/")
