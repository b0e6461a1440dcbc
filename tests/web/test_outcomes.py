"""A teacher turns outcomes on, says which skill each is, and turns them off again."""

from __future__ import annotations

import re

import pytest

from lti_tool.errors import NotVisible
from tests.grades.native_apis.canvas_server import TOKEN, forbidden
from tests.web.test_gradebook_connection import PAGE as CONNECTION
from tests.web.test_gradebook_connection import Site, site

_ = site  # a fixture
PAGE = "setup/gradebook/outcomes"


@pytest.fixture
def connected(site: Site) -> Site:
    site.canvas.add_outcome(31, "6.RP.A.1", display_name="Ratio language")
    site.canvas.add_outcome(32, "Perseverance")
    site.canvas.assess(1001, 31, 4)
    site.school.teacher().post(CONNECTION, credential=TOKEN)
    site.read()
    return site


def row(page: str, title: str) -> str:
    """The table row of an outcome."""
    return next(part for part in page.split("<tr") if title in part)


def test_from_the_connection_to_evidence_and_back(connected: Site) -> None:
    teacher = connected.school.teacher()
    assert "Read outcomes, too" in teacher.read(CONNECTION)
    assert teacher.post(f"{PAGE}/on").location.endswith(PAGE)
    assert "Reading your course" in teacher.read(PAGE)
    connected.read()
    page = teacher.get(PAGE).text
    ratio, other = row(page, "Ratio language"), row(page, "Perseverance")
    assert 'value="ratio-language" selected' in ratio
    assert "same code" in ratio
    assert "1 result<" in ratio
    assert "selected" not in other
    assert "1 outcome looks like a skill" in teacher.read(CONNECTION)
    chosen = dict.fromkeys(re.findall(r'name="(skill-\d+)"', ratio), "ratio-language")
    fields = dict.fromkeys(re.findall(r'name="(skill-\d+)"', page), "") | chosen
    text = teacher.follow(teacher.post(PAGE, **fields))
    assert "every plan is up to date" in text
    assert "1 outcome counts" in text
    student = teacher.read(f"students/{connected.school.learner_keys[0]}")
    assert "outcome in your learning platform" in student
    ended = teacher.follow(teacher.post(f"{PAGE}/off"))
    assert "What was read stays" in ended
    assert "1 outcome counts" in ended


def test_what_the_connection_may_not_read_is_said_and_the_gradebook_is_there(connected: Site) -> None:
    teacher = connected.school.teacher()
    teacher.post(f"{PAGE}/on")
    connected.canvas.fail(forbidden(403), path="outcome_results")
    connected.read()
    for page in (PAGE, CONNECTION):
        assert "does not let this connection read outcomes" in teacher.read(page)
    assert "1 column" in teacher.read(CONNECTION)
    assert "The gradebook was not read" not in teacher.read(CONNECTION)


def test_a_skill_of_no_map_leads_back_to_the_table(connected: Site) -> None:
    teacher = connected.school.teacher()
    teacher.post(f"{PAGE}/on")
    connected.read()
    names = re.findall(r'name="(skill-\d+)"', teacher.get(PAGE).text)
    answer = teacher.post(PAGE, **{names[0]: "ratio-language", names[1]: "no-such-skill"})
    assert answer.status_code == 422
    assert "Choose each from the list" in answer.text
    assert f'/{PAGE}"' in answer.text
    assert "0 outcomes count" in teacher.read(PAGE)
    assert teacher.post(PAGE, **{"skill-999999": "ratio-language"}).status_code == NotVisible.status


def test_a_course_without_a_connection_is_told_what_is_needed(site: Site) -> None:
    teacher = site.school.teacher()
    assert "Outcomes come with a connected gradebook" in teacher.read(PAGE)
    assert teacher.post(f"{PAGE}/on").status_code == NotVisible.status
