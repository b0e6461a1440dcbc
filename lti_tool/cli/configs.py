"""What the administrator of an LMS needs to know about us, printed or written for the real host."""

from __future__ import annotations

from pathlib import Path

import click

from lti_tool.cli.surroundings import settings_from_environment
from lti_tool.errors import Fixable
from lti_tool.launch.addresses import origin
from lti_tool.launch.tool_configuration import configuration_files


@click.command()
@click.argument("lms", type=click.Choice(["canvas", "moodle", "schoology"]))
@click.option("--address", default="", help="Where Waymark is reached; default: LTI_TOOL_ADDRESS.")
@click.option("--out", type=click.Path(path_type=Path), help="Write into this folder instead of printing.")
def configs(lms: str, address: str, out: Path | None) -> None:
    """Print what to paste into LMS (Canvas: the JSON of a developer key)."""
    if address and origin(address) != address.rstrip("/"):
        raise Fixable(
            "configs.address", "Write the address like https://waymark.school.example, without a path."
        )
    name, text = configuration_files(origin(address) or settings_from_environment().address)[lms]
    if out is None:
        click.echo(text, nl=False)
        return
    target = out / lms / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Fixable(
            "configs.folder", f"The file {target} cannot be written; choose another folder with --out."
        ) from error
    click.echo(str(target))
