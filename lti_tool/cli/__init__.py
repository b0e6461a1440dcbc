"""The command line: serve, work, migrate, connect platforms, try the demo."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lti_tool import migrations
from lti_tool.cli.administration import admin
from lti_tool.cli.audit import audit
from lti_tool.cli.configs import configs
from lti_tool.cli.keys import keys
from lti_tool.cli.platforms import platforms
from lti_tool.cli.skill_maps import skill_maps
from lti_tool.cli.surroundings import settings_from_environment
from lti_tool.db import Database
from lti_tool.errors import WaymarkError


@click.group()
def waymark() -> None:
    """Waymark: one good next step for every student, inside the school's own LMS."""


@waymark.command()
@click.option("--bind", default="127.0.0.1:8080", show_default=True, help="Address and port to listen at.")
@click.option("--processes", default=2, show_default=True, help="Server processes.")
@click.option("--threads", default=4, show_default=True, help="Threads in each process.")
def serve(bind: str, processes: int, threads: int) -> None:
    """Run the web server."""
    from lti_tool.server import run_server  # noqa: PLC0415  gunicorn does not load on Windows; other commands do

    run_server(settings_from_environment(), bind=bind, processes=processes, threads=threads)


@waymark.command()
def worker() -> None:
    """Run the worker: reading from platforms, writing back, cleaning up."""
    from lti_tool.worker import run_worker  # noqa: PLC0415  brings the whole tool; other commands start quicker

    run_worker(settings_from_environment())


@waymark.group()
def db() -> None:
    """The database schema."""


@db.command("upgrade")
def db_upgrade() -> None:
    """Bring the schema to the newest revision."""
    migrations.upgrade(Database(settings_from_environment().database_url))
    click.echo("The database is up to date.")


@db.command("revision")
@click.argument("message")
def db_revision(message: str) -> None:
    """Write a new revision from the difference between models and database (for developers)."""
    migrations.make_revision(Database(settings_from_environment().database_url), message)


@waymark.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
@click.option("--tool-port", default=8080, show_default=True)
@click.option("--lms-port", default=8081, show_default=True)
@click.option(
    "--profile",
    type=click.Choice(["strict", "canvas", "moodle", "schoology"]),
    default="strict",
    show_default=True,
    help="Which platform the demo LMS behaves like.",
)
@click.option("--connect/--no-connect", default=True, show_default=True, help="Register the tool by itself.")
def demo(folder: Path, tool_port: int, lms_port: int, profile: str, connect: bool) -> None:
    """Run the tool, its worker and a demo LMS with a whole course."""
    from lti_tool.demo.run import run_demo  # noqa: PLC0415  brings the demo LMS, which a school does not run

    run_demo(folder=folder, tool_port=tool_port, lms_port=lms_port, profile=profile, connect=connect)


waymark.add_command(platforms)
waymark.add_command(configs)
waymark.add_command(admin)
waymark.add_command(keys)
waymark.add_command(audit)
waymark.add_command(skill_maps)


def main() -> None:
    """Run the command line; an error of ours is one sentence and exit code 2."""
    try:
        waymark(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except WaymarkError as error:
        click.echo(error.message, err=True)
        sys.exit(2)
