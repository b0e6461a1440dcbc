"""Recognising and reading gradebook files: encodings, delimiters, bounds, and anything at all."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Fixable
from lti_tool.grades.gradebook_files.cells import read_cell
from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from lti_tool.grades.gradebooks.cells import CellState, Problem

HEADING = "Student,ID,Section,Quiz (1)"
TEXT = f'{HEADING}\r\n    Points Possible,,,10\r\n"Muñoz, Zoë",1,6B,7.5\r\n'


@pytest.mark.parametrize(
    ("content", "guessed"),
    [
        (TEXT.encode(), False),
        (TEXT.encode("utf-8-sig"), False),
        (codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"), False),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), False),
        (TEXT.encode("cp1252"), True),
    ],
)
def test_letters_are_read_in_every_usual_encoding_and_a_guess_is_said(content: bytes, guessed: bool) -> None:
    file = read_gradebook_file(content)
    assert (file.gradebook.students[0].name, file.encoding_guessed) == ("Muñoz, Zoë", guessed)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("note", [False, True])
def test_commas_semicolons_and_tabs_part_cells(delimiter: str, note: bool) -> None:
    rows = [HEADING.split(","), ["    Points Possible", "", "", "10"], ['"Muñoz, Zoë"', "1", "6B", "7.5"]]
    text = (f"sep={delimiter}\r\n" if note else "") + "\r\n".join(delimiter.join(row) for row in rows)
    file = read_gradebook_file(text.encode()).gradebook
    assert (file.students[0].name, file.cells[0][0].score) == ("Muñoz, Zoë", 7.5)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"Name,Points\nAna,3\n", "unknown_format"),
        (b"<!doctype html><title>Sign in</title>", "unknown_format"),
        (b"PK\x03\x04rest of a workbook", "not_text"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not_text"),
        (TEXT.encode("utf-16-le"), "not_text"),
        (b"\xff\xfea", "not_text"),
        (b"caf\x81", "not_text"),
        (HEADING.encode(), "no_students"),
        (b'Student,ID,Section\n"One, A",1,6B\n', "no_columns"),
        (HEADING.encode() + b'\n"One, A",1,6B,"7', "broken"),
        (HEADING.encode() + b"\nOne, A,1,6B,7\n", "broken"),
        (HEADING.encode() + b"\nOne,1,6B,7\n" * 5_002, "too_big"),
        ((HEADING + "".join(f",Quiz ({n})" for n in range(2, 500))).encode() + b"\n", "too_big"),
        (b" " * (10 * 1024 * 1024 + 1), "too_big"),
        (HEADING.encode() + b"\n" + b"x" * 200_000, "broken"),
        (b"\n" * 100_001 + HEADING.encode(), "too_big"),
        (HEADING.encode() + b"\n" * 100_002, "too_big"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_code(content: bytes, code: str) -> None:
    with pytest.raises(Fixable) as refused:
        read_gradebook_file(content)
    assert refused.value.code == f"gradebook_file.{code}"


def test_a_short_row_has_no_results_where_it_ends() -> None:
    file = read_gradebook_file(f'{HEADING}\n"One, A",1\n"Two, B",2,6B,7,,\n'.encode()).gradebook
    assert [row[0].score for row in file.cells] == [None, 7]


@pytest.mark.parametrize(
    ("text", "score"),
    [("7", 7), (" 7.50 ", 7.5), ("7,5", 7.5), ("-1", -1), ("80.00 %", 80), ("0", 0), (".5", 0.5), ("7.", 7)],
)
def test_numbers_are_read_with_point_or_comma(text: str, score: float) -> None:
    assert read_cell(text).score == score


@pytest.mark.parametrize("text", ["", " ", "-", "–", "N/A", "n/a", "Missing"])
def test_no_result_is_not_a_zero(text: str) -> None:
    assert (read_cell(text).state, read_cell(text).score) == (CellState.NO_RESULT, None)


@pytest.mark.parametrize("text", ["EX", "ex", "Excused"])
def test_excused_is_no_result_of_its_own_kind(text: str) -> None:
    assert (read_cell(text).state, read_cell(text).score) == (CellState.EXCUSED, None)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("B+", Problem.NOT_A_NUMBER),
        ("1e5", Problem.NOT_A_NUMBER),
        ("inf", Problem.NOT_A_NUMBER),
        ("٣", Problem.NOT_A_NUMBER),
        ("9" * 400, Problem.NOT_A_NUMBER),
        ("1,234.50", Problem.TWO_SIGNS),
        ("1.234,50", Problem.TWO_SIGNS),
    ],
)
def test_what_is_no_number_says_why(text: str, problem: Problem) -> None:
    cell = read_cell(text)
    assert (cell.state, cell.problem, len(cell.text) <= 40) == (CellState.UNREADABLE, problem, True)


HEADINGS = st.sampled_from(
    [
        HEADING,
        "Student;ID;SIS User ID;Section;Quiz (1)",
        "LastName\tFirstName\tID\tSection\tA (1)",
        "First name,Surname,Email address,Quiz: A (Real),Quiz: A (Percentage),Quiz: B",
        '"First Name","Last Name","Unique User ID","A (Max Pts: 10, Grading Category: X)",Username',
        "",
    ]
)
CELLS = st.one_of(
    st.text(max_size=12), st.sampled_from(["7", "7,5", "EX", '"', "\n", "    Points Possible", "-"])
)


@given(HEADINGS, st.lists(st.lists(CELLS, max_size=6), max_size=6), st.sampled_from(",;\t"))
def test_any_rows_are_read_or_refused_in_our_words(
    heading: str, rows: list[list[str]], delimiter: str
) -> None:
    text = "\n".join([heading, *(delimiter.join(row) for row in rows)])
    _read_or_refused(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused_in_our_words(content: bytes) -> None:
    _read_or_refused(content)
    _read_or_refused(TEXT.encode() + content)


def _read_or_refused(content: bytes) -> None:
    try:
        file = read_gradebook_file(content).gradebook
    except Fixable:
        return
    assert len(file.cells) == len(file.students) > 0
    assert {len(row) for row in file.cells} == {len(file.columns)}
    assert len({column.key for column in file.columns}) == len(file.columns)
