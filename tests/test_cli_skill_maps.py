"""Skill maps on the command line: what is wrong with one, and one format made of another."""

from __future__ import annotations

import json
from pathlib import Path

from lti_tool.pathways.skill_map import read_skill_map
from lti_tool.usecases.skill_map_files import read_map_file
from tests.command_line import run
from tests.factories import SKILL_MAPS, ratios
from tests.pathways.case_samples import framework


def test_a_map_can_be_checked_and_converted_without_any_settings(tmp_path: Path) -> None:
    sample = str(SKILL_MAPS / "grade6_ratios")
    checked = run("skill-maps", "check", sample)
    assert (checked.returncode, "It can be used." in checked.stdout) == (0, True), checked.stderr
    out = tmp_path / "map.toml"
    converted = run("skill-maps", "convert", sample, "--to", "toml", "--out", str(out))
    assert converted.stdout == f"{out}\n"
    assert read_skill_map(read_map_file(out.read_bytes())) == ratios().skill_map


def test_all_problems_are_printed_with_file_line_and_code(tmp_path: Path) -> None:
    table = tmp_path / "map.csv"
    table.write_text("kind,id,title,grade\nmap,m,M,6\nskill,a,A,40\nskill,a,B,6\n")
    result = run("skill-maps", "check", str(table))
    assert result.returncode == 1
    assert f"{table}:3: [entry.number]" in result.stderr
    assert f"{table}:4: [skill.repeated]" in result.stderr
    assert "Traceback" not in result.stderr


def test_entries_of_a_framework_are_chosen_and_writing_twice_is_the_same(tmp_path: Path) -> None:
    file = tmp_path / "framework.json"
    file.write_text(json.dumps(framework()))
    command = ("skill-maps", "convert", str(file), "--to", "json", "--entries", "Standard", "--grade", "6")
    first, second = run(*command), run(*command)
    assert first.stdout == second.stdout
    skills = read_skill_map(read_map_file(first.stdout.encode())).skills
    assert [skill.codes for skill in skills] == [("6.R.2",)]
