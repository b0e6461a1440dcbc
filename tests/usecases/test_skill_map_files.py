"""Skill maps as files: what a file is, what is wrong with it, and that written ones read the same."""

from __future__ import annotations

import pytest

from lti_tool.pathways.skill_map import read_skill_map
from lti_tool.usecases.skill_map_files import (
    LARGEST_FILE,
    NO_CHECKS,
    KnownChecks,
    UnusableMap,
    read_map_file,
    write_map_file,
)
from tests.factories import NOW, ratios

SAMPLE = ratios().document


@pytest.mark.parametrize("kind", ["csv", "toml", "json"])
def test_a_written_file_reads_as_the_same_map_with_its_questions(kind: str) -> None:
    content = write_map_file(SAMPLE, kind, changed_at=NOW).encode()
    document = read_map_file(content, known=KnownChecks.of([SAMPLE]))
    assert read_skill_map(document) == ratios().skill_map
    assert {row["activity"]: row for row in document["checks"]} == {
        r["activity"]: r for r in SAMPLE["checks"]
    }


def test_a_check_whose_questions_nobody_knows_is_named() -> None:
    content = write_map_file(SAMPLE, "csv", changed_at=NOW).encode()
    with pytest.raises(UnusableMap) as refusal:
        read_map_file(content, known=NO_CHECKS)
    assert {problem.code for problem in refusal.value.problems} == {"check.no_questions"}
    assert "Write “lms” under “hosted”" in refusal.value.message


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "skill_map_file.empty"),
        (b"PK\x03\x04 a workbook", "skill_map_file.workbook"),
        (b"Name,Result\r\nAna,3\r\n", "skill_map_file.unknown_format"),
        (b"[map]\nid = ", "toml.syntax"),
        (b'{"CFDocument": ', "skill_map_file.json"),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, "skill_map_file.json"),
        (b'{"CFItems": []}', "case.no_package"),
        (b"{" + b" " * LARGEST_FILE, "skill_map_file.too_big"),
    ],
)
def test_a_file_that_is_no_skill_map_says_what_to_do(content: bytes, code: str) -> None:
    with pytest.raises(UnusableMap) as refusal:
        read_map_file(content)
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert (refusal.value.code, refusal.value.status) == ("skill_map_file.problems", 422)
