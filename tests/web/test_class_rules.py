"""Two students may not be given videos, one needs 1.5 times the time, and on Thursday the whole class does the lab together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete

from lti_tool.models.class_rules import ClassActivity, LearnerAccommodations
from lti_tool.pathways.content import Format
from tests.factories import NOW
from tests.web.school import School, open_school, text_of
from tests.web.test_pace import opened

THURSDAY = date(2026, 3, 5)


@pytest.fixture(scope="module")
def one_school(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with opened(sqlite_template, tmp_path_factory.mktemp("school"), learners=3) as school:
        yield school


@pytest.fixture
def school(one_school: School) -> Iterator[School]:
    """The course, where nothing is fixed."""
    yield one_school
    with one_school.database.transaction() as session:
        session.execute(delete(ClassActivity))
        session.execute(delete(LearnerAccommodations))


def keep(school: School, index: int, **form: object) -> str:
    teacher, page = school.teacher(), f"students/{school.learner_keys[index]}"
    seen = re.search(
        r'accommodations" class="stack">\s*<[^>]+>\s*<[^>]+name="seen" value="([^"]*)"',
        teacher.get(page).text,
    )
    assert seen
    return teacher.follow(teacher.post(f"{page}/accommodations", seen=seen[1], **form))


def minutes_of(page: str) -> int:
    found = re.search(r"Your next step .*?(\d+) minutes", page)
    assert found, page
    return int(found[1])


def test_more_time_shows_as_longer_minutes_and_nothing_else(school: School) -> None:
    usual = minutes_of(school.learner(0).read("next"))
    family = school.mentor(0).read(f"family/{school.learner_keys[0]}")
    page = keep(school, 0, time="2")
    assert "Everything suggested to this student holds to it from now on." in page
    assert re.search(
        r'name="time" value="2" checked', school.teacher().get(f"students/{school.learner_keys[0]}").text
    )
    mine = school.learner(0).read("next")
    assert minutes_of(mine) == 2 * usual
    assert "ccommodation" not in mine
    assert school.mentor(0).read(f"family/{school.learner_keys[0]}") == family
    assert minutes_of(school.learner(1).read("next"))


def test_an_assistant_sees_the_steps_and_not_what_is_kept(school: School) -> None:
    keep(school, 0, time="1.5", format=[each.value for each in Format])
    key = school.learner_keys[0]
    assistant = school.visit(school.teacher_key, "teaching_assistant")
    assert "ccommodation" not in assistant.read(f"students/{key}")
    assert "Goals without an activity" not in assistant.read("setup")
    assert assistant.post(f"students/{key}/accommodations", time="1").status_code == 403
    teacher = school.teacher()
    assert "No activity of the map for “" in teacher.read(f"students/{key}")
    setup = teacher.read("setup")
    assert "Goals without an activity for somebody" in setup
    assert "nothing suits 1 student" in setup
    assert "Ana" not in setup


def test_the_lab_is_announced_and_then_stands_above_the_own_step(school: School) -> None:
    teacher = school.teacher()
    lab = "Same taste? The lemonade lab"
    page = teacher.follow(teacher.post("together", activity=lab, day=THURSDAY.isoformat()))
    assert "Fixed for the whole class." in page
    assert re.search(r"Before Mar 5, 2026: .* needs? “", page)
    assert f"On Mar 5, 2026 your class does “{lab}” together." in school.learner(0).read("next")
    assert "Before Mar 5" in teacher.read("today")
    assert "Fixed for the whole class: 1 activity to come." in teacher.read("pace")
    spanish = school.visit(school.learner_keys[0], "learner", locale="es-US").read("next")
    assert f"tu clase hace “{lab}” en grupo" in spanish
    teacher.post("together", activity="drum-loop-tables", day=NOW.date().isoformat(), lesson=2)
    mine = school.learner(0).read("next")
    assert mine.index("Today together") < mine.index("Drum loop tables") < mine.index("Your next step")
    assert "Hoy, toda la clase en grupo" in school.visit(
        school.learner_keys[0], "learner", locale="es-US"
    ).read("next")


def test_a_change_is_undone_from_the_page(school: School) -> None:
    teacher = school.teacher()
    teacher.post("together", activity="lab-same-taste", day=THURSDAY.isoformat())
    [key] = re.findall(r"together/(\d+)/move", teacher.get("together").text)
    friday = THURSDAY + timedelta(days=1)
    moved = teacher.follow(teacher.post(f"together/{key}/move", day=friday.isoformat()))
    assert "Undo the move of “Same taste? The lemonade lab”" in moved
    [undo] = re.findall(r'name="key" value="(\d+)"', teacher.get("together").text)
    assert "Mar 5, 2026" in teacher.follow(teacher.post("together/undo", key=undo))
    refused = teacher.post("together/undo", key=undo)
    assert (refused.status_code, "together.nothing_to_undo" in refused.text) == (409, True)


def test_before_a_map_is_in_use_the_page_leads_to_setup(database_url: str, tmp_path: Path) -> None:
    with open_school(database_url, tmp_path / "queue.sqlite", learners=0, adopted=False) as school:
        assert "Open setup" in text_of(school.teacher().get("together"))
