"""The gradebook as a file: whole, in order, harmless in a spreadsheet, and noted in the audit log."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.models.courses import Context, Membership, Person
from lti_tool.models.gradebook import LineItem, Result
from lti_tool.models.launches import LaunchSession
from lti_tool.models.platforms import AuditEntry
from tests.factories import NOW, make_column, make_person, make_results
from tests.web.school import School, open_school

PAGE = "setup/gradebook/save"


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=3, columns=2) as school:
        yield school


def table(response: TestResponse) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(response.text.removeprefix("\ufeff").splitlines(keepends=True)))


def test_b07_every_student_has_a_row_and_every_column_a_column(school: School) -> None:
    with school.database.transaction() as session:
        columns = session.scalars(select(LineItem).order_by(LineItem.id)).all()
        columns[1].present = False
        gone = session.get_one(Person, school.learner_keys[2])
        session.scalars(select(Membership).where(Membership.person_id == gone.id)).one().active = False
        make_person(session, columns[0].context, "test", is_test=True)
        extra = make_column(session, columns[0].context, activity_id=None, label="Essay", score_maximum=20)
        make_results(session, extra, {school.learner_keys[0]: 5.0, school.learner_keys[1]: None})
        [essay] = session.scalars(
            select(Result).where(Result.line_item_id == extra.id, Result.person_id == school.learner_keys[0])
        )
        essay.result_maximum = 10
        scores = [
            session.scalar(
                select(Result.result_score).where(
                    Result.line_item_id == columns[0].id, Result.person_id == key
                )
            )
            for key in school.learner_keys
        ]
        label = columns[0].label
    response = school.teacher().post(PAGE)
    assert (
        response.headers["Content-Disposition"] == 'attachment; filename="waymark-gradebook-2026-03-02.csv"'
    )
    assert (response.mimetype, response.headers["Cache-Control"]) == ("text/csv", "no-store")
    assert response.is_streamed
    told = ["" if score is None else str(score) for score in scores]
    assert table(response) == [
        ["Student", "Id at the platform", f"{label} (of 10)", "Essay (of 20)"],
        ["Ben Carter", "user of Ben Carter", told[1], ""],
        ["Ana Morales", "user of Ana Morales", told[0], "10.0"],
    ]


def test_a78_names_and_titles_run_nothing_and_negative_scores_stay_numbers(school: School) -> None:
    with school.database.transaction() as session:
        ana = session.get_one(Person, school.learner_keys[0])
        ana.name, ana.user_id, ana.family_name = "=HYPERLINK(1)", "@x", "A"
        context = session.get_one(Context, school.context_key)
        column = make_column(session, context, activity_id=None, label="+1")
        make_results(session, column, {ana.id: -2.0})
    rows = table(school.teacher().post(PAGE))
    assert rows[0][-1] == "'+1 (of 10)"
    assert (rows[1][0], rows[1][1], rows[1][-1]) == ("'=HYPERLINK(1)", "'@x", "-2.0")


def test_f15_the_log_says_who_took_it_from_which_launch_without_a_name(school: School) -> None:
    teacher = school.teacher()
    teacher.post(PAGE)
    with school.database.read() as session:
        [entry] = session.scalars(select(AuditEntry).where(AuditEntry.action == "gradebook.exported"))
        launch = session.scalars(
            select(LaunchSession.id).where(LaunchSession.public_id == teacher.launch_id)
        ).one()
    assert (entry.actor, entry.subject) == (f"person {school.teacher_key}", f"course {school.context_key}")
    assert (entry.detail, entry.at) == ({"launch": str(launch)}, NOW)


def test_whoever_acts_as_the_teacher_takes_nothing_away_unnoted(school: School) -> None:
    teacher = school.teacher()
    teacher.get("setup")
    with school.database.transaction() as session:
        session.scalars(
            select(LaunchSession).where(LaunchSession.public_id == teacher.launch_id)
        ).one().is_masquerading = True
    response = teacher.post(PAGE)
    assert (response.status_code, "auth.masquerading" in response.text) == (403, True)


def test_the_button_is_for_those_who_may_use_it(school: School) -> None:
    said = "Save the gradebook as a file"
    assert said in school.teacher().get("setup").text
    assert said not in school.visit(school.teacher_key, "teaching_assistant").get("setup").text
