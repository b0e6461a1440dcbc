"""OneRoster exports: classes, students, line items, results, and what is refused."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Fixable
from lti_tool.grades.gradebook_files import oneroster as reader
from lti_tool.grades.gradebook_files.reading import read_gradebook_file
from lti_tool.grades.gradebooks.cells import Cell, CellState, Problem
from lti_tool.grades.gradebooks.gradebook import Gradebook, LeftOut, Product
from tests.grades.gradebook_files.oneroster_export import (
    CLASSES,
    ENROLLMENTS,
    FILES,
    LINE_ITEMS,
    MANIFEST,
    RESULTS,
    RESULTS_HEADING,
    USERS,
    oneroster,
    with_results,
)


def classes(content: bytes) -> dict[str, Gradebook]:
    return {book.class_title: book for book in read_gradebook_file(content).gradebooks}


def mathematics(content: bytes) -> Gradebook:
    return classes(content)["Mathematics 6B (MATH6B)"]


def only_cell(*rows: str) -> Cell:
    """Ana's cell in the quiz."""
    return mathematics(with_results(*rows)).cells[0][0]


def refusal(content: bytes) -> Fixable:
    with pytest.raises(Fixable) as refused:
        read_gradebook_file(content)
    return refused.value


def test_every_class_with_line_items_is_a_gradebook_of_its_own() -> None:
    books = classes(oneroster())
    assert {title: [column.title for column in book.columns] for title, book in books.items()} == {
        "Mathematics 6B (MATH6B)": ["Ratio quiz", "Poster"],
        "Art 6 (ART6)": ["Collage"],
    }
    assert {book.product for book in books.values()} == {Product.ONEROSTER}


def test_the_sample_is_read_whole() -> None:
    book = mathematics(oneroster())
    assert [(student.name, student.sis_id, student.login) for student in book.students] == [
        ("Ana Morales", "u-ana", "ana.morales"),
        ("Benjamin Carter", "u-ben", "ben.carter"),
        ("Chloé Dubois", "u-chloe", "chloe.dubois"),
    ]
    assert (book.students[0].user_id, book.students[0].email) == ("lti-of-ana", "ana@school.example")
    assert book.students[1].full_names == ("Benjamin Carter", "Ben Carter")
    assert [[cell.score for cell in row] for row in book.cells] == [[8, 4], [4.5, None], [None, None]]
    assert [row[1].state for row in book.cells] == [
        CellState.SCORE,
        CellState.UNFINISHED,
        CellState.NO_RESULT,
    ]
    assert book.cells[2][0].state is CellState.EXCUSED


def test_points_are_counted_from_the_lowest_ones() -> None:
    quiz, poster = mathematics(oneroster()).columns
    assert (quiz.points, poster.points) == (10, 5)


def test_version_1_1_has_the_same_names() -> None:
    users = "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,email\n"
    users += "u-ana,active,2026-02-01T00:00:00Z,true,org,student,ana,,Ana,Morales,\n"
    results = "sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,comment\n"
    results += "r,active,2026-02-01T00:00:00Z,li-quiz,u-ana,fully graded,7,2026-02-09,\n"
    book = mathematics(
        oneroster(
            {"users.csv": users, "results.csv": results, "manifest.csv": MANIFEST.replace("1.2", "1.1")}
        )
    )
    assert (book.students[0].name, book.cells[0][0].score) == ("Ana Morales", 7)


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-02-09", datetime(2026, 2, 9, tzinfo=UTC)),
        ("2026-02-09T08:30:00Z", datetime(2026, 2, 9, 8, 30, tzinfo=UTC)),
        ("2026-02-09T08:30:00-05:00", datetime(2026, 2, 9, 13, 30, tzinfo=UTC)),
        ("2026-02-09T08:30:00", datetime(2026, 2, 9, 8, 30, tzinfo=UTC)),
        ("", None),
        ("0001-01-01", None),
        ("9999-12-31T23:59:59-05:00", None),
        ("2026-02-31", None),
        ("02/09/2026", None),
        ("2026-W07", None),
    ],
)
def test_a_day_of_grading_is_its_first_moment_and_no_date_is_none(said: str, moment: datetime | None) -> None:
    assert only_cell(f"li-quiz,u-ana,fully graded,7,{said}").graded_at == moment


