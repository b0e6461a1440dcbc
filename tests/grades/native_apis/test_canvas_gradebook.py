"""Canvas's documents, as a gradebook: columns, students and cells."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import PlatformUnavailable
from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from lti_tool.grades.gradebooks.cells import EXCUSED, NO_RESULT, Cell, CellState, Problem
from lti_tool.grades.gradebooks.gradebook import Gradebook, LeftOut
from lti_tool.grades.native_apis.canvas_gradebook import (
    canvas_gradebook,
    may_see_all_grades,
    sees_only_sections,
)

COURSE = "77"
QUIZ = {"id": 5, "course_id": 77, "name": "Quiz", "points_possible": 10, "grading_type": "points"}
ANA = {"id": 1, "name": "Ana Morales", "sortable_name": "Morales, Ana"}
SCORED = {"user_id": 1, "assignment_id": 5, "score": 8.0, "workflow_state": "graded"}


def book(
    *,
    assignments: list[dict[str, Any]] | None = None,
    students: list[dict[str, Any]] | None = None,
    submissions: list[dict[str, Any]] | None = None,
    native_ids: dict[str, str] | None = None,
) -> Gradebook:
    return canvas_gradebook(
        assignments if assignments is not None else [QUIZ],
        students if students is not None else [ANA],
        submissions or [],
        course=COURSE,
        native_ids=native_ids or {},
    )


def cell(**members: Any) -> Cell:
    """The cell of a submission that is scored save for `members`."""
    return book(submissions=[SCORED | members]).cells[0][0]


@pytest.mark.parametrize(
    ("members", "points", "why"),
    [
        ({}, 10, None),
        ({"grading_type": "percent"}, 10, None),
        ({"grading_type": "letter_grade", "points_possible": 0.5}, 0.5, None),
        ({"grading_type": "gpa_scale"}, 10, None),
        ({"grading_type": "pass_fail"}, 10, None),
        ({"omit_from_final_grade": True}, 10, None),
        ({"points_possible": 0}, None, LeftOut.NO_POINTS),
        ({"points_possible": -1}, None, LeftOut.NO_POINTS),
        ({"points_possible": None}, None, LeftOut.NO_POINTS),
        ({"grading_type": "not_graded"}, None, LeftOut.NO_POINTS),
        ({"grading_type": "pass_fail", "points_possible": 0}, None, LeftOut.NO_POINTS),
        ({"grading_type": "stars"}, None, LeftOut.NOT_A_NUMBER),
        ({"grading_type": ["points"]}, None, LeftOut.NOT_A_NUMBER),
    ],
)
def test_a_column_counts_where_it_has_points(
    members: dict[str, Any], points: float | None, why: LeftOut | None
) -> None:
    found = book(assignments=[QUIZ | members])
    assert [column.points for column in found.columns] == ([points] if points else [])
    assert [column.why for column in found.left_out] == ([why] if why else [])


def test_what_is_not_published_is_not_named() -> None:
    found = book(assignments=[QUIZ | {"published": False}, QUIZ | {"id": 6, "published": True}])
    assert [column.key for column in found.columns] == ["canvas:6"]
    assert found.left_out == ()


def test_a_column_has_the_key_of_the_exported_file() -> None:
    file = read_gradebook_file(
        b"Student,ID,SIS User ID,SIS Login ID,Section,Quiz (5)\n    Points Possible,,,,,10\n"
        b'"Morales, Ana",1,,,Section,8\n'
    ).gradebook
    assert file.columns == book().columns


def test_a_title_is_fit_to_be_shown() -> None:
    found = book(assignments=[QUIZ | {"name": "Quiz\n\u202e 1\0"}, QUIZ | {"id": "6", "name": None}])
    assert [column.title for column in found.columns] == ["Quiz 1", "6"]


def test_what_is_listed_twice_counts_once() -> None:
    found = book(assignments=[QUIZ, QUIZ], students=[ANA, ANA], submissions=[SCORED, SCORED])
    assert len(found.columns) == len(found.students) == 1
    assert [[cell.score for cell in row] for row in found.cells] == [[8]]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"score": None}, NO_RESULT),
        ({"score": None, "workflow_state": "submitted"}, NO_RESULT),
        ({"score": None, "excused": True}, EXCUSED),
        ({"score": 8, "excused": True}, EXCUSED),
        ({"score": 8, "excused": None}, Cell(CellState.SCORE, 8.0)),
        ({"score": 0}, Cell(CellState.SCORE, 0.0)),
        ({"score": 12.5}, Cell(CellState.SCORE, 12.5)),
        # Handed in again after grading: the gradebook still shows the grade.
        ({"workflow_state": "submitted"}, Cell(CellState.SCORE, 8.0)),
        # The essay questions of a quiz are still to be graded.
        ({"workflow_state": "pending_review"}, NO_RESULT),
        ({"posted_at": None}, NO_RESULT),
        ({"posted_at": "2026-03-02T09:00:00Z"}, Cell(CellState.SCORE, 8.0)),
        ({"score": "8"}, Cell(CellState.UNREADABLE, text="8", problem=Problem.NOT_A_NUMBER)),
        ({"score": True}, Cell(CellState.UNREADABLE, text="True", problem=Problem.NOT_A_NUMBER)),
        (
            {"score": 10**400},
            Cell(CellState.UNREADABLE, text="1" + "0" * 254, problem=Problem.NOT_A_NUMBER),
        ),
    ],
)
def test_a_cell_is_what_the_gradebook_shows(members: dict[str, Any], expected: Cell) -> None:
    assert cell(**members) == expected


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-03-02T09:00:00Z", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        ("2026-03-02T11:00:00+02:00", datetime(2026, 3, 2, 9, tzinfo=UTC)),
        (None, None),
        ("2026-03-02T09:00:00", None),
        ("0001-01-01T00:00:00+09:00", None),
        ("yesterday", None),
        (7, None),
    ],
)
def test_the_moment_of_grading_is_kept_where_it_is_certain(said: object, moment: datetime | None) -> None:
    graded_at = cell(graded_at=said).graded_at
    assert graded_at == moment
    assert graded_at is None or graded_at.tzinfo is UTC


def test_submissions_of_strangers_and_other_assignments_are_ignored() -> None:
    found = book(
        submissions=[
            SCORED | {"user_id": 2},
            SCORED | {"assignment_id": 6},
            SCORED | {"user_id": None, "anonymous_id": "acJ4Q"},
        ]
    )
    assert found.cells == ((NO_RESULT,),)


def test_a_number_of_two_people_says_of_neither_who_it_is() -> None:
    found = book(native_ids={"a": "1", "b": "1", "c": "2"})
    assert found.students[0].user_id == ""


def test_a_student_has_what_canvas_tells() -> None:
    (student,) = book(students=[ANA | {"sis_user_id": "S-1", "login_id": "amorales"}]).students
    assert (student.name, student.full_names) == ("Morales, Ana", ("Ana Morales",))
    assert (student.sis_id, student.login, student.user_id) == ("S-1", "amorales", "")


@pytest.mark.parametrize(
    ("user", "name", "full_names"),
    [
        ({"id": 1}, "", ()),
        ({"id": 1, "name": "Cher", "sortable_name": "Cher"}, "Cher", ("Cher",)),
        ({"id": 1, "name": "Ana Morales", "sortable_name": None}, "Ana Morales", ("Ana Morales",)),
        ({"id": 1, "sortable_name": "Morales, Ana"}, "Morales, Ana", ("Ana Morales",)),
        (
            {"id": 1, "name": "Ana M. Morales", "sortable_name": "Morales, Ana"},
            "Morales, Ana",
            ("Ana M. Morales", "Ana Morales"),
        ),
    ],
)
def test_names_may_be_missing_or_differ(user: dict[str, Any], name: str, full_names: tuple[str, ...]) -> None:
    (student,) = book(students=[user]).students
    assert (student.name, student.full_names) == (name, full_names)


@pytest.mark.parametrize(
    "documents",
    [
        {"assignments": [QUIZ | {"id": None}]},
        {"assignments": [QUIZ | {"id": "5a"}]},
        {"assignments": [QUIZ | {"id": "٥"}]},
        {"assignments": [QUIZ | {"id": True}]},
        {"assignments": [QUIZ | {"id": -5}]},
        {"assignments": [QUIZ | {"course_id": 78}]},
        {"assignments": [QUIZ | {"points_possible": "10"}]},
        {"assignments": [QUIZ | {"points_possible": 10**400}]},
        {"students": [{"name": "Ana"}]},
        {"submissions": [{"assignment_id": 5, "score": 8}]},
        {"submissions": [{"user_id": 1, "score": 8}]},
        {"submissions": [{"user_id": {}, "assignment_id": 5, "score": 8}]},
    ],
)
def test_documents_of_another_shape_are_refused(documents: dict[str, list[dict[str, Any]]]) -> None:
    with pytest.raises(PlatformUnavailable) as caught:
        book(**documents)  # type: ignore[arg-type]
    assert caught.value.code == "platform.answer_unreadable"


@pytest.mark.parametrize(
    ("answer", "permitted"),
    [
        ({"view_all_grades": True, "manage_grades": False}, True),
        ({"view_all_grades": "false", "manage_grades": "true"}, True),
        ({"view_all_grades": False, "manage_grades": False}, False),
        ({"view_all_grades": "false"}, False),
        ({"view_all_grades": None}, False),
    ],
)
def test_permissions_are_read_in_both_spellings(answer: dict[str, Any], permitted: bool) -> None:
    assert may_see_all_grades(answer) is permitted


@pytest.mark.parametrize("answer", [{}, [], None, "view_all_grades", {"manage_grades": True}])
def test_permissions_that_were_not_answered_are_not_assumed(answer: Any) -> None:
    with pytest.raises(PlatformUnavailable):
        may_see_all_grades(answer)


NUMBERS = st.integers(0, 3) | st.none() | st.booleans() | st.text(max_size=3) | st.integers()
ANY_JSON = st.recursive(
    NUMBERS | st.floats(allow_nan=False, allow_infinity=False) | st.just("2026-03-02T09:00:00Z"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def documents(*numbers: str, rest: tuple[str, ...]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of documents whose ids are often right and whose other members are anything."""
    members = {name: st.integers(0, 3) | NUMBERS for name in numbers} | dict.fromkeys(rest, ANY_JSON)
    return st.lists(st.fixed_dictionaries({}, optional=members), max_size=4)


@given(
    assignments=documents("id", rest=("course_id", "name", "points_possible", "grading_type", "published")),
    students=documents("id", rest=("name", "sortable_name", "sis_user_id", "login_id")),
    submissions=documents(
        "user_id", "assignment_id", rest=("score", "excused", "graded_at", "posted_at", "workflow_state")
    ),
    enrollments=documents(rest=("course_id", "limit_privileges_to_course_section")),
    permissions=ANY_JSON,
)
def test_any_documents_are_a_gradebook_or_an_error_of_ours(
    assignments: list[dict[str, Any]],
    students: list[dict[str, Any]],
    submissions: list[dict[str, Any]],
    enrollments: list[dict[str, Any]],
    permissions: Any,
) -> None:
    for read in (
        lambda: may_see_all_grades(permissions),
        lambda: sees_only_sections(enrollments, course=COURSE),
        lambda: book(assignments=assignments, students=students, submissions=submissions),
    ):
        try:
            found = read()
        except PlatformUnavailable:
            continue
        if isinstance(found, Gradebook):
            assert len(found.cells) == len(found.students)
            assert {len(row) for row in found.cells} <= {len(found.columns)}
