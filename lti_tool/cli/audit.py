"""The audit log from the command line."""

from __future__ import annotations

from datetime import timedelta

import click

from lti_tool.cli.surroundings import now, settings_from_environment
from lti_tool.db import Database
from lti_tool.launch.audit import Wanted, read_all


@click.group("audit")
def audit() -> None:
    """Who changed what in the administration."""


@audit.command("list")
@click.option("--days", type=click.IntRange(1, 36500), help="Only the last DAYS days.")
@click.option("--about", default="", help="Only entries by or about names that contain this.")
def audit_list(days: int | None, about: str) -> None:
    """List the entries, newest first: time, who, what, about what."""
    wanted = Wanted(about=about, since=now() - timedelta(days=days) if days else None)
    with Database(settings_from_environment().database_url).read() as session:
        for entry in read_all(session, wanted):
            detail = " ".join(f"{name}={value}" for name, value in sorted(entry.detail.items()))
            line = (
                f"{entry.at:%Y-%m-%d %H:%M:%S} UTC  {entry.actor}  {entry.action}  {entry.subject}  {detail}"
            )
            # A name may hold characters that would move the cursor of a terminal.
            click.echo("".join(one if one.isprintable() else "?" for one in line).rstrip())