@pytest.mark.parametrize(
    ("row", "state", "score"),
    [
        ("fully graded,7", CellState.SCORE, 7),
        ("fully graded,0", CellState.SCORE, 0),
        ("Fully Graded,7.25", CellState.SCORE, 7.25),
        ("fully graded,7,,B+", CellState.SCORE, 7),
        ("fully graded,7,,,late", CellState.SCORE, 7),
        ("late,7", CellState.SCORE, 7),
        (",7", CellState.SCORE, 7),
        ("fully graded,", CellState.NO_RESULT, None),
        ("exempt,7", CellState.EXCUSED, None),
        ("exempt,", CellState.EXCUSED, None),
        ("not submitted,0", CellState.NO_RESULT, None),
        ("fully graded,0,,,missing", CellState.NO_RESULT, None),
        ("missing,0", CellState.NO_RESULT, None),
        ("partially graded,3", CellState.UNFINISHED, None),
        ("submitted,3", CellState.UNFINISHED, None),
        ("submitted,", CellState.NO_RESULT, None),
        ("fully graded,3,,,inProgress", CellState.UNFINISHED, None),
        ("fully graded,3,,,incomplete", CellState.UNFINISHED, None),
    ],
)
def test_the_status_says_whether_a_score_counts(row: str, state: CellState, score: float | None) -> None:
    cell = only_cell(f"li-quiz,u-ana,{row}")
    assert (cell.state, cell.score) == (state, score)


@pytest.mark.parametrize(
    ("rows", "text", "problem"),
    [
        (["fully graded,many"], "many", Problem.NOT_A_NUMBER),
        (["fully graded,80%"], "80%", Problem.NOT_A_NUMBER),
        (["fully graded,,,B+"], "B+", Problem.NOT_A_NUMBER),
        (["ext:pending,3"], "ext:pending", Problem.UNKNOWN_STATUS),
        (["fully graded,3", "fully graded,4"], "…", Problem.SEVERAL),
        (["fully graded,3", "fully graded,4", "fully graded,3"], "…", Problem.SEVERAL),
    ],
)
def test_what_cannot_be_read_says_why(rows: list[str], text: str, problem: Problem) -> None:
    cell = only_cell(*(f"li-quiz,u-ana,{row}" for row in rows))
    assert (cell.state, cell.text, cell.problem) == (CellState.UNREADABLE, text, problem)


def test_the_same_result_twice_is_one() -> None:
    assert only_cell("li-quiz,u-ana,fully graded,3", "li-quiz,u-ana,fully graded,3").score == 3


@pytest.mark.parametrize(
    ("low", "high", "why"),
    [
        ("0", "0", LeftOut.NO_POINTS),
        ("5", "5", LeftOut.NO_POINTS),
        ("many", "10", LeftOut.NO_RANGE),
        ("0", "ten", LeftOut.NO_RANGE),
        ("2", "", LeftOut.NO_RANGE),
    ],
)
def test_a_line_item_without_points_is_left_out(low: str, high: str, why: LeftOut) -> None:
    items = LINE_ITEMS + f"li-x,,,Odd one,,,,c-math,cat,term,{low},{high},org\n"
    book = mathematics(oneroster({"lineItems.csv": items}))
    assert [(column.title, column.why) for column in book.left_out] == [("Odd one", why)]
    assert "Odd one" not in [column.title for column in book.columns]


def test_points_that_are_not_said_are_asked_for() -> None:
    items = LINE_ITEMS + "li-x,,,Open one,,,,c-math,cat,term,,,org\n"
    book = mathematics(oneroster({"lineItems.csv": items}))
    assert [(column.title, column.points) for column in book.columns][-1] == ("Open one", None)


