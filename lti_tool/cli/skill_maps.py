"""Skill maps as files: say what is wrong with one, and turn one format into another."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from lti_tool.errors import Fixable
from lti_tool.pathways.case_framework import Entries
from lti_tool.pathways.skill_map import read_skill_map
from lti_tool.usecases.adopted_map import read_sample
from lti_tool.usecases.skill_map_files import (
    LARGEST_FILE,
    MEDIA_TYPES,
    UnusableMap,
    read_map_file,
    write_map_file,
)

_file = click.argument("file", type=click.Path(exists=True, path_type=Path))
_entries = click.option(
    "--entries", default="", help="What becomes a skill in a framework: leaves, all, or a CFItemType."
)
_grade = click.option("--grade", type=click.IntRange(0, 13), help="Only entries of this grade.")


@click.group("skill-maps")
def skill_maps() -> None:
    """Skill maps: tables (CSV), TOML files, and frameworks in CASE 1.1 format (JSON)."""


@skill_maps.command()
@_file
@_entries
@_grade
def check(file: Path, entries: str, grade: int | None) -> None:
    """Say everything that is wrong with the skill map in FILE, or in a folder as those of configs/skill_maps."""
    found = read_skill_map(_document(file, entries, grade))
    for finding in found.health():
        click.echo(f"worth a look [{finding.code}] {finding.message}")
    click.echo(
        f"{found.title}: {len(found.skills)} skills, {len(found.prerequisites)} prerequisites, "
        f"{len(found.activities)} activities. It can be used."
    )


@skill_maps.command()
@_file
@click.option("--to", "kind", type=click.Choice(sorted(MEDIA_TYPES)), required=True, help="json is CASE 1.1.")
@click.option("--out", type=click.Path(path_type=Path), help="Write into this file instead of printing.")
@_entries
@_grade
def convert(file: Path, kind: str, out: Path | None, entries: str, grade: int | None) -> None:
    """Write the skill map in FILE in another format. A table has no place for the questions of checks."""
    document = _document(file, entries, grade)
    # The same file gives the same framework, whenever it is written.
    newest = max(path.stat().st_mtime for path in (file.iterdir() if file.is_dir() else [file]))
    text = write_map_file(document, kind, changed_at=datetime.fromtimestamp(newest, UTC))
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise Fixable(
            "skill_maps.out", f"The file {out} cannot be written; choose another one with --out."
        ) from error
    click.echo(str(out))


def _document(file: Path, entries: str, grade: int | None) -> dict[str, Any]:
    """The document of a file; where there is something to mend, all of it, and exit code 1."""
    if file.is_dir():
        return dict(read_sample(file).document)
    try:
        with file.open("rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
        return read_map_file(content, entries=Entries(entries, grade))
    except OSError as error:
        raise Fixable("skill_maps.file", f"The file {file} cannot be read: {error.strerror}.") from error
    except UnusableMap as refused:
        for problem in refused.problems:
            where = f"{file}:{problem.line}" if problem.line else str(file)
            click.echo(f"{where}: [{problem.code}] {problem.message}", err=True)
        sys.exit(1)
