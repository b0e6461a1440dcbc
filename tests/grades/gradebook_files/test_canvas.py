"""Canvas's gradebook export, in the shapes that `lib/gradebook_exporter.rb` writes."""

from __future__ import annotations

from pathlib import Path

from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from lti_tool.grades.gradebooks.cells import CellState
from lti_tool.grades.gradebooks.gradebook import Gradebook, LeftOut, Product

SAMPLES = Path(__file__).parent.parent / "samples" / "gradebook_files"


def read(text: str) -> Gradebook:
    return read_gradebook_file(text.encode()).gradebook


def scores(file: Gradebook) -> list[list[float | None]]:
    return [[cell.score for cell in row] for row in file.cells]


def test_the_sample_is_read_whole() -> None:
    file = read_gradebook_file((SAMPLES / "canvas.csv").read_bytes()).gradebook
    assert file.product is Product.CANVAS
    assert [(column.title, column.points) for column in file.columns] == [
        ("Equivalent ratios", 10),
        ("Ratios, tables and graphs", 20),
        ("Unit project", 50),
        ("Poster", 10),
    ]
    assert [student.name for student in file.students] == [
        "Morales, Ana",
        "Carter, Ben",
        "Dubois, Chloé",
        "Nobody, Nina",
    ]
    assert scores(file)[:3] == [[8, 17.5, None, None], [4, None, None, 6], [10, 19.5, None, None]]
    assert [row[3].state for row in file.cells[:3]] == [
        CellState.EXCUSED,
        CellState.SCORE,
        CellState.UNREADABLE,
    ]


def test_a_student_has_the_ids_of_the_file_and_the_name_as_it_is_said() -> None:
    student = read_gradebook_file((SAMPLES / "canvas.csv").read_bytes()).gradebook.students[0]
    assert student.full_names == ("Ana Morales",)
    assert (student.user_id, student.sis_id, student.login) == ("1001", "S-1", "amorales")


def test_totals_and_columns_without_points_are_left_out_and_named() -> None:
    file = read_gradebook_file((SAMPLES / "canvas.csv").read_bytes()).gradebook
    assert [(column.title, column.why) for column in file.left_out] == [
        ("Participation", LeftOut.NO_POINTS),
        ("Quizzes Current Score", LeftOut.CALCULATED),
        ("Quizzes Final Score", LeftOut.CALCULATED),
        ("Current Score", LeftOut.CALCULATED),
        ("Final Score", LeftOut.CALCULATED),
    ]


def test_a_teachers_own_text_column_is_no_column_of_results() -> None:
    file = read('Student,ID,Section,Seat,Quiz (1)\n    Points Possible,,,,5\n"One, A",1,6B,7,3\n')
    assert [column.title for column in file.columns] == ["Quiz"]


def test_a_total_of_a_grading_period_that_ends_like_an_id_is_still_a_total() -> None:
    file = read(
        'Student,ID,Section,Quiz (1),Current Score (2026)\n    Points Possible,,,5,(läs endast)\n"One, A",1,6B,3,60\n'
    )
    assert [column.title for column in file.columns] == ["Quiz"]


def test_first_and_last_names_in_two_columns_are_one_name() -> None:
    file = read(
        "LastName,FirstName,ID,SIS Login ID,Section,Quiz (1)\n    Points Possible,,,,,5\nMorales,Ana,1,a,6B,3\n"
        "Student,Test,2,,6B,\n"
    )
    assert [(student.name, student.full_names) for student in file.students] == [
        ("Morales, Ana", ("Ana Morales",))
    ]


def test_a_swedish_teachers_file_has_decimal_commas_and_semicolons() -> None:
    file = read("Student;ID;Section;Quiz (1)\n    Points Possible;;;10,00\nOne, A;1;6B;7,50\n")
    assert (file.columns[0].points, scores(file)) == (10, [[7.5]])


def test_without_the_row_of_points_a_teacher_has_to_say_them() -> None:
    file = read('Student,ID,Section,Quiz (1)\n"One, A",1,6B,3\n')
    assert (file.columns[0].points, scores(file)) == (None, [[3]])


def test_the_same_assignment_twice_is_left_out() -> None:
    file = read('Student,ID,Section,A (1),A (1),B (2)\n    Points Possible,,,5,5,5\n"One, A",1,6B,3,4,5\n')
    assert [column.title for column in file.columns] == ["B"]
    assert [(column.title, column.why) for column in file.left_out] == [("A", LeftOut.SAME_TITLE)]


def test_a_renamed_assignment_keeps_its_key_and_a_title_may_have_several_lines() -> None:
    first = read('Student,ID,Section,"Old\nname (7)"\n"One, A",1,6B,3\n').columns[0]
    second = read('Student,ID,Section,New name (7)\n"One, A",1,6B,3\n').columns[0]
    assert first.title == "Old\nname"
    assert first.key == second.key
