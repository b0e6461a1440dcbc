"""Pace and Standards: dates are tried before they are set, forecasts are said in words, students read calm sentences."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from lti_tool.models.courses import Context, GoalDate
from lti_tool.models.learning import EvidenceRecord
from tests.factories import NOW, make_context
from tests.web.school import School, open_school, text_of

FAR = NOW.date() + timedelta(days=120)
SOON = NOW.date() + timedelta(days=10)
GOAL = "ratio-language"


@contextmanager
def opened(template: Path, folder: Path, **more: Any) -> Iterator[School]:
    shutil.copy(template, folder / "waymark.sqlite")
    with open_school(f"sqlite:///{folder}/waymark.sqlite", folder / "queue.sqlite", **more) as school:
        yield school


@pytest.fixture(scope="module")
def one_school(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with opened(sqlite_template, tmp_path_factory.mktemp("school"), learners=6) as school:
        yield school


@pytest.fixture
def school(one_school: School) -> Iterator[School]:
    """The course, without dates."""
    yield one_school
    with one_school.database.transaction() as session:
        session.execute(delete(GoalDate))
        session.get_one(Context, one_school.context_key).goal_date = None


def dates(school: School) -> tuple[date | None, dict[str, date]]:
    with school.database.read() as session:
        rows = session.scalars(select(GoalDate).where(GoalDate.context_id == school.context_key))
        return session.get_one(Context, school.context_key).goal_date, {r.skill_id: r.day for r in rows}


def test_without_dates_the_page_says_what_to_do(school: School) -> None:
    page = school.teacher().read("pace")
    assert "No goal has a date yet" in page
    assert "Choose below by when the goals shall be reached." in page
    assert "of 6 there now" in page
    assert "in time" not in page.partition("How this is worked out")[0]


def test_one_date_for_all_is_tried_and_then_set(school: School) -> None:
    teacher = school.teacher()
    tried = teacher.read("pace/preview", all=FAR.isoformat())
    assert "What these dates change" in tried
    assert re.search(rf"no date Then: {FAR:%b} {FAR.day}, {FAR.year} About \d of 6", tried)
    assert dates(school) == (None, {})
    page = teacher.follow(teacher.post("pace/dates", all=FAR.isoformat()))
    assert "The dates are set." in page
    assert dates(school) == (FAR, {})
    assert re.search(r"About \d of 6 in time", page)
    assert "No goal has a date yet" not in page


def test_a_goal_may_have_a_date_of_its_own_and_lose_it_again(school: School) -> None:
    teacher = school.teacher()
    teacher.post("pace/dates", all=FAR.isoformat(), **{f"goal-{GOAL}": SOON.isoformat()})
    assert dates(school) == (FAR, {GOAL: SOON})
    teacher.post("pace/dates", all=FAR.isoformat(), **{f"goal-{GOAL}": ""})
    assert dates(school) == (FAR, {})


def test_another_date_shows_before_and_after_and_who_moves(school: School) -> None:
    teacher = school.teacher()
    teacher.post("pace/dates", all=NOW.date().isoformat())
    tried = teacher.read("pace/preview", all=FAR.isoformat())
    assert "Needs more time or help → " in tried
    counts = [
        (int(before), int(after)) for before, after in re.findall(r"About (\d) of 6.*?About (\d) of 6", tried)
    ]
    assert counts
    assert all(before <= after for before, after in counts)
    assert any(before < after for before, after in counts)
    assert "Nothing would change" in teacher.read("pace/preview", all=NOW.date().isoformat())


def test_a_later_date_for_one_goal_is_tried_with_a_button(school: School) -> None:
    teacher = school.teacher()
    tried = teacher.get("pace/preview", **{"all": FAR.isoformat(), "try": f"{GOAL}:{SOON.isoformat()}"})
    assert f'name="goal-{GOAL}" value="{SOON.isoformat()}"' in tried.text
    assert f'name="all" value="{FAR.isoformat()}"' in tried.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("soon", "One of the dates cannot be read."),
        ("2026-02-30", "One of the dates cannot be read."),
        ("2099-01-01", "more than three years away"),
        ("0001-01-01", "more than three years away"),
    ],
)
def test_what_is_no_sensible_date_is_refused_and_nothing_changes(
    school: School, text: str, says: str
) -> None:
    teacher = school.teacher()
    teacher.post("pace/dates", all=FAR.isoformat())
    for answer in (
        teacher.get("pace/preview", **{f"goal-{GOAL}": text}),
        teacher.post("pace/dates", all=SOON.isoformat(), **{f"goal-{GOAL}": text}),
        teacher.post("pace/dates", all=text),
    ):
        assert answer.status_code == 422
        assert says in text_of(answer)
    assert dates(school) == (FAR, {})


def test_only_goals_of_this_course_get_dates_on_both_databases(database_url: str, tmp_path: Path) -> None:
    """And no other course is touched."""
    with open_school(database_url, tmp_path / "queue.sqlite", learners=1) as school:
        _set_beside_another_course(school)


def _set_beside_another_course(school: School) -> None:
    with school.database.transaction() as session:
        here = session.get_one(Context, school.context_key)
        other = make_context(session, registration=here.deployment.registration, context_id="2")
        other.goal_date = SOON
        session.add(GoalDate(context_id=other.id, skill_id=GOAL, day=SOON))
        session.flush()
        key = other.id
    fields = {
        "goal-scaling": FAR.isoformat(),
        "goal-no-such": FAR.isoformat(),
        f"goal-{GOAL}": FAR.isoformat(),
    }
    teacher = school.teacher()
    assert "No goal has a date yet" in teacher.read("pace")
    teacher.post("pace/dates", **fields)
    assert dates(school) == (None, {GOAL: FAR})
    with school.database.read() as session:
        row = session.scalars(select(GoalDate).where(GoalDate.context_id == key)).one()
        assert (row.day, session.get_one(Context, key).goal_date) == (SOON, SOON)


def test_an_assistant_reads_pace_and_cannot_set_dates(school: School) -> None:
    assistant = school.visit(school.teacher_key, "teaching_assistant")
    page = assistant.get("pace").text
    assert "Teachers of this course can set dates." in page
    assert 'type="date"' not in page


def test_one_student_is_forecast_for_the_teacher(school: School) -> None:
    teacher = school.teacher()
    teacher.post("pace/dates", all=(NOW.date() + timedelta(days=40)).isoformat())
    pages = [teacher.read(f"students/{key}") for key in school.learner_keys]
    assert all("Scored activities a week lately: about" in page for page in pages)
    assert any(re.search(r"Chance \d+ %, from \d+ % in slow to \d+ % in quick weeks", page) for page in pages)
    assert any("The chance goes from" in page for page in pages)


def test_a_student_reads_an_own_way_and_no_chance(school: School) -> None:
    school.teacher().post("pace/dates", all=NOW.date().isoformat())
    pages = [school.learner(number).read("next") for number in range(6)]
    assert any(
        re.search(r"At your (own )?pace.*? you reach “.+?” around [A-Z][a-z]{2} \d+\.", p) for p in pages
    )
    for page in pages:
        mine = page.partition("My skills")[2]
        assert not re.search(r"%|behind|chance|likely|late\b|at risk|slow", mine, re.IGNORECASE)


def test_without_enough_evidence_nothing_is_forecast(sqlite_template: Path, tmp_path: Path) -> None:
    with opened(sqlite_template, tmp_path, learners=6) as school:
        _look_without_evidence(school)


def _look_without_evidence(school: School) -> None:
    with school.database.transaction() as session:
        session.execute(delete(EvidenceRecord).where(EvidenceRecord.person_id != school.learner_keys[0]))
    teacher = school.teacher()
    teacher.post("pace/dates", all=FAR.isoformat())
    page = teacher.read("pace")
    assert "There is not enough evidence to speak of the class yet." in page
    assert "5 students have too few results for a forecast." in page
    assert "in time" not in page.partition("How this is worked out")[0]
    assert "no forecast" in teacher.read(
        "pace/preview", all=SOON.isoformat()
    ) or "evidence for a forecast" in (teacher.read("pace/preview", all=SOON.isoformat()))
    assert "Not enough evidence yet." in teacher.read(f"students/{school.learner_keys[1]}")
    assert "My way to the goals" not in school.learner(1).read("next")
    with school.database.transaction() as session:
        session.execute(delete(EvidenceRecord))
    assert "There is no pace to go by yet." in teacher.read("pace")


def test_standards_show_gaps_first_and_can_be_saved(school: School) -> None:
    teacher = school.teacher()
    page = teacher.read("standards")
    assert "6.RP.A.3.a" in page
    assert "standards have a gap." in page
    saved = teacher.get("standards/save")
    assert saved.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(saved.text.removeprefix("\ufeff"))))
    gaps = [bool(row["What is missing"]) for row in rows]
    assert gaps == sorted(gaps, reverse=True)
    assert {"4.OA.A.2", "6.RP.A.1"} <= {row["Standard"] for row in rows}
    assert all(int(row["Activities"]) >= int(row["Checks"]) >= 0 for row in rows)
    assert "Ana" not in saved.text


def test_before_there_is_a_map_the_pages_lead_to_setup(sqlite_template: Path, tmp_path: Path) -> None:
    with opened(sqlite_template, tmp_path, learners=1, adopted=False) as school:
        teacher = school.teacher()
        for path in ("pace", "standards"):
            assert "There is no skill map yet" in teacher.read(path)
        assert teacher.get("pace/preview").status_code == 409
        assert teacher.post("pace/dates").status_code == 409
        assert teacher.get("standards/save").status_code == 409


def test_a_course_without_students_says_so(sqlite_template: Path, tmp_path: Path) -> None:
    with opened(sqlite_template, tmp_path, learners=0) as school:
        assert "No students yet" in school.teacher().read("pace")
        assert "–" in school.teacher().read("standards")


def test_the_end_of_the_course_is_suggested_and_never_takes_the_place_of_a_teacher_s_date(
    school: School,
) -> None:
    def ends(day: date | None) -> None:
        with school.database.transaction() as session:
            session.get_one(Context, school.context_key).platform_ends_on = day

    teacher = school.teacher()
    said = "when this course ends in your learning platform"
    assert said not in teacher.read("pace")
    ends(FAR)
    page = teacher.get("pace")
    assert said in text_of(page)
    assert f'value="{FAR.isoformat()}"' in page.text
    assert dates(school) == (None, {}), "nothing holds before the teacher says so"
    teacher.post("pace/dates", all=SOON.isoformat())
    page = teacher.get("pace")
    assert said not in text_of(page)
    assert f'value="{SOON.isoformat()}"' in page.text
    assert FAR.isoformat() not in page.text
    teacher.post("pace/dates", **{f"goal-{GOAL}": SOON.isoformat()})
    assert said not in teacher.read("pace")
    teacher.post("pace/dates", all="")
    for day in (NOW.date(), NOW.date() + timedelta(days=4000), None):
        ends(day)
        assert said not in teacher.read("pace")
