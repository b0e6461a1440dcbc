"""Schoology's "Gradebook as CSV"."""

from __future__ import annotations

from pathlib import Path

from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from lti_tool.grades.gradebooks.cells import CellState
from lti_tool.grades.gradebooks.gradebook import LeftOut, Product

SAMPLE = Path(__file__).parent.parent / "samples" / "gradebook_files" / "schoology.csv"
PEOPLE = "First Name,Last Name,Unique User ID"


def test_the_sample_is_read_whole() -> None:
    file = read_gradebook_file(SAMPLE.read_bytes()).gradebook
    assert file.product is Product.SCHOOLOGY
    assert [(column.title, column.points) for column in file.columns] == [
        ("Equivalent ratios", 10),
        ("Poster (part 2)", 20),
    ]
    assert [[cell.score for cell in row] for row in file.cells] == [[8, 17.5], [None, None], [9.5, None]]
    assert file.cells[1][1].state is CellState.EXCUSED
    assert [(column.title, column.why) for column in file.left_out] == [
        ("Overall", LeftOut.CALCULATED),
        ("Quarter 1", LeftOut.CALCULATED),
        ("(No grading period)", LeftOut.CALCULATED),
        ("Warm-up", LeftOut.NO_POINTS),
    ]


def test_students_have_the_schools_number_and_their_login() -> None:
    file = read_gradebook_file(SAMPLE.read_bytes()).gradebook
    assert [(student.name, student.sis_id, student.login) for student in file.students] == [
        ("Ana Morales", "S-1", "ana.morales"),
        ("Ben Carter", "S-2", "ben.carter"),
        ("Chloé Dubois", "", "chloe.dubois"),
    ]


def test_a_material_keeps_its_key_when_its_points_or_category_change() -> None:
    first, second = (
        read_gradebook_file(f'{PEOPLE},"A (Max Pts: {how})"\nAna,M,1,3\n'.encode()).gradebook.columns[0]
        for how in ("5, Grading Category: X", "10")
    )
    assert first.key == second.key


def test_two_materials_of_one_title_are_left_out() -> None:
    file = read_gradebook_file(
        f"{PEOPLE},A (Max Pts: 5),B (Max Pts: 5),A (Max Pts: 10)\nAna,M,1,1,2,3\n".encode()
    ).gradebook
    assert [column.title for column in file.columns] == ["B"]
    assert [column.title for column in file.left_out] == ["A"]
