"""The teacher's Results page and its file: honest words, and nothing about few students in what leaves the course."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, select, update
from werkzeug.test import TestResponse

from lti_tool.models.courses import Context, Membership
from lti_tool.models.learning import EvidenceRecord, Proposal
from tests.factories import NOW
from tests.school_year import add_school_year
from tests.web.school import School, open_school, text_of


@pytest.fixture
def school(database_url: str, tmp_path: Path) -> Iterator[School]:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=8) as school:
        with school.database.transaction() as session:
            context = session.get_one(Context, school.context_key)
            add_school_year(session, context, school.learner_keys, weeks=8)
        yield school


def table(response: TestResponse) -> list[list[str]]:
    assert response.status_code == 200, response.text
    return list(csv.reader(response.text.removeprefix("\ufeff").splitlines(keepends=True)))


def test_plain_words_come_first_and_every_picture_has_its_table(school: School) -> None:
    response = school.teacher().get("report")
    page = text_of(response)
    assert re.search(r"When Waymark expected [\d.]+ of 10, students got [\d.]+ of 10 \(n = \d+\)\.", page)
    assert re.search(r"Of \d+ suggested steps, \d+ were done\. After \d+ of them", page)
    assert "No difference detected" in page
    assert "not drawn by lot" in page
    assert page.index("In short") < page.index("The numbers")
    for picture in re.findall(r"<svg class=\"picture\".*?</svg>", response.text, re.DOTALL):
        assert "<title" in picture
        assert "<desc" in picture
    assert response.text.count('<svg class="picture"') == 2


def test_a_low_result_that_nothing_followed_leads_to_the_student(school: School) -> None:
    with school.database.transaction() as session:
        session.execute(delete(EvidenceRecord))
        session.execute(delete(Proposal))
        context = session.get_one(Context, school.context_key)
        add_school_year(session, context, school.learner_keys[:1], weeks=3, scores_a_week=1)
        session.execute(delete(Proposal))
        session.execute(update(EvidenceRecord).values(fraction=0.2))
    page = school.teacher().get("report").text
    assert f'/students/{school.learner_keys[0]}">Ana Morales</a>' in page
    assert "too little to say how good the predictions are" in page
    with school.database.transaction() as session:
        session.execute(
            update(Membership).where(Membership.person_id == school.learner_keys[0]).values(active=False)
        )
    assert "every low result was followed" in school.teacher().get("report").text


def test_nothing_in_the_file_is_about_fewer_than_five_students_or_names_one(school: School) -> None:
    rows = table(school.teacher().get("report.csv"))
    assert rows[0] == ["Part", "What", "Number", "Value", "From", "To", "In words"]
    told = {(row[0], row[1]): row for row in rows}
    assert told["Steps", "Suggested"][2] != ""
    assert not [
        name for name in ("Ana", "Morales", "Ben") if any(name in cell for row in rows for cell in row)
    ]
    with school.database.transaction() as session:  # four students have steps, everybody has scores
        session.execute(delete(Proposal).where(Proposal.person_id.in_(school.learner_keys[:4])))
    rows = table(school.teacher().get("report.csv"))
    steps = [row for row in rows if row[0].startswith("Steps") and row[1] not in {"", "of"}]
    assert steps
    assert all(row[2] in {"", "0"} for row in steps), "four students have steps"
    assert any(row[6] == "not told: fewer than 5 students" for row in steps)
    assert [row for row in rows if row[0] == "Expected and observed" and row[2]]


def test_where_one_week_is_left_out_the_smallest_of_the_others_is_too(school: School) -> None:
    with school.database.transaction() as session:
        weeks = sorted(set(session.scalars(select(Proposal.created_at))))
        kept = session.scalars(select(Proposal.id).where(Proposal.created_at == weeks[0])).all()[:4]
        session.execute(delete(Proposal).where(Proposal.created_at == weeks[0], Proposal.id.not_in(kept)))
        session.execute(update(Proposal).values(status="proposed", seen_at=NOW))
    rows = [
        row
        for row in table(school.teacher().get("report.csv"))
        if row[0] == "Steps by week" and row[1].endswith(": Suggested")
    ]
    assert len(rows) == len(weeks)
    assert sum(row[2] == "" for row in rows) == 2


def test_a_course_without_map_or_results_says_what_comes_first(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "a.sqlite", adopted=False) as school:
        assert "There is no skill map yet" in school.teacher().read("report")
        assert school.teacher().get("report.csv").status_code == 409


def test_a_course_without_results_says_so(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "a.sqlite", learners=0, columns=0) as school:
        assert "There are no results yet" in school.teacher().read("report")
        assert len(table(school.teacher().get("report.csv"))) > 1