@pytest.mark.parametrize("owner", ["c-math", "c-art"])
def test_an_id_of_two_line_items_is_left_out_of_both(owner: str) -> None:
    items = LINE_ITEMS + f"li-quiz,,,Another quiz,,,,{owner},cat,term,0,10,org\n"
    titles = [
        column.title
        for book in classes(oneroster({"lineItems.csv": items})).values()
        for column in book.columns
    ]
    assert titles == ["Poster", "Collage"]


def test_line_items_of_one_title_have_keys_of_their_own_that_stay() -> None:
    items = LINE_ITEMS + "li-quiz-2,,,Ratio quiz,,,,c-math,cat,term,0,10,org\n"
    book = mathematics(oneroster({"lineItems.csv": items}))
    keys = [column.key for column in book.columns]
    assert len(set(keys)) == 3
    assert keys[0] == mathematics(oneroster()).columns[0].key


@pytest.mark.parametrize(
    ("name", "text", "row", "seen"),
    [
        ("results.csv", RESULTS, "r-1,,", "score"),
        ("lineItems.csv", LINE_ITEMS, "li-quiz,,", "column"),
        ("enrollments.csv", ENROLLMENTS, "e-3,,", "nobody"),
        ("classes.csv", CLASSES, "c-art,,", "class"),
    ],
)
def test_what_is_to_be_deleted_is_left_out(name: str, text: str, row: str, seen: str) -> None:
    changed = {name: text.replace(row, row[:-1] + "tobedeleted,")}
    if seen == "nobody":  # whoever has results is there, enrolled or not
        changed["results.csv"] = "".join(line for line in RESULTS.splitlines(True) if "u-chloe" not in line)
    books = classes(oneroster(changed))
    assert ("Art 6 (ART6)" in books) is (seen != "class")
    book = books["Mathematics 6B (MATH6B)"]
    assert ("Ratio quiz" in [column.title for column in book.columns]) is (seen != "column")
    assert (len(book.students) == 3) is (seen != "nobody")
    if seen == "score":
        assert book.cells[0][0].state is CellState.NO_RESULT


def test_who_has_a_result_is_in_the_class_and_teachers_are_not() -> None:
    book = mathematics(with_results("li-quiz,u-nina,fully graded,3", "li-quiz,u-gone,fully graded,3"))
    assert [student.name for student in book.students] == [
        "Ana Morales",
        "Benjamin Carter",
        "Chloé Dubois",
        "Nina Nobody",
        "u-gone",
    ]
    assert book.students[-1].full_names == ()


def test_an_id_of_two_people_is_nobody_s() -> None:
    users = USERS + "u-ana,,,true,other,,Other,Person,,,,,,,,,,,,,,\n"
    student = mathematics(oneroster({"users.csv": users})).students[0]
    assert (student.full_names, student.login, student.sis_id) == ((), "", "")


def test_without_classes_and_enrollments_the_results_say_it() -> None:
    books = classes(oneroster({"classes.csv": None, "enrollments.csv": None}))
    assert {title: len(book.students) for title, book in books.items()} == {"c-math": 3, "c-art": 1}


@pytest.mark.parametrize(("title", "code"), [("", "MATH6B"), ("MATH6B", ""), ("MATH6B", "MATH6B"), ("", "")])
def test_a_class_is_called_by_what_there_is(title: str, code: str) -> None:
    text = f"sourcedId,title,classCode\nc-math,{title},{code}\nc-art,Art,\n"
    assert list(classes(oneroster({"classes.csv": text}))) == ["MATH6B" if title or code else "c-math", "Art"]


@pytest.mark.parametrize("name", ["users.csv", "lineItems.csv", "results.csv"])
def test_an_export_without_a_gradebook_says_what_is_missing(name: str) -> None:
    missing = refusal(oneroster({name: None}))
    assert (missing.code, name in missing.message) == ("gradebook_file.export_incomplete", True)


