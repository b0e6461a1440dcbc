"""All students on one page: in words, found without scripts and without names in addresses, and in few queries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import event

from lti_tool.models.courses import Context
from lti_tool.usecases.students_page import students_page
from lti_tool.usecases.words import ENGLISH
from tests.factories import NOW, make_person
from tests.web.school import School, open_school


@pytest.fixture
def school(sqlite_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(sqlite_url, tmp_path / "queue.sqlite") as school:
        yield school


def queries(school: School) -> int:
    """How often the database is asked for the page."""
    asked: list[str] = []

    def note(*said: object) -> None:
        asked.append(str(said[2]))

    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        event.listen(school.database.engine, "before_cursor_execute", note)
        students_page(session, context=context, now=NOW, words=ENGLISH)
        event.remove(school.database.engine, "before_cursor_execute", note)
    return len(asked)


def test_everybody_stands_there_with_levels_in_words_and_the_next_step(school: School) -> None:
    teacher = school.teacher()
    teacher.post("proposals/approve-all")
    page = teacher.read("students")
    assert "4 students" in page
    for word in ("Ana Morales", "Growing", "Approved", "Last evidence"):
        assert word in page


def test_more_students_do_not_mean_more_queries(school: School) -> None:
    before = queries(school)
    with school.database.transaction() as session:
        context = session.get_one(Context, school.context_key)
        for number in range(40):
            make_person(session, context, f"newcomer {number}").family_name = "Newcomer"
    assert queries(school) == before


def test_the_class_is_narrowed_down_by_letter_and_a_student_opened_by_number(school: School) -> None:
    teacher = school.teacher()
    page = teacher.read("students", letter="C")
    assert "1 of 4 students" in page
    narrowed = teacher.get("students", letter="C").text
    assert (
        f'<th role="rowheader" scope="row"><a href="/l/{teacher.launch_id}/students/{school.learner_keys[1]}">'
        in (narrowed)
    )
    assert narrowed.count('role="rowheader"') == 1
    assert "4 students" in teacher.read("students", letter="§", bucket="nowhere")
    opened = teacher.get("students", student=school.learner_keys[2])
    assert opened.location.endswith(f"/students/{school.learner_keys[2]}")
    assert teacher.get("students", student="9" * 10).status_code == 200


def test_a_course_without_a_skill_map_has_the_names_and_one_without_students_says_so(
    sqlite_url: str, tmp_path: Path
) -> None:
    with open_school(sqlite_url, tmp_path / "queue.sqlite", learners=2, adopted=False) as school:
        assert "2 students" in school.teacher().read("students")


def test_one_goes_on_to_the_next_student_in_the_order_of_the_roster(school: School) -> None:
    teacher, keys = school.teacher(), school.learner_keys
    order = [keys[1], keys[2], keys[3], keys[0]]  # Carter, Dubois, Ivanov, Morales
    first, second = (teacher.get(f"students/{key}").text for key in order[:2])
    assert 'rel="prev"' not in first
    assert f'/students/{order[1]}" rel="next"' in first
    assert f'/students/{order[0]}" rel="prev"' in second
    assert f'/students/{order[2]}" rel="next"' in second
    assert 'rel="next"' not in teacher.get(f"students/{order[3]}").text
