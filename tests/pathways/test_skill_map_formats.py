"""TOML and CSV: what is written reads as the same map, and what is wrong is said with its line."""

import tomllib

import pytest
from hypothesis import given, settings

from lti_tool.pathways.problems import Problem
from lti_tool.pathways.skill_map import SkillMap, SkillMapError, read_skill_map
from lti_tool.pathways.skill_map_csv import read_csv, write_csv
from lti_tool.pathways.toml_text import TomlError, read_toml, write_toml
from tests.factories import ratios
from tests.pathways.documents import document_of
from tests.pathways.random_maps import skill_maps

HEAD = "kind,id,title,grade,before,after,strength,skills,goal,minutes\n"
SMALL = HEAD + "map,small,Small,3\nskill,one,One,3\nskill,two,Two,3\n"


def problems_of(text: str) -> tuple[Problem, ...]:
    document, problems = read_csv(text)
    try:
        read_skill_map(document)
    except SkillMapError as error:
        problems += error.problems
    return tuple(problems)


@settings(max_examples=60, deadline=None)
@given(skill_maps())
def test_a_map_written_and_read_again_is_the_same(skill_map: SkillMap) -> None:
    document = document_of(skill_map)
    assert read_skill_map(document) == skill_map
    assert read_skill_map(tomllib.loads(write_toml(document))) == skill_map
    assert read_skill_map(read_toml(write_toml(document))) == skill_map
    read, problems = read_csv(write_csv(document).removeprefix("\ufeff"))
    assert problems == []
    assert read_skill_map(read) == skill_map


def test_the_sample_with_its_questions_goes_through_toml_and_without_them_through_csv() -> None:
    sample = ratios()
    assert read_toml(write_toml(sample.document)) == sample.document
    read, problems = read_csv(write_csv(sample.document).removeprefix("\ufeff"))
    assert (problems, read_skill_map(read)) == ([], sample.skill_map)


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_spreadsheet_may_change_delimiters_line_ends_and_quotes(delimiter: str) -> None:
    lines = SMALL.replace(",", delimiter).replace("One", '"One"').replace("\n", "\r\n")
    read, problems = read_csv(lines + f"{delimiter * 3}\r\n")
    assert problems == []
    assert [skill.title for skill in read_skill_map(read).skills] == ["One", "Two"]


def test_a_decimal_comma_and_a_bare_skill_id_are_understood() -> None:
    read, problems = read_csv(SMALL + 'activity,a,A,,,,,"one; two=0,5",,7\n')
    assert problems == []
    assert read_skill_map(read).activities[0].skills == {"one": 1.0, "two": 0.5}


@pytest.mark.parametrize(
    ("rows", "code", "line"),
    [
        ("skill,three,Three,14", "entry.number", 5),
        ("skill,three,Three,six", "csv.cell", 5),
        ("skill,three,,3", "entry.text", 5),
        ("skill,one,Again,3", "skill.repeated", 5),
        ("skill,three,Three,3,one", "csv.misplaced", 5),
        ("\nlesson,x,X,3", "csv.kind", 6),
        ("map,second,Second,3", "csv.map", 5),
        ("prerequisite,,,,one,three", "prerequisite.unknown_skill", 5),
        ("prerequisite,,,,three,one", "prerequisite.unknown_skill", 5),
        ("prerequisite,,,,one,two,very", "entry.word", 5),
        ("prerequisite,,,,one,two\nprerequisite,,,,one,two", "prerequisite.repeated", 6),
        ("activity,a,A,,,,,three=1", "activity.unknown_skill", 5),
        ("activity,a,A,,,,,one=2", "entry.share", 5),
        ("activity,a,A,,,,,one,,0", "entry.number", 5),
        ('skill,three,"Three', "csv.broken", 5),
        ("skill,three,Three,3,,,,,,,too,much", "csv.too_wide", 5),
        ("skill,a\x00b,Three,3", "entry.id", 5),
        ("skill,three,Th\x07ree,3", "entry.character", 5),
    ],
)
def test_each_mistake_in_a_table_is_named_with_its_row(rows: str, code: str, line: int) -> None:
    found = problems_of(SMALL + rows + "\n")
    assert [(problem.code, problem.line) for problem in found] == [(code, line)], found


def test_a_table_without_heading_or_map_says_what_is_missing() -> None:
    assert problems_of("skill;one;One\n")[0].code == "csv.heading"
    assert "csv.map" in [p.code for p in problems_of(HEAD + "skill,one,One,3\n")]
    assert "csv.heading" in [p.code for p in problems_of(SMALL.replace("goal", "gaol"))]
    assert "csv.heading" in [p.code for p in problems_of(SMALL.replace("goal", "title"))]


def test_every_circle_is_named_with_a_row() -> None:
    edges = ["one,two", "two,one", "three,four", "four,five", "five,three"]
    rows = "".join(f"skill,{name},{name},3\n" for name in ("three", "four", "five"))
    rows += "".join(f"prerequisite,,,,{edge}\n" for edge in edges)
    found = problems_of(SMALL + rows)
    assert [problem.code for problem in found] == ["skill_map.circle"] * 2
    assert all(problem.line and 8 <= problem.line <= 12 for problem in found)
    assert any(" → ".join(("three", "four")) in problem.message for problem in found)


def test_too_many_skills_are_one_problem_and_nothing_is_read() -> None:
    rows = "".join(f"skill,s{number},S,3\n" for number in range(600))
    assert [problem.code for problem in problems_of(SMALL + rows)] == ["skill_map.too_many"]


def test_a_mistake_in_toml_has_its_line() -> None:
    with pytest.raises(TomlError) as syntax:
        read_toml('[map]\nid = "x\n')
    assert (syntax.value.problem.code, syntax.value.problem.line) == ("toml.syntax", 2)
    text = '[map]\nid = "x"\ntitle = "X"\ngrade = 2026-01-01\n\n[[skills]]\nid = "one"\ntitle = "One"\n\n[[skills]]\nid = "two"\n'
    with pytest.raises(SkillMapError) as wrong:
        read_skill_map(read_toml(text))
    assert [(p.code, p.line) for p in wrong.value.problems] == [("entry.number", None), ("entry.text", 10)]


@pytest.mark.parametrize(
    "text", ["x = " + "[" * 5_000, "x = inf", "x = " + "9" * 5_000, "x = [[[" + "]]]" * 9]
)
def test_toml_beyond_reason_is_a_problem_and_no_crash(text: str) -> None:
    with pytest.raises(TomlError):
        read_toml(text)