def test_a_file_without_a_column_that_is_needed_says_which() -> None:
    text = RESULTS.replace("studentSourcedId", "student")
    refused = refusal(oneroster({"results.csv": text}))
    assert refused.code == "gradebook_file.export_incomplete"
    assert refused.message.startswith("results.csv: The column studentSourcedId is missing")


@pytest.mark.parametrize("name", ["users", "enrollments", "lineItems", "results"])
def test_an_export_of_changes_alone_is_refused(name: str) -> None:
    manifest = MANIFEST.replace(f"file.{name},bulk", f"file.{name},Delta")
    assert refusal(oneroster({"manifest.csv": manifest})).code == "gradebook_file.export_delta"


def test_what_a_file_has_wrong_is_said_with_its_name() -> None:
    refused = refusal(oneroster({"results.csv": RESULTS + 'r-9,,,"li'}))
    assert (refused.code, refused.message[:30]) == ("gradebook_file.broken", "results.csv: The file cannot b")


def test_encodings_and_delimiters_are_those_of_any_file() -> None:
    changed = {
        "users.csv": USERS.replace('"{LDAP:amorales},{LTI:lti-of-ana}"', "")
        .replace(",", ";")
        .encode("cp1252"),
        "results.csv": RESULTS.encode("utf-8-sig"),
    }
    file = read_gradebook_file(oneroster(changed))
    assert (file.gradebooks[0].students[2].name, file.encoding_guessed) == ("Chloé Dubois", True)
    assert read_gradebook_file(oneroster()).encoding_guessed is False


def test_nothing_but_headings_has_no_columns() -> None:
    empty = {name: text.splitlines(True)[0] for name, text in FILES.items() if name != "manifest.csv"}
    assert refusal(oneroster(empty)).code == "gradebook_file.no_columns"
    nobody = {name: empty[name] for name in ("enrollments.csv", "results.csv")}
    assert refusal(oneroster(nobody)).code == "gradebook_file.no_students"


def test_too_many_records_columns_cells_or_classes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    items = LINE_ITEMS + "".join(f"li-{n},,,T{n},,,,c-math,cat,term,0,10,org\n" for n in range(500))
    assert refusal(oneroster({"lineItems.csv": items})).code == "gradebook_file.archive_too_big"
    monkeypatch.setattr(reader, "_MOST_CELLS", 6)
    assert refusal(oneroster()).code == "gradebook_file.archive_too_big"
    monkeypatch.setattr(reader, "_MOST_CELLS", 7)
    assert len(classes(oneroster())) == 2
    monkeypatch.setattr(reader, "_MOST_CLASSES", 1)
    assert refusal(oneroster()).code == "gradebook_file.archive_too_big"
    monkeypatch.setattr(reader, "_MOST_CLASSES", 2)
    monkeypatch.setattr(reader, "MOST_RECORDS", 6)
    rows = RESULTS_HEADING + RESULTS.splitlines(True)[1] * 7
    assert refusal(oneroster({"results.csv": rows})).code == "gradebook_file.archive_too_big"


SAID = st.one_of(
    st.sampled_from(
        ["", "li-quiz", "u-ana", "c-math", "fully graded", "exempt", "7", "7,5", "-1", "1e9", "true"]
    ),
    st.datetimes().map(str),
    st.dates().map(str),
    st.text(max_size=12),
)
ROWS = st.lists(st.lists(SAID, min_size=1, max_size=14), max_size=8)


@given(st.sampled_from(["users.csv", "classes.csv", "enrollments.csv", "lineItems.csv", "results.csv"]), ROWS)
def test_any_rows_are_read_or_refused_in_our_words(name: str, rows: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    content = FILES[name] + text.getvalue()
    try:
        books = read_gradebook_file(oneroster({name: content.encode("utf-8", "surrogatepass")})).gradebooks
    except Fixable:
        return
    for book in books:
        assert len(book.cells) == len(book.students) > 0
        assert {len(row) for row in book.cells} == {len(book.columns)}
        assert len({column.key for column in book.columns}) == len(book.columns)
