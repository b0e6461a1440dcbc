"""Moodle's plain text export, in the shapes that `grade/export/txt` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from lti_tool.grades.gradebooks.cells import CellState
from lti_tool.grades.gradebooks.gradebook import Gradebook, LeftOut, Product

SAMPLES = Path(__file__).parent.parent / "samples" / "gradebook_files"
PEOPLE = "First name,Surname,ID number,Institution,Department,Email address"


def read(text: str) -> Gradebook:
    return read_gradebook_file(text.encode()).gradebook


def columns(file: Gradebook) -> list[tuple[str, float | None]]:
    return [(column.title, column.points) for column in file.columns]


def scores(file: Gradebook) -> list[list[float | None]]:
    return [[cell.score for cell in row] for row in file.cells]


def test_the_sample_is_read_whole() -> None:
    file = read_gradebook_file((SAMPLES / "moodle.csv").read_bytes()).gradebook
    assert file.product is Product.MOODLE
    assert columns(file) == [("Equivalent ratios", 100), ("Poster", None)]
    assert scores(file) == [[80, 17.5], [None, 9], [100, None]]
    assert [(column.title, column.why) for column in file.left_out] == [
        ("Reflection", LeftOut.NOT_A_NUMBER),
        ("Unit 1 total", LeftOut.CALCULATED),
        ("Course total", LeftOut.CALCULATED),
    ]


def test_a_student_has_the_schools_number_which_is_not_moodles_own() -> None:
    student = read_gradebook_file((SAMPLES / "moodle.csv").read_bytes()).gradebook.students[0]
    assert (student.name, student.full_names) == ("Ana Morales", ("Ana Morales",))
    assert (student.user_id, student.sis_id, student.email) == ("", "S-1", "ana@school.example")


def test_a_spanish_file_has_its_own_words_commas_and_no_space_after_the_colon() -> None:
    file = read_gradebook_file((SAMPLES / "moodle_spanish.csv").read_bytes()).gradebook
    assert columns(file) == [("Razones equivalentes", None), ("Cartel", None)]
    assert scores(file) == [[8.5, None], [4, None]]
    assert file.cells[1][1].state is CellState.UNREADABLE
    assert [column.title for column in file.left_out] == ["Total del curso"]


def test_a_german_file_is_known_too() -> None:
    file = read(
        "Vorname;Nachname;E-Mail-Adresse;Test: Brüche (Prozent)\nAna;Morales;a@school.example;75,5 %\n"
    )
    assert (columns(file), scores(file)) == ([("Brüche", 100)], [[75.5]])


def test_an_older_file_names_items_without_saying_what_it_shows() -> None:
    file = read(
        f"{PEOPLE},Quiz: A,Course total,Last downloaded from this course\nAna,M,,,,,7.00,7.00,1772442000\n"
    )
    assert (columns(file), scores(file)) == ([("A", None)], [[7]])


def test_a_column_keeps_its_key_when_it_is_exported_in_another_way() -> None:
    [real] = read(f"{PEOPLE},Quiz: A (Real)\nAna,M,,,,,7\n").columns
    [percentage] = read(f"{PEOPLE},Quiz: A (Percentage)\nAna,M,,,,,70 %\n").columns
    assert real.key == percentage.key


def test_two_items_of_one_title_are_told_apart_by_their_kind_or_left_out() -> None:
    file = read(
        f"{PEOPLE},Quiz: A (Real),Assignment: A (Real),Quiz: B (Real),Quiz: B (Real)\nAna,M,,,,,1,2,3,4\n"
    )
    assert [column.title for column in file.columns] == ["Quiz: A", "Assignment: A"]
    assert [(column.title, column.why) for column in file.left_out] == [("B", LeftOut.SAME_TITLE)]


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("Unit 2: Ratios", "Unit 2: Ratios"),
        ("Quiz: Sum total", "Sum total"),
        ("Quiz: Total recall", "Total recall"),
    ],
)
def test_only_the_kind_of_activity_is_taken_off_a_title(heading: str, title: str) -> None:
    assert columns(read(f"{PEOPLE},{heading} (Real)\nAna,M,,,,,1\n")) == [(title, None)]
